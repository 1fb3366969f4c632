#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# draw.sh SEED CHAINS LENGTH KERNEL...: a step of study/chains.sh: draw the chains, and add
# them to its plan: see chains.awk.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

seed=$1 chains=$2 length=$3
shift 3
cd "$BUILD/run/chains"
for k; do
	[ -s "profiles/$k/profile" ] || die "no profile of $k, see $PWD/dump-$k/console.log"
done
awk -v seed="$seed" -v chains="$chains" -v steps="$length" -v kernels="$*" -f "$lab/migrate/chains.awk" >drawn
cat drawn >>plan
