# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # lab is the runner's
#
# For the cases here: "board.txt" is what collect.sh wrote on an emulated board, cut to some
# lines of each section.

# sections FILE: what is wrong with it, or its sections
sections()
{
	rm -rf "$BUILD/read"
	mkdir -p "$BUILD/read"
	awk -v out="$BUILD/read" -f "$lab/dist/unpack.awk" "$1" && cat "$BUILD/read/sections"
}

# verdicts: on the tests in it, as the study gives them
verdicts()
{
	mkdir -p "$BUILD/read/judged/board"
	awk -v board=board -v out="$BUILD/read/judged" -f "$lab/dist/split.awk" "$BUILD/read/planned" "$BUILD/read/tests"
	awk -v run="$BUILD/read/judged" -v base=- -f "$lab/boot/read.awk" -f "$lab/test/judge.awk" "$BUILD/read/judged/expect" "$BUILD/read/judged/plan" |
		awk -v run=RUN -f "$lab/test/verdicts.awk"
}
