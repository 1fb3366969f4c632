#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tier.sh TIER: build what a tier of the table of tests needs, run all of its tests, and
# the cells of the matrix that are of this tier, and report. Checks that need no boot are
# left to check.sh.

lab=$(dirname "$0")
. "$lab/lib.sh"
lock_build

rm -rf "$BUILD/verdict"
built=$(awk -v tiers="$1" -f "$lab/test/plan.awk" "$lab/tests" | kernels_in 3)
[ -n "$built" ] || die "no test is of tier $1"
# shellcheck disable=SC2086 # a list of kernels
"$lab/series/tree.sh" $built
# shellcheck disable=SC2086
"$lab/build/kernel.sh" $built
"$lab/guest/initramfs.sh"
"$lab/test/run.sh" -t "$1"
[ "$1" != debug ] || "$lab/matrix.sh" debug || grep -qs '^fail' "$BUILD/verdict/matrix" ||
	verdict matrix fail matrix "ended with an error"
"$lab/report.sh"
