#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cocci.sh: all semantic patches of scripts/coccinelle that report, on the files that the
# patch touches; what they have said before it does not count

. "$lab/lib.sh"
. "$lab/review/lib.sh"

# report COMMIT FILE...
report()
{
	at "$1"
	shift
	# shellcheck disable=SC2016 # another shell
	for f; do
		[ ! -e "$f" ] || grep -rl --include='*.cocci' '^virtual report' scripts/coccinelle | sort | sed "s,$, $f,"
	done | xargs -r -P "$JOBS" -n 2 sh -c '
		options=$(sed -n "s,^// Options: ,,p" "$1")
		timeout 120 spatch -D report --very-quiet --no-show-diff $options --cocci-file "$1" "$2" 2>"$0/err.$$" ||
			echo "$2:1: error: spatch fails with $1: $(tail -n 1 "$0/err.$$")"
		rm -f "$0/err.$$"' "$work" | sort -u
}

rm -rf "$work"
mkdir -p "$work"
# shellcheck disable=SC2046 # a list of files
report "$commit" $(changed '*.c' '*.h') >"$work/now"
[ -s "$work/now" ] || exit 0
# shellcheck disable=SC2046 # a list of files
report "$before" $(cut -d: -f1 "$work/now" | sort -u) >"$work/before"
judge_new "$work/before" "$work/now"
