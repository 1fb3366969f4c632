#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Write patches/ from the branch hcid of build/tree (and patches/demo/ from
# the branch demo), and refresh the copies of the files that the series adds.
# The same commits give the same files, whoever runs this and whenever.

lab=$(dirname "$0")
. "$lab/lib.sh"
plain_git

tree=$(tree_of N)
[ -e "$tree/.git" ] || die "no build/tree yet: make tree"

# format BRANCH START FOLDER [OPTION...]: replace the patches in the folder
format()
{
	branch=$1 start=$2 dir=$3
	shift 3
	[ -z "$(git -C "$tree" rev-list --merges "$start..$branch")" ] ||
		die "branch $branch has a merge: rebase it into single patches"
	new=$(mktemp -d "$BUILD/export.XXXXXX")
	# The cover letter's From and Date are the committer's.
	GIT_COMMITTER_DATE=$(git -C "$tree" log -1 --format=%aI "$branch") \
		git -C "$tree" -c core.abbrev=12 -c diff.algorithm=myers format-patch -q \
		--zero-commit --no-signature --no-thread --no-base --numbered "$@" \
		-o "$new" "$start..$branch" || { rm -rf "$new"; die "format-patch failed"; }
	mkdir -p "$dir"
	rm -f "$dir"/[0-9]*.patch
	for p in "$new"/*.patch; do
		[ ! -e "$p" ] || mv "$p" "$dir/"
	done
	rmdir "$new"
	git -C "$tree" update-ref "refs/lab/$branch" "$branch"
	git -C "$tree" config "lab.$branch" "$(digest "$dir")"
	say "${dir#"$top"/}: $(patches_in "$dir" | wc -l) patches"
}

dirty=$(git -C "$tree" status --porcelain --untracked-files=no)
if [ -n "$dirty" ]; then
	say "not exported, since not committed in build/tree:"
	echo "$dirty"
fi

[ "$(git -C "$tree" rev-parse hcid)" != "$(git -C "$tree" rev-parse base)" ] ||
	die "branch hcid of build/tree has no commits: nothing to export"

before=
if old=$(git -C "$tree" rev-parse -q --verify refs/lab/hcid); then
	before=$(added_by base "$old")
fi

if [ -n "$(git -C "$tree" config branch.hcid.description || true)" ]; then
	format hcid base "$top/patches" --cover-letter --cover-from-description=subject
else
	say "no cover letter: write one with 'git -C build/tree branch --edit-description hcid'"
	format hcid base "$top/patches"
fi
if git -C "$tree" rev-parse -q --verify demo >/dev/null; then
	"$lab/tree.sh" N+1	# carries the demo over to what hcid is now
	format demo hcid "$top/patches/demo"
fi

# The copies: those of files that are gone go too.
added=$(added_by base hcid)
for f in $before; do
	if ! echo "$added" | grep -qxF "$f" && [ -e "$top/$f" ]; then
		rm -f "$top/$f"
		rmdir -p --ignore-fail-on-non-empty "$top/${f%/*}" 2>/dev/null || true
		say "removed $f"
	fi
done
for f in $added; do
	mkdir -p "$top/${f%/*}"
	git -C "$tree" show "hcid:$f" >"$top/$f"
	case $(git -C "$tree" ls-tree hcid "$f") in
	100755*) chmod 755 "$top/$f" ;;
	*) chmod 644 "$top/$f" ;;
	esac
done
fragment hcid >"$top/MAINTAINERS.fragment"
[ -s "$top/MAINTAINERS.fragment" ] || rm -f "$top/MAINTAINERS.fragment"
say "copies: $(echo "$added" | grep -c .) files"
