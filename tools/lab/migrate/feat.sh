#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# feat.sh baseline|judge|session [TABLE]: kvm_feat on the kernels of the matrix, whose boots
# have left their profiles and what they say of each other's in build/run/matrix*: the
# folders are described in plan.awk.
#
# baseline	make the greatest profile that all kernels can carry, for each vCPU
# judge		is all as it should be? A verdict for each promise. What differs between
#		kernels is declared in the table feat-diffs.
# session	what an operator would type, and what it prints

lab=$(dirname "$0")/..
. "$lab/lib.sh"

table=${2:-cells}
. "$lab/migrate/table.sh"
bin=$BUILD/kvm_feat/kvm_feat
oldest=$(kernel_with oldest)
product=$(kernel_with product)
cd "$run"

vcpus() { for d in profiles/*/; do basename "$d"; done; }

dumped()	# VCPU: the kernels that have been at it
{
	for k in $(kernels); do
		[ ! -e "profiles/$1/$k/status" ] || echo "$k"
	done
}

profiles()	# VCPU: of those that have dumped one
{
	for k in $(dumped "$1"); do
		[ ! -s "profiles/$1/$k/profile" ] || echo "profiles/$1/$k/profile"
	done
}

kernel_of()	# PROFILE
{
	basename "${1%/*}"
}

judged()	# TRUE-OR-FALSE NAME [WHY]
{
	if "$1"; then
		verdict matrix pass "kvm_feat: $2"
	else
		verdict matrix fail "kvm_feat: $2" "${3:-}"
	fi
}

# A kernel without patches of ours can't tell what is a feature.
classes()	# KERNEL
{
	for k in $(lineage "$1"); do
		if [ "$(field "$k" role)" = product ]; then
			echo kernel
			return
		fi
	done
	echo built-in
}

judge_dumps()	# VCPU
{
	for k in $(dumped "$1"); do
		p=profiles/$1/$k
		good=true
		[ "$(cat "$p/status")" = 0 ] && grep -qx "# classes $(classes "$k")" "$p/profile" ||
			good=false
		judged "$good" "dump on $k for $1" "see $run/$p"
	done
}

# kvm_feat's own tests that need KVM
judge_tests()
{
	for k in $(kernels); do
		t=feat-tests/$k
		[ -e "$t" ] || continue
		good=true
		[ "$(cat "$t/status")" = 0 ] && grep -q '^ok ' "$t/log" && ! grep -q '^not ok ' "$t/log" ||
			good=false
		judged "$good" "its $(grep -c '^ok ' "$t/log") tests on $k" "see $run/$t/log"
	done
}

# those_of KERNEL WORD...: without those, REGISTER@VERSION, that later kernels have
those_of()
{
	release=$(awk -F '\t' -v k="$1" '$1 == "kernel" && $2 == k { print $3 }' heads)
	shift
	for w; do
		case $w in
		*@*)
			[ "$(printf '%s\n' "${w#*@}" "$release" | sort -V | head -n 1)" != "${w#*@}" ] ||
				echo "${w%@*}"
			;;
		*) echo "$w" ;;
		esac
	done
}

# The registers that a diff names must be those of the table, no more, no less.
judge_diffs()	# VCPU
{
	rows feat-diffs | while read -r on vcpu a b want; do
		[ "$on-$vcpu" = "$machine-$1" ] || continue
		[ -s "profiles/$1/$a/profile" ] || continue
		[ -s "profiles/$1/$b/profile" ] || continue
		"$bin" diff -v "profiles/$1/$a/profile" "profiles/$1/$b/profile" >diff.out || true
		names=$(sed -n 's/^\([A-Z][A-Za-z0-9_]*\): .*/\1/p' diff.out | sort | paste -sd ' ' -)
		# shellcheck disable=SC2086 # words
		want=$(those_of "$b" $want | sort | paste -sd ' ' -)
		[ "$want" != - ] || want=
		good=true
		[ "$names" = "$want" ] || good=false
		judged "$good" "diff $a $b for $1: ${want:-nothing}" "got ${names:-nothing}"
	done
}

# What a kernel said of a profile
answer()	# VCPU KERNEL OF PROFILE
{
	case $(cat "checks/$1/$2/$3/$4.status" 2>/dev/null) in
	0) echo yes ;;
	1) echo no ;;
	*) echo none ;;
	esac
}

# The registers of a profile that a kernel corrects, as outcomes have them: "A,B"
corrected()	# VCPU KERNEL OF PROFILE
{
	sed -n 's/^    corrected: \([A-Za-z0-9_]*\).*/\1/p' "checks/$1/$2/$3/$4" 2>/dev/null |
		sort -u | paste -sd , -
}

# Can the profile of a kernel start on all of them?
fits_all()	# VCPU KERNEL
{
	for host in $(dumped "$1"); do
		[ "$(answer "$1" "$host" "$2" profile)" = yes ] || return 1
	done
}

judge_baseline()	# VCPU
{
	if [ ! -s "profiles/$1/baseline/profile" ]; then
		good=true
		for k in $(dumped "$1"); do
			! fits_all "$1" "$k" || good=false
		done
		judged "$good" "there is no baseline of all for $1: none of their profiles can start on all" \
			"see $run/profiles/$1/baseline/errors"
		return
	fi
	for k in $(dumped "$1"); do
		good=true
		[ "$(answer "$1" "$k" baseline profile)" = yes ] || good=false
		judged "$good" "the baseline of all for $1 can start on $k" "see $run/checks/$1/$k/baseline"
	done
}

# The cells of VMMs with that vCPU, whose guests have a profile: VMM GUEST FROM TO
# OUTCOME OF PROFILE REGISTERS..., the last without values. Not those where the guest has
# seen what no register tells kvm_feat (broken), where its stream or its VMM is another on
# purpose, and hosts with a machine of their own
cells_with()	# VCPU
{
	awk -v vcpu="$1" -v oldest="$oldest" '
		FNR == 1 { table++ }
		/^[ \t]*(#|$)/ { next }
		table == 1 { profile[$1] = $2; registers_of[$1] = $3; next }
		FNR == 1 { FS = "\t" }
		$1 == "vmm" { vcpu_of[$2] = $5 }
		$1 != "cell" { next }
		{
			v = $3
			sub(/\+.*/, "", v)
			if (vcpu_of[v] != vcpu || registers_of[$4] == "all" || $7 == "broken" || $5 $6 ~ /@/ ||
			    (profile[$4] == "-" && $4 != "default"))
				next
			split($5, from, ">")
			gsub(/=[^ ]*/, "", $8)
			print $3, $4, $5, $6, $7, profile[$4] == "-" ? from[1] : profile[$4] == "oldest" ? oldest : profile[$4],
				(registers_of[$4] ~ /=/ ? $4 "." : "") "profile", $8
		}' "$lab/tables/guests" outcomes
}

# The registers in a profile that are in none by kvm_feat's own words: it knows nothing of
# guests for which the lab has set such state, too
states()	# PROFILE
{
	sed -n 's/^\([A-Z][A-Za-z0-9_]*\) .*/\1/p' "$1" 2>/dev/null | xargs "${bin%/*}/regname" 2>/dev/null |
		grep 'state$' || true
}

# What the kernels that a guest has been on have corrected: it has another profile now
corrected_before()	# VCPU FROM OF PROFILE
{
	echo "$2" | tr '>' '\n' | while read -r k; do
		corrected "$1" "$k" "$3" "$4"
	done
}

# check without hosts, check on a host, and a migrated guest must agree. A cell
# may be refused for state that the destination lacks (TCR2_EL1 of a VM without
# the feature), or by a VMM that can't opt in: that is no matter of features, so
# that only "no, but it went well" and "yes, but a feature was refused" are wrong.
# Where a guest was corrected, check says yes and names the same registers.
judge_cells()	# VCPU
{
	n=0
	wrong=
	cells_with "$1" >cells.out
	while read -r vmm guest from to outcome of p registers; do
		case $outcome in
		unstarted) host=${from%%>*} ;;
		*) host=$to ;;
		esac
		[ -z "$(states "profiles/$1/$of/$p")" ] || continue
		[ -z "$(corrected_before "$1" "$from" "$of" "$p")" ] || continue
		said=$(answer "$1" "$host" "$of" "$p")
		n=$((n + 1))
		names=$(corrected "$1" "$host" "$of" "$p")
		case $said-$outcome in
		no-refused|no-unstarted)
			;;
		yes-same|yes-corrected)
			want=
			[ "$outcome" = same ] ||
				want=$(echo "$registers" | tr -s ' ,' '\n' | sed 's/\..*//' | sort -u | paste -sd , -)
			[ "$names" = "$want" ] ||
				wrong="$wrong $vmm,$guest,$from->$to:$said,$outcome,corrects:${names:-nothing}"
			;;
		yes-refused)
			# Only our small VMM follows the rule on every kernel.
			[ "$vmm" != hcid_vmm ] || for r in $registers; do
				grep -q "^$r " "profiles/$1/${from%%>*}/profile" || continue
				wrong="$wrong $vmm,$guest,$from->$to:$said"
			done
			;;
		*)
			wrong="$wrong $vmm,$guest,$from->$to:$said,$outcome"
			;;
		esac
	done <cells.out
	good=true
	[ -z "$wrong" ] || good=false
	[ "$n" = 0 ] || judged "$good" "check agrees with the $n cells for $1" "$wrong"
}

# The answer and its reasons
words()	# FILE
{
	sed '1s/.*: //' "$1"
}

# On the host and from its profile: the same answer, for the same reasons
judge_pairs()	# VCPU
{
	n=0
	wrong=
	for a in $(profiles "$1"); do
		for b in $(profiles "$1"); do
			[ "$a" != "$b" ] || continue
			"$bin" check "$a" "$b" >check.out 2>&1 || true
			said=no
			! grep -q "^$a -> $b: yes" check.out || said=yes
			n=$((n + 1))
			here=checks/$1/$(kernel_of "$b")/$(kernel_of "$a")/profile
			if [ "$said" != "$(answer "$1" "$(kernel_of "$b")" "$(kernel_of "$a")" profile)" ]; then
				wrong="$wrong $(kernel_of "$a")->$(kernel_of "$b"):$said"
			elif [ -s "$here" ] && [ "$(words "$here")" != "$(words check.out)" ]; then
				wrong="$wrong $(kernel_of "$a")->$(kernel_of "$b"):reasons"
			fi
		done
	done
	good=true
	[ -z "$wrong" ] || good=false
	judged "$good" "check of $n pairs of profiles says what the kernel says, for $1" "$wrong"
}

# $ COMMAND, and what it prints
show()
{
	echo "\$ $*"
	shift
	"$bin" "$@" 2>&1 || true
	echo
}

release()	# PROFILE
{
	sed -n 's/^# kernel //p' "$1"
}

session()	# VCPU
{
	old=$(release "profiles/$1/$oldest/profile")
	new=$(release "profiles/$1/$product/profile")
	cp "profiles/$1/$oldest/profile" "$old"
	cp "profiles/$1/$product/profile" "$new"
	echo "$old# kvm_feat dump -f $1 -o $old"
	echo "$new# kvm_feat dump -f $1 -o $new"
	echo
	show kvm_feat diff "$old" "$new"
	show kvm_feat check "$old" "$new"
	show kvm_feat pools "$old" "$new"
	show kvm_feat baseline -o fleet "$old" "$new"
	for k in "$oldest" "$product"; do
		echo "$(release "profiles/$1/$k/profile")# kvm_feat check fleet"
		sed 's,^/[^ ]*,fleet,' "checks/$1/$k/baseline/profile"
	done
	echo
	# The one before is of the base, too
	[ "$(sed '/^# kernel /d' fleet)" = "$(sed '/^# kernel /d' "profiles/$1/baseline/profile")" ] ||
		die "two baselines of the same profiles differ"
}

case ${1:-} in
baseline)
	for v in $(vcpus); do
		p=profiles/$v/baseline
		mkdir -p "$p"
		# shellcheck disable=SC2046 # a list of files
		set -- $(profiles "$v")
		if [ $# = 1 ]; then
			# What one kernel alone can carry
			cp "$1" "$p/profile"
		else
			"$bin" baseline -o "$p/profile" "$@" >"$p/errors" 2>&1 ||
				say "there is no baseline for $v, see $run/$p/errors"
		fi
	done
	;;
judge)
	judge_tests
	for v in $(vcpus); do
		[ -n "$(dumped "$v")" ] || die "no profiles for $v in $run"
		judge_dumps "$v"
		judge_diffs "$v"
		judge_pairs "$v"
		judge_cells "$v"
		judge_baseline "$v"
	done
	;;
session)
	# The vCPU of the story's VMM
	session "$(awk -F '\t' '
		$1 == "vmm" { vcpu[$2] = $5 }
		$1 == "cell" { sub(/\+.*/, "", $3); print vcpu[$3]; exit }' outcomes)"
	;;
*)
	die "what is '${1:-}'? baseline, judge, session"
	;;
esac
