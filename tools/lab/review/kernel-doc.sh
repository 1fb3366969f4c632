#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-doc.sh: nothing new that kernel-doc says of the comments in the files that the
# patch touches

. "$lab/lib.sh"
. "$lab/review/lib.sh"

said()	# COMMIT
{
	for f in $(changed '*.c' '*.h'); do
		mkdir -p "$work/tree/${f%/*}"
		git show "$1:$f" >"$work/tree/$f" 2>/dev/null || continue
		(cd "$work/tree" && PATH=/usr/bin:$PATH "$tree/scripts/kernel-doc" -none -Wall "$f" 2>&1) || true
	done | sed -E 's/^(Warning|Error): ([^ ]*)/\2: \1:/'
}

rm -rf "$work"
mkdir -p "$work"
tree=$PWD
said "$before" | complaints /dev/stdin >"$work/before"
said "$commit" | complaints /dev/stdin >"$work/now"
judge_new "$work/before" "$work/now"
