#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh TIERS: what "make check" does, from nothing to the verdict.

lab=$(dirname "$0")
. "$lab/lib.sh"
lock_build

tiers=$1
rm -rf "$BUILD/verdict"
mkdir -p "$BUILD/verdict"

# A part that ends before it has said what is wrong is a failure, too.
part()	# NAME COMMAND...
{
	name=$1
	shift
	"$@" || grep -qs '^fail' "$BUILD/verdict/$name" || verdict "$name" fail "$name" "ended with an error"
	[ -s "$BUILD/verdict/$name" ] || verdict "$name" fail "$name" "checked nothing"
}

part selftest "$lab/selftest/run.sh"

built=$(awk -v tiers="$tiers" -f "$lab/test/plan.awk" "$lab/tests" | kernels_in 3)
# shellcheck disable=SC2086 # a list of kernels
{
	"$lab/series/tree.sh" $built
	"$lab/build/kernel.sh" $built
}
"$lab/guest/initramfs.sh"

part lint "$lab/lint/lint.sh"
part model "$lab/model/model.sh"
# Counts of instructions, no timing
part bench "$lab/bench/bench.sh" guard
part matrix "$lab/matrix.sh" short
part linux-guest "$lab/linux-guest.sh"
part tests "$lab/test/run.sh" -t "$tiers"
case $tiers in
*full*) part fuzz "$lab/fuzz.sh" ;;
esac

"$lab/report.sh"
