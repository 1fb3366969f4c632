#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# lint.sh [CHECK...]: the checks that need no boot, on the tree that series/tree.sh has
# made: all, or those of shellcheck, copies, prose, checkpatch, excuses, kvm_feat and kernel
# that are named. Their verdicts are build/verdict/lint. Fails if one is bad.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/series/lib.sh"
lock_build

tree=$(tree_of "$product")
new_verdicts lint "$*"

# judge NAME FILE: by the complaints, if any, that a check has left in the file
judge()
{
	if [ -s "$2" ]; then
		verdict lint fail "$1" "$(wc -l <"$2") lines of complaints in ${2#"$top"/}"
		say "$1: $(wc -l <"$2") lines of complaints"
		head -n 20 "$2" | sed 's/^/  /' >&2
	else
		verdict lint pass "$1"
		say "$1: nothing to complain of"
	fi
}

# The lab itself: all that starts as a shell script does, what those include, and the
# cases of its selftest
check_shellcheck()
{
	# shellcheck disable=SC2016 # another shell
	find tools/lab .ci -type f -print0 | xargs -0 sh -c '
		for f; do
			if [ "${f##*/}" = cmd ] || head -n 2 "$f" | grep -q "^#!.*sh$\|^# shellcheck shell="; then
				echo "$f"
			fi
		done' lint | sort >"$log/scripts"
	# shellcheck disable=SC2046 # a list of files
	shellcheck -x $(cat "$log/scripts") >"$log/shellcheck" 2>&1 || [ -s "$log/shellcheck" ] || echo "shellcheck fails" >"$log/shellcheck"
	judge shellcheck "$log/shellcheck"
}

# patches/ against the copies
check_copies()
{
	"$lab/series/sync.sh" >"$log/sync" 2>&1 || [ -s "$log/sync" ] || echo "sync.sh fails" >"$log/sync"
	judge "patches and copies" "$log/sync"
}

# Documents and messages: sentences and cells that are too long to read
check_prose()
{
	# What the series add to documents that there are
	git -C "$tree" diff -U0 "$root" "$(tip_of "$product")" -- '*.rst' |
		awk '/^@@/ { print "" } /^\+/ && !/^\+\+\+/ { print substr($0, 2) }' >"$log/added.rst"
	# shellcheck disable=SC2046 # a list of files
	awk -f "$lab/lint/prose.awk" $(find README.md tools/lab/README.md tools/lab/results patches Documentation -name '*.md' -o -name '*.rst' -o -name '*.patch') \
		"$log/added.rst" >"$log/prose" 2>&1 || echo "prose.awk fails" >>"$log/prose"
	judge prose "$log/prose"
}

# The table of excuses says which types of complaints are let pass.
check_checkpatch()
{
	folders=$(for k in $(kernels_but part); do folders_of "$k"; done)
	ignore=$(excuses patch | cut -f1 | paste -sd' ' -)
	stamp=$(echo "$ignore"; git -C "$tree" rev-parse "$root:scripts"; for f in $folders; do digest "$f"; done)
	if [ ! -e "$log/checkpatch" ] || [ "$(cat "$BUILD/checkpatch" 2>/dev/null)" != "$stamp" ]; then
		rm -rf "$log/checkpatch.d"
		mkdir "$log/checkpatch.d"
		progress checkpatch
		# Debian's own python3 is the one that has the modules that checkpatch uses. The
		# first word in CamelCase has it write a list, which others would find half done.
		# shellcheck disable=SC2016 # another shell
		(
			cd "$tree"
			PATH=/usr/bin:$PATH
			echo 'int camelCase;' >"$log/camelcase.c"
			./scripts/checkpatch.pl --strict -q -f "$log/camelcase.c" >/dev/null 2>&1 || true
			for f in $folders; do
				patches_in "$top/$f"
			done | xargs -P "$JOBS" -n 1 sh -c '
				./scripts/checkpatch.pl --strict --quiet --no-summary --show-types "$1" \
					>"$0/$(echo "$1" | tr / _)" 2>&1 || true' "$log/checkpatch.d"
		)
		cat "$log/checkpatch.d"/* >"$log/checkpatch.new"
		awk -v ignore="$ignore" '
			BEGIN { RS = ""; n = split(ignore, type, " ") }
			{
				split($0, w, ":")
				for (i = 1; i <= n; i++)
					if (w[2] == type[i]) {
						seen[type[i]]
						next
					}
				print
			}
			END {
				for (i = 1; i <= n; i++)
					if (!(type[i] in seen))
						print "no patch needs the excuse for " type[i]
			}' "$log/checkpatch.new" >"$log/checkpatch"
		echo "$stamp" >"$BUILD/checkpatch"
	fi
	judge "checkpatch --strict" "$log/checkpatch"
}

# Excuses for what is not there any more; those for lines, costs and mutants that are not
# needed are found where these are judged
check_excuses()
{
	{
		excuses line | while IFS='	' read -r f line _; do
			grep -qF "$line" "$tree/$f" || echo "$f has no line: $line"
		done
		excuses race | cut -f1 | grep -oE '[a-z_]{4,}' | sort -u | while read -r name; do
			git -C "$tree" grep -q "$name" -- arch/arm64/kvm virt/kvm || echo "no function of KVM is called $name, of which an excuse says that it races"
		done
		excuses mutant | cut -f1 | while read -r fault; do
			grep -qsxF "= ${fault#*/}" "$lab/mutants/${fault%%/*}.faults" || echo "no fault is called $fault"
		done
	} >"$log/excuses"
	judge excuses "$log/excuses"
}

# All of kvm_feat that needs no KVM: it runs on any machine
check_kvm_feat()
{
	mkdir -p "$BUILD/kvm_feat"
	if run_logged "$log/kvm_feat.log" make -C "$tree/tools/kvm/kvm_feat" CROSS_COMPILE= O="$BUILD/kvm_feat" test; then
		: >"$log/kvm_feat"
	else
		grep -E '^not ok|rror' "$log/kvm_feat.log" >"$log/kvm_feat" || tail "$log/kvm_feat.log" >"$log/kvm_feat"
	fi
	grep -q '^ok ' "$log/kvm_feat.log" || echo "no test of kvm_feat ran, see $log/kvm_feat.log" >>"$log/kvm_feat"
	judge kvm_feat "$log/kvm_feat"
}

# complaints KERNEL OUT: gcc's and sparse's about files that the product touches. What
# other files say of a header that it touches, these say too.
complaints()
{
	progress "W=1 and sparse on $1"
	objects=$(cd "$(tree_of "$1")" && sed -n 's/\.c$//p' "$log/touched" | while read -r f; do
		[ ! -e "$f.c" ] || case $f in
		tools/*|*/selftests/*) ;;
		*) echo "$f.o" ;;
		esac
	done)
	# shellcheck disable=SC2086 # a list of objects
	if ! "$lab/build/kernel.sh" lint "$1" $objects >"$log/lint-build-$1" 2>&1; then
		{ echo "W=1: $1 does not build"; tail -n 20 "$log/lint-build-$1" "$log/lint-$1.log"; } >"$2" 2>&1 || true
		return
	fi
	awk -v tree="$(tree_of "$1")/" -f "$lab/lint/complaints.awk" "$log/touched" "$log/lint-$1.log" >"$2.all"
	sort -u "$2.all" >"$2"
}

# W=1 and sparse: complaints that the base does not have count. A kernel that does not
# even compile that way is one.
check_kernel()
{
	git -C "$tree" diff --name-only "$root" >"$log/touched"
	complaints "$product" "$log/lint-product"
	if [ ! -s "$log/lint-product" ]; then
		: >"$log/lint-new"
	elif grep -q '^W=1: ' "$log/lint-product"; then
		cp "$log/lint-product" "$log/lint-new"
	else
		complaints "$root" "$log/lint-base"
		awk -f "$lab/lint/new.awk" base="$log/lint-base" "$log/lint-product" >"$log/lint-new"
	fi
	judge "W=1 and sparse" "$log/lint-new"
}

cd "$top"
# Not as part of a list or a condition: what fails in one ends it all.
[ $# -gt 0 ] || set -- shellcheck copies prose checkpatch excuses kvm_feat kernel
for check; do
	"check_$check"
done

! grep -q '^fail' "$BUILD/verdict/lint"
