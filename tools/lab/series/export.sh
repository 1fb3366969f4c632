#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Write the folders of patches from the branches of build/tree, patches/kernel.diff, and
# the copies of the files that the product adds. The same commits give the same files,
# whoever runs this and whenever. What has been changed there by hand, and not in
# build/tree, is not written over. Nothing is exported from a base that stands in for the
# first one of the table (see tables/kernels), but with FORCE=1.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/series/lib.sh"
lock_build
git_identity

tree=$(tree_of "$product")
is_whole "$product" || die "no build/tree yet: make tree"
needs=$(git -C "$(tree_of "$root")" config lab.patches || true)
[ -z "$needs" ] || [ "${FORCE:-0}" = 1 ] ||
	die "the base is $(git -C "$(tree_of "$root")" config lab.base) with ${needs% *}, and patches/ would become patches for it; if you want that: make export FORCE=1"
# What has been made of patches that did not apply first becomes branches
[ ! -e "$(git_dir "$tree")/lab-am" ] || "$lab/series/tree.sh" "$product"
now=$(under_way "$tree")
[ -z "$now" ] || die "in $tree $now is under way: finish it, or abort it"
[ -z "$(git -C "$tree" log -1 --format=%h HEAD --not --branches --glob=refs/lab "$root")" ] ||
	die "$tree has no branch checked out, and there $(checked_out "$tree"), which no branch has"

format()	# TREE BRANCH START FOLDER
{
	wt=$1
	shift
	[ -z "$(git -C "$wt" rev-list --merges "$2..$1")" ] ||
		die "branch $1 has a merge: rebase it into single patches"
	[ -n "$(git -C "$wt" rev-list "$2..$1")" ] ||
		die "branch $1 of $wt has no commits: nothing to export"
	cover=
	if [ -n "$(git -C "$wt" config "branch.$1.description" || true)" ]; then
		cover="--cover-letter --cover-from-description=subject"
	elif [ -e "$top/$3/0000-cover-letter.patch" ]; then
		say "no cover letter: write one with 'git -C $wt branch --edit-description $1'"
	fi
	new=$(mktemp -d "$BUILD/export.XXXXXX")
	# The cover letter's From and Date are the committer's: say the last author.
	# shellcheck disable=SC2086 # words
	GIT_COMMITTER_NAME=$(git -C "$wt" log -1 --format=%an "$1") \
		GIT_COMMITTER_EMAIL=$(git -C "$wt" log -1 --format=%ae "$1") \
		GIT_COMMITTER_DATE=$(git -C "$wt" log -1 --format=%aI "$1") \
		git -C "$wt" -c core.abbrev=12 -c diff.algorithm=myers format-patch -q \
		--zero-commit --no-signature --no-thread --no-base --numbered $cover \
		-o "$new" "$2..$1" || { rm -rf "$new"; die "format-patch failed"; }
	mkdir -p "$top/$3"
	rm -f "$top/$3"/[0-9]*.patch
	mv "$new"/*.patch "$top/$3/"
	rmdir "$new"
	note_step "$wt" "$1" "$2" "$3"
	say "$3: $(patches_in "$top/$3" | wc -l) patches"
}

for k in $(kernels); do
	if ! is_whole "$k" || [ -z "$(folders_of "$k")" ]; then
		continue
	fi
	if dirty "$(tree_of "$k")"; then
		say "not exported, since not committed in $(tree_of "$k"):"
		git -C "$(tree_of "$k")" status --short --untracked-files=no
	fi
done
old=refs/lab/$(tip_of "$product")
before=$(added_by "$old" 2>/dev/null || true)
# All branches are what they are to be before anything is written.
: >"$log/branches"
for k in $(kernels_but part); do
	is_whole "$k" || continue
	stack "$k" >"$log/stack"
	while read -r branch start folder; do
		[ ! -d "$top/$folder" ] || [ "$(digest "$top/$folder")" = "$(git -C "$(tree_of "$k")" config "lab.$branch.digest" || true)" ] ||
			die "$folder has been changed since $(tree_of "$k") was made: 'make tree' takes it there, or 'git checkout $folder'"
		restack "$(tree_of "$k")" "$branch" "$start" "$folder"
		echo "$(tree_of "$k") $branch $start $folder" >>"$log/branches"
	done <"$log/stack"
done
tip=$(tip_of "$product")
added=$(added_by "$tip")
is_of()	# FILE REF: is it here as it is there?
{
	case $1 in
	MAINTAINERS.fragment) fragment "$2" ;;
	patches/kernel.diff) kernel_diff "$2" ;;
	*) git -C "$tree" show "$2:$1" ;;
	esac 2>/dev/null | cmp -s - "$top/$1"
}
for f in $before $added MAINTAINERS.fragment patches/kernel.diff; do
	[ ! -e "$top/$f" ] || is_of "$f" "$old" || is_of "$f" "$tip" ||
		die "$f has been changed here: do that in $tree, and 'git checkout $f'"
done
while read -r t branch start folder; do
	format "$t" "$branch" "$start" "$folder"
done <"$log/branches"

# The copies: those of files that are gone go too.
for f in $before; do
	if ! echo "$added" | grep -qxF "$f" && [ -e "$top/$f" ]; then
		rm -f "$top/$f"
		rmdir -p --ignore-fail-on-non-empty "$top/${f%/*}" 2>/dev/null || true
		say "removed $f"
	fi
done
for f in $added; do
	mkdir -p "$top/${f%/*}"
	git -C "$tree" show "$tip:$f" >"$top/$f"
	case $(git -C "$tree" ls-tree "$tip" "$f") in
	100755*) chmod 755 "$top/$f" ;;
	*) chmod 644 "$top/$f" ;;
	esac
done
fragment "$tip" >"$top/MAINTAINERS.fragment"
[ -s "$top/MAINTAINERS.fragment" ] || rm -f "$top/MAINTAINERS.fragment"
kernel_diff "$tip" >"$top/patches/kernel.diff"
say "copies: $(echo "$added" | grep -c .) files"
