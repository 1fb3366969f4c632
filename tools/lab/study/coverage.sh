#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.sh: is each line that the series add to the kernel run by their tests? Runs the
# tier "coverage" of the table of tests on an emulator that tells which instructions were
# run. The product's kernel has the line of each (see build/kernel.sh), and "git diff" the
# lines in question. Leaves build/report/coverage.txt, and fails if a line was not run that
# is not among the exceptions, or an exception is not needed.
# coverage.sh judge: only that, by what the last tests have left.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/coverage/lib.sh"
lock_build

rm -rf "$BUILD/verdict"
if [ "${1:-}" != judge ]; then
	built=$(awk -v tiers=coverage -f "$lab/test/plan.awk" "$lab/tests" | kernels_in 3)
	# shellcheck disable=SC2086 # a list of kernels
	{
		"$lab/series/tree.sh" $built
		"$lab/build/kernel.sh" $built
	}
	"$lab/guest/initramfs.sh"
	"$lab/study/tests.sh" -t coverage
fi

work=$BUILD/coverage
product=$(kernel_with product)
rm -rf "$work"
mkdir -p "$work" "$BUILD/report"
code_of "$product" "$work"
cat "$BUILD/run/tests/$product"-*/code >"$work/code" || die "no test has run"

new_verdicts coverage
awk -v tree="$(tree_of "$product")" -v verdicts="$BUILD/verdict/coverage" -f "$lab/coverage/source.awk" -f "$lab/coverage/judge.awk" \
	"$lab/coverage/exceptions" "$work/diff" "$work/lines" "$work/code" >"$BUILD/report/coverage.txt"
cat "$BUILD/report/coverage.txt"
"$lab/report.sh"
