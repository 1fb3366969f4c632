#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# feat.sh baseline|judge|session: kvm_feat on the kernels of the matrix, whose
# boots have left profile.KERNEL.VMM/profile (by "kvm_feat dump") and
# check.KERNEL.VMM/PROFILE (what "kvm_feat check" said there) in build/matrix/run.
#
# baseline	make the greatest profile that all kernels can carry, for each VMM
# judge		is all as it should be? A line "ok ..." or "not ok ..." for each
#		promise. What differs between kernels is declared in matrix/diffs.
# session	what an operator would type, and what it prints

lab=$(dirname "$0")
. "$lab/lib.sh"

run=$BUILD/matrix/run
bin=$BUILD/kvm_feat/kvm_feat
vmms=$(find "$run" -name 'profile.*' | sed 's/.*\.//' | sort -u)
out=$run/feat.out

profiles()	# VMM: the dumped profiles
{
	for k in $(awk '!/^#/ { print $1 }' "$lab/kernels"); do
		[ ! -e "$run/profile.$k.$1/profile" ] || echo "$run/profile.$k.$1/profile"
	done
}

kernel_of()	# PROFILE
{
	k=${1%.*}
	echo "${k##*profile.}"
}

verdict()	# TRUE-OR-FALSE NAME [WHY]
{
	if "$1"; then
		echo "ok kvm_feat: $2"
	else
		echo "not ok kvm_feat: $2${3:+: $3}"
		failed=1
	fi
}

# A kernel without patches of ours can't tell what is a feature.
classes()	# KERNEL
{
	case $(field "$1" 3) in
	-) echo built-in ;;
	*) echo kernel ;;
	esac
}

judge_dumps()
{
	for p in $(profiles "$1"); do
		k=$(kernel_of "$p")
		good=true
		[ "$(cat "${p%/*}/status")" = 0 ] && grep -qx "# classes $(classes "$k")" "$p" ||
			good=false
		verdict "$good" "dump on $k for $1" "see ${p%/*}"
	done
}

# kvm_feat's own tests that need KVM
judge_tests()
{
	for t in "$run"/tests.*; do
		good=true
		[ "$(cat "$t/status")" = 0 ] && grep -q '^ok ' "$t/log" && ! grep -q '^not ok ' "$t/log" ||
			good=false
		verdict "$good" "its $(grep -c '^ok ' "$t/log") tests on ${t##*/tests.}" "see $t/log"
	done
}

# The registers that a diff names must be those of the table, no more, no less.
judge_diffs()
{
	awk -v vmm="$1" '!/^#/ && $1 == vmm' "$lab/matrix/diffs" >"$run/diffs"
	while read -r _ a b want; do
		for k in "$a" "$b"; do
			[ -e "$run/profile.$k.$1/profile" ] || continue 2
		done
		"$bin" diff "$run/profile.$a.$1/profile" "$run/profile.$b.$1/profile" >"$out" || true
		names=$(sed -n 's/^\([A-Z][A-Za-z0-9_]*\): .*/\1/p' "$out" | sort | paste -sd ' ' -)
		want=$(echo "$want" | tr ' ' '\n' | sort | paste -sd ' ' -)
		[ "$want" != - ] || want=
		good=true
		[ "$names" = "$want" ] || good=false
		verdict "$good" "diff $a $b for $1: ${want:-nothing}" "got ${names:-nothing}"
	done <"$run/diffs"
}

# What the kernel of a check said of a profile
answer()	# KERNEL VMM PROFILE
{
	case $(cat "$run/check.$1.$2/$3.status" 2>/dev/null) in
	0) echo yes ;;
	1) echo no ;;
	*) echo none ;;
	esac
}

judge_baseline()
{
	for p in $(profiles "$1"); do
		k=$(kernel_of "$p")
		good=true
		[ "$(answer "$k" "$1" baseline.profile)" = yes ] || good=false
		verdict "$good" "the baseline of all for $1 can start on $k" "see $run/check.$k.$1"
	done
}

# check without hosts, check on a host, and a migrated guest must agree. A cell
# may be refused for state that the destination lacks (TCR2_EL1 of a VM without
# the feature), or by a VMM that can't opt in: that is no matter of features, so
# that only "no, but it went well" and "yes, but a feature was refused" are wrong.
judge_cells()
{
	n=0
	wrong=
	while read -r vmm guest from to outcome what; do
		[ "${vmm%%+*}" = "$1" ] || continue
		case $guest in
		default) p=${from%%>*}.profile ;;
		pinned) p=LTS.profile ;;
		all) continue ;;	# of no profile
		*) p=LTS.widget ;;
		esac
		case $outcome in
		unstarted) host=${from%%>*} ;;
		*) host=$to ;;
		esac
		said=$(answer "$host" "$1" "$p")
		n=$((n + 1))
		case $said-$outcome in
		yes-same|no-refused|no-unstarted)
			;;
		yes-refused)
			# Only our small VMM follows the rule on every kernel.
			[ "$vmm" != hcid_vmm ] || for r in $what; do
				grep -q "^$r " "$run/profile.$from.$1/profile" || continue
				wrong="$wrong $vmm,$guest,$from->$to:$said"
			done
			;;
		*)
			wrong="$wrong $vmm,$guest,$from->$to:$said,$outcome"
			;;
		esac
	done <"$run/outcomes"
	good=true
	[ -z "$wrong" ] || good=false
	[ "$n" = 0 ] || verdict "$good" "check agrees with the $n cells for $1" "$wrong"
}

judge_pairs()
{
	n=0
	wrong=
	for a in $(profiles "$1"); do
		for b in $(profiles "$1"); do
			[ "$a" != "$b" ] || continue
			said=no
			! "$bin" check "$a" "$b" 2>/dev/null | grep -q "^$a -> $b: yes" || said=yes
			n=$((n + 1))
			[ "$said" = "$(answer "$(kernel_of "$b")" "$1" "$(kernel_of "$a").profile")" ] ||
				wrong="$wrong $(kernel_of "$a")->$(kernel_of "$b"):$said"
		done
	done
	good=true
	[ -z "$wrong" ] || good=false
	verdict "$good" "check of $n pairs of profiles says what the kernel says, for $1" "$wrong"
}

# $ COMMAND, and what it prints
show()
{
	echo "\$ $*"
	shift
	"$bin" "$@" 2>&1 || true
	echo
}

session()
{
	cd "$run"
	old=$(sed -n 's/^# kernel //p' "profile.LTS.$1/profile")
	new=$(sed -n 's/^# kernel //p' "profile.N.$1/profile")
	cp "profile.LTS.$1/profile" "$old"
	cp "profile.N.$1/profile" "$new"
	features=$(sed -n 's/^# features //p' "$new")
	echo "$old# kvm_feat dump -f $features -o $old"
	echo "$new# kvm_feat dump -f $features -o $new"
	echo
	show kvm_feat diff "$old" "$new"
	show kvm_feat check "$old" "$new"
	show kvm_feat baseline -o fleet "$old" "$new"
	for k in LTS N; do
		echo "$(sed -n 's/^# kernel //p' "profile.$k.$1/profile")# kvm_feat check fleet"
		sed 's,^/[^ ]*,fleet,' "check.$k.$1/baseline.profile"
	done
	echo
	cmp -s fleet "profile.baseline.$1/profile" || die "two baselines of the same profiles differ"
}

case ${1:-} in
baseline)
	for v in $vmms; do
		mkdir -p "$run/profile.baseline.$v"
		# shellcheck disable=SC2046 # a list of files
		"$bin" baseline -o "$run/profile.baseline.$v/profile" $(profiles "$v") \
			>"$run/profile.baseline.$v/errors" 2>&1 ||
			say "there is no baseline for $v, see $run/profile.baseline.$v/errors"
	done
	;;
judge)
	failed=0
	judge_tests
	[ -n "$vmms" ] || die "no profiles in $run"
	for v in $vmms; do
		judge_dumps "$v"
		judge_diffs "$v"
		judge_pairs "$v"
		judge_cells "$v"
		judge_baseline "$v"
	done
	exit "$failed"
	;;
session)
	session qemu
	;;
*)
	die "what is '${1:-}'? baseline, judge, session"
	;;
esac
