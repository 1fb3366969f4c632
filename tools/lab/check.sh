#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh TIER: what "make check" does, from nothing to the verdict.
# check.sh list TIER: print what that would run. check.sh last: the last verdict again.

lab=$(dirname "$0")
. "$lab/lib.sh"

how=run
case $1 in
list) how=list; shift ;;
last) exec "$lab/report.sh" again ;;
esac
tier=$1
case $tier in
default) tiers=default ;;
full) tiers=default,full ;;
modes|debug) tiers=$tier ;;
coverage)
	tiers=$tier
	[ "$how" = list ] || exec "$lab/study/coverage.sh"
	;;
*) die "the tier is default, full, modes, debug or coverage, not '$tier'" ;;
esac
[ "$how" = run ] || exec "$lab/list.sh" "$tiers"
lock_build
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

case $tier in
default|full) part selftest "$lab/selftest/run.sh" ;;
esac

built=$(awk -v tiers="$tiers" -f "$lab/test/plan.awk" "$lab/tests" | kernels_in 3)
# shellcheck disable=SC2086 # a list of kernels
{
	"$lab/series/tree.sh" $built
	"$lab/build/kernel.sh" $built
}
"$lab/guest/initramfs.sh"

case $tier in
default|full)
	part lint "$lab/lint/lint.sh"
	part model "$lab/study/model.sh"
	# Counts of instructions, no timing
	part bench "$lab/study/bench.sh" guard
	part matrix "$lab/study/matrix.sh" short
	part linux-guest "$lab/study/linux-guest.sh"
	;;
esac
part tests "$lab/study/tests.sh" -t "$tiers"
case $tier in
full) part fuzz "$lab/study/fuzz.sh" ;;
debug) part matrix "$lab/study/matrix.sh" debug ;;
esac

"$lab/report.sh"
