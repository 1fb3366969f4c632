#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kvm_feat.sh: kvm_feat compiles without a warning, and passes the tests that it has by then:
# "make test" has nothing to do as long as there are none

. "$lab/lib.sh"
. "$lab/review/lib.sh"

rm -rf "$work"
mkdir -p "$work/obj"
tool()
{
	make -C tools/kvm/kvm_feat CROSS_COMPILE= O="$work/obj" "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	! grep 'warning:' "$work/log" || exit 1
}
tool all
tool test
grep -c '^ok ' "$work/log" | sed 's/$/ tests pass/'
