#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.sh: is each line that the series add to the kernel run by their tests? The tier
# "coverage" of the table of tests has been run, on an emulator that tells which
# instructions were run. The product's kernel has the line of each (see build/kernel.sh),
# and "git diff" the lines in question. Leaves build/report/coverage.txt, and a failure for
# each line that was not run and that the table of excuses does not name, and for each excuse
# that is not needed.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/build/code.sh"

work=$BUILD/coverage
product=$(kernel_with product)
new_verdicts coverage
rm -rf "$work"
mkdir -p "$work" "$BUILD/report"
code_of "$product" "$work"
cat "$BUILD/run/tests/$product"-*/code >"$work/code" || die "no test has run"

excuses line >"$work/exceptions"
awk -v tree="$(tree_of "$product")" -v verdicts="$BUILD/verdict/coverage" -f "$lab/build/source.awk" -f "$lab/coverage/judge.awk" \
	"$work/exceptions" "$work/diff" "$work/lines" "$work/code" >"$BUILD/report/coverage.txt"
cat "$BUILD/report/coverage.txt"
