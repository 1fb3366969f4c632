#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The files that the product adds lie in this repository twice: in patches/ and,
# to be read, under their own paths; patches/kernel.diff is all that the patches change
# in the kernel. Fail, naming them, where they differ. Run after tree.sh, when refs/lab/
# is what the patches give.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/series/lib.sh"

tree=$(tree_of "$product")
tip=refs/lab/$(tip_of "$product")
bad=0

wrong()
{
	echo "  $*" >&2
	bad=1
}

added=$(added_by "$tip")
for f in $added; do
	if [ ! -e "$top/$f" ]; then
		wrong "$f: in patches/, not here"
	elif ! git -C "$tree" show "$tip:$f" | cmp -s - "$top/$f"; then
		wrong "$f: not what patches/ gives"
	fi
done

# What lies where copies lie must be one.
for d in $COPIES; do
	[ ! -d "$top/$d" ] || (cd "$top" && find "$d" -type f)
done | sort >"$log/copies"
while read -r f; do
	echo "$added" | grep -qxF "$f" || wrong "$f: here, not in patches/"
done <"$log/copies"

if fragment "$tip" | cmp -s - "$top/MAINTAINERS.fragment"; then
	:
elif [ -e "$top/MAINTAINERS.fragment" ] || [ -n "$(fragment "$tip")" ]; then
	wrong "MAINTAINERS.fragment: not what patches/ adds to MAINTAINERS"
fi

kernel_diff "$tip" | cmp -s - "$top/patches/kernel.diff" || wrong "patches/kernel.diff: not what patches/ changes in the kernel"

[ "$bad" = 0 ] || die "patches and copies differ: change files in build/tree, and 'make export' writes both"
