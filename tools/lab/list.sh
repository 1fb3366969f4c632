#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# list.sh [TIERS]: what "make check" (or another tier) would run.

lab=$(dirname "$0")
. "$lab/lib.sh"

tiers=${1:-default}
echo "kernels:"
rows kernels | awk '{ printf "  %-10s %-9s %s%s\n", $1, $2, $3, $4 == "-" ? "" : " + " $4 }'
echo
echo "tests of tier $tiers:"
awk -v tiers="$tiers" -f "$lab/test/plan.awk" "$lab/tests" | awk '{
	b = $2
	limit = $7
	$1 = $2 = $3 = $4 = $5 = $7 = ""
	expect = $6
	$6 = ""
	sub(/^ +/, "")
	printf "  %-20s %-11s %4d s  %s\n", b, expect, limit, $0
}'
