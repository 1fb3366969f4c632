# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the lab makes of a diff, a table of lines, of what was run, and of exceptions. The
# first two are in the file "recorded" here, all else, and what differs, is in the case's.

. "$lab/lib.sh"

new_verdicts coverage
for f in ../recorded recorded; do
	awk -v to="$BUILD" -f "$here/unpack.awk" "$f"
done
awk -v tree=/src -v verdicts="$BUILD/verdict/coverage" -f "$lab/build/source.awk" -f "$lab/coverage/judge.awk" \
	"$BUILD/exceptions" "$BUILD/diff" "$BUILD/lines" "$BUILD/code"
"$lab/report.sh"
