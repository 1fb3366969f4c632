#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# review.sh [plan|judge] [-c CHECK,...] [PATCH...]: is each patch of the product's series good alone? Every
# check of the table of reviews that concerns it is done when the patch and those before it are
# there, and nothing behind it. With BRANCH/NUMBER, or the beginning of that, only these
# patches, with -c only these checks. "plan" prints what is left to do, "judge" only judges what has been done.
#
# A complaint of a compiler, of sparse or of Sphinx counts if the base does not have it.
#
# build/review/results has a line "KEY PATCH CHECK OUTCOME SECONDS DETAIL..." for each check that came
# to its end. The outcome is ok, fail, or skip. The key is what decides about it: see the
# table. What is ok by the same key is not done again, whatever else has changed; what has
# failed or was skipped is tried again.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/series/lib.sh"

how=
case ${1:-} in
plan|judge) how=$1; shift ;;
esac
checks=
while getopts c: o; do
	case $o in
	c) checks=$OPTARG ;;
	*) die "usage: ${0##*/} [plan|judge] [-c CHECK,...] [PATCH...]" ;;
	esac
done
shift $((OPTIND - 1))
lock_build

product=$(kernel_with product)
root=$(root_of "$product")
tree=$(tree_of "$product")
review=$BUILD/review
results=$review/results
mkdir -p "$review/log"
touch "$results"
export root top_commit

# A line "PATCH COMMIT BEFORE FILE" for each
patches()
{
	for f in $(folders_of "$product"); do
		patches_in "$top/$f"
	done >"$review/files"
	stack "$product" >"$review/stack"
	while read -r branch start _; do
		n=0
		from=$(rev "$tree" "$start")
		for c in $(git -C "$tree" rev-list --reverse "$start..$branch"); do
			n=$((n + 1))
			file=$(grep "/$branch/$(printf %04d $n)-" "$review/files") || die "branch $branch has more commits than patches/: 'make export'"
			echo "$branch/$(printf %04d $n) $c $from $file"
			from=$c
		done
	done <"$review/stack"
}

# wanted PATCH: is it to be looked at?
wanted()
{
	[ -n "$only" ] || return 0
	for w in $only; do
		case $1 in
		"$w"*) return 0 ;;
		esac
	done
	return 1
}

# plan: "KEY PATCH CHECK" for each check that concerns a patch
plan()
{
	progress "review: what decides about each check"
	rows reviews | awk -v only="$checks" '
		BEGIN { n = split(only, o, ","); for (i = 1; i <= n; i++) want[o[i]] }
		!n || $1 in want' >"$review/checks"
	[ -s "$review/checks" ] || die "the table of reviews has no check ${checks:-at all}"
	find "$lab/review" -name '*.sh' -exec sha256sum {} + >"$review/scripts"
	rm -rf "$review/keys"
	mkdir "$review/keys"
	base=$(git -C "$tree" rev-parse "$root^{tree}")
	while read -r patch commit before _; do
		wanted "$patch" || continue
		{
			git -C "$tree" diff-tree -r "$before" "$commit" | sed 's/^/patch /'
			git -C "$tree" diff-tree -r "$root" "$before" | sed 's/^/before /'
			git -C "$tree" diff-tree -r "$root" "$commit" | sed 's/^/after /'
			git -C "$tree" log -1 --format='%an <%ae>%n%B' "$commit" | sed 's/^/message /'
		} | awk -v base="$base" -v prefix="$review/keys/${patch%/*}-${patch#*/}" -f "$lab/review/keys.awk" \
			"$review/scripts" "$review/checks" -
	done <"$review/patches"
	# FOLDER-NUMBER-ROW-CHECK is in order
	(cd "$review/keys" && find . -type f | LC_ALL=C sort | xargs -r sha256sum) | sed -E \
		's,^(.{16})[^ ]* *\./(.*)-([0-9]{4})-[0-9]{2}-(.*)$,\1 \2/\3 \4,' >"$review/wanted"
}

# left: those of them that are not ok yet
left()
{
	awk 'FILENAME == ARGV[1] { if ($4 == "ok") done[$1]; next } !($1 in done)' "$results" "$review/wanted"
}

# A lane's working tree: that of the product in a build folder of its own
lane_tree()	# LANE
{
	t=$review/$1/$product/tree
	if ! git -C "$t" rev-parse -q --verify HEAD >/dev/null 2>&1; then
		rm -rf "$t"
		git -C "$(tree_of "$root")" worktree prune
		git -C "$(tree_of "$root")" worktree add -q -f --detach "$t" "$root"
	fi
	echo "$t"
}

# What patch and check are to do now: sets $outcome and $detail
do_check()	# LANE-TREE LOG
{
	git -C "$1" am --abort >/dev/null 2>&1 || true
	rm -f "$(git_dir "$1")/index.lock"
	if [ "$(rev "$1" HEAD)" != "$commit" ] || dirty "$1"; then
		git -C "$1" checkout -q -f --detach "$commit"
	fi
	work=$review/scratch/$check
	mkdir -p "$work"
	export lab check patch commit before file work
	status=0
	# shellcheck disable=SC2086 # words
	(cd "$1" && PATH=$lab/review:$PATH && $script) >"$2" 2>&1 </dev/null || status=$?
	case $status in
	0) outcome=ok ;;
	4) outcome=skip ;;
	*) outcome=fail ;;
	esac
	detail=$(grep . "$2" | tail -n 1 | tr -s '\t ' ' ' | cut -c1-200)
}

lane()	# NAME
{
	trap 'exit 130' TERM
	t=$(lane_tree "$1")
	while read -r key patch name; do
		while read -r check lane _ _ packages script; do
			if [ "$check" = "$name" ] && [ "$lane" = "$1" ]; then
				break
			fi
			check=
		done <"$review/checks"
		[ -n "$check" ] || continue
		while read -r p commit before file; do
			[ "$p" != "$patch" ] || break
		done <"$review/patches"
		start=$(date +%s)
		why=$(awk -v c="$check" -F '\t' '$1 == c { print $2 }' "$review/missing")
		l=$review/log/$(echo "$patch" | tr / -)-$check
		if [ -n "$why" ]; then
			outcome=skip detail=$why
		else
			do_check "$t" "$l"
		fi
		took=$(($(date +%s) - start))
		echo "$key $patch $check $outcome $took $detail" >>"$results"
		say "$patch $check: $outcome, $took s${detail:+: $detail}"
	done <"$review/left"
}

# Packages that this study alone needs. What can't be had is said once.
get_packages()
{
	: >"$review/missing"
	while read -r check _ _ _ packages _; do
		if [ "$packages" = - ] || ! grep -q " $check\$" "$review/left"; then
			continue
		fi
		# shellcheck disable=SC2046 # a list of packages
		"$lab/setup.sh" $(echo "$packages" | tr , ' ') >"$log/review-packages" 2>&1 ||
			printf '%s\tno %s here: %s\n' "$check" "$packages" "$(tail -n 1 "$log/review-packages")" >>"$review/missing"
	done <"$review/checks"
}

judge()
{
	new_verdicts review
	mkdir -p "$BUILD/report"
	while read -r patch commit _; do
		printf '%s\t%s\n' "$patch" "$(git -C "$tree" log -1 --format=%s "$commit")"
	done <"$review/patches" >"$review/titles"
	awk -v checks="$(cut -f1 "$review/checks" | tr '\n' ' ')" -v verdicts="$BUILD/verdict/review" \
		-f "$lab/review/judge.awk" "$review/titles" "$review/wanted" "$results" >"$BUILD/report/review.txt"
	cat "$BUILD/report/review.txt"
}

only=$*
case $how in
'') "$lab/series/tree.sh" "$product" ;;
esac
top_commit=$(rev "$tree" "$(tip_of "$product")")
patches >"$review/patches"
set -f	# what the table has is not this folder's files
plan
case $how in
plan)
	left
	exit 0
	;;
judge)
	judge
	! grep -q '^fail' "$BUILD/verdict/review"
	exit
	;;
esac
left >"$review/left"
say "review: $(wc -l <"$review/patches") patches, $(wc -l <"$review/wanted") checks, $(wc -l <"$review/left") of them to do"
if [ -s "$review/left" ]; then
	get_packages
	# The boots begin with what the base has compiled
	if grep -q ' boot$' "$review/left"; then
		[ -e "$review/boots/$product/obj/.lab-config" ] || "$lab/build/kernel.sh" "$root"
		"$lab/host/initramfs.sh"
		"$lab/boot/emulator.sh" >/dev/null
	fi
	pids=
	trap 'kill $pids 2>/dev/null; exit 130' INT TERM HUP
	for l in $(cut -f2 "$review/checks" | sort -u); do
		lane "$l" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || say "a lane has stopped"
	done
	trap - INT TERM HUP
fi
rm -rf "$BUILD/verdict"
judge
"$lab/report.sh" review "make study NAME=review"
