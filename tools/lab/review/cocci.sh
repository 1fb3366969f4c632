#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cocci.sh: all semantic patches of scripts/coccinelle that report, on the files that the
# patch touches; what they have said before it does not count. Two of them are left out, which
# take an OCaml compiler.

. "$lab/lib.sh"
. "$lab/review/lib.sh"

# report COMMIT, stdin: "COCCI FILE..." on lines; what comes of each pair, behind COCCI and FILE
report()
{
	at "$1"
	# shellcheck disable=SC2016 # another shell
	while read -r cocci f _; do
		[ ! -e "$f" ] || echo "$cocci $f"
	done | xargs -r -P "$JOBS" -n 2 sh -c '
		options=$(sed -n "s,^// Options: ,,p" "$1")
		timeout 600 spatch -D report --very-quiet --no-show-diff $options --cocci-file "$1" "$2" >"$0/out.$$" 2>"$0/err.$$" ||
			echo "spatch fails: $(tail -n 1 "$0/err.$$")" >>"$0/out.$$"
		sed -n "s,..*,$1 $2 &,p" "$0/out.$$"
		rm -f "$0/out.$$" "$0/err.$$"' "$work" | sort -u
}

need spatch
rm -rf "$work"
mkdir -p "$work"
# A header alone is little to look at, and what includes it is too much
for f in $(changed '*.c'); do
	grep -rl --include='*.cocci' '^virtual report' scripts/coccinelle | xargs grep -L 'script:ocaml' | sort | sed "s,$, $f,"
done >"$work/pairs"
report "$commit" <"$work/pairs" >"$work/now"
[ -s "$work/now" ] || exit 0
cut -d' ' -f1,2 "$work/now" | sort -u | report "$before" >"$work/before"
judge_new "$work/before" "$work/now"
