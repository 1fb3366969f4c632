# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the lab makes of a recorded run of tests, that is the case's file "recorded":
# all that is decided, the table, the verdicts, the report.

. "$lab/lib.sh"

run=$BUILD/run/tests
awk -v to="$run" -f "$here/unpack.awk" recorded
excuses race >"$run/races"
(cd "$run" && awk -v splats="$splats" -v races=races -f "$lab/boot/read.awk" -f "$lab/boot/ended.awk" plan >boots)
{
	awk -v run="$run" -v base=base -f "$lab/boot/read.awk" -f "$lab/test/judge.awk" "$run/expect" "$run/plan"
	sed 's/^/boot\t/' "$run/boots"
} >"$run/judged"
tr '\t' '|' <"$run/judged"
echo
awk -f "$lab/test/table.awk" "$run/judged"
new_verdicts tests
awk -v run="$run" -f "$lab/test/verdicts.awk" "$run/judged" >"$BUILD/verdict/tests"
"$lab/report.sh"
