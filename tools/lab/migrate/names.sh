#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# names.sh: print what guests call each ID register, and what kvm_feat calls it.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

for crm in 0 1 2 3 4 5 6 7; do
	for op2 in 0 1 2 3 4 5 6 7; do
		echo "S3_0_C0_C${crm}_$op2 $("$BUILD/kvm_feat/regname" "S3_0_C0_C${crm}_$op2" | sed 's/ .*//')"
	done
done
