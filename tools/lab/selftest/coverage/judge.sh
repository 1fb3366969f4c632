# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the lab makes of a diff, a table of lines, of what was run, and of exceptions, which
# are in the case's file "recorded".

. "$lab/lib.sh"

new_verdicts coverage
awk -v to="$BUILD" -f "$here/unpack.awk" recorded
awk -v tree=/src -v verdicts="$BUILD/verdict/coverage" -f "$lab/build/source.awk" -f "$lab/coverage/judge.awk" \
	"$BUILD/exceptions" "$BUILD/diff" "$BUILD/lines" "$BUILD/code"
"$lab/report.sh"
