#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# emulator.sh: print the QEMU that boots kernels; get it, if it is not there. QEMU=PROGRAM
# is taken instead.
#
# This is the lab's decision for one emulator. It is QEMU 10, since guests at EL2 need
# FEAT_NV2, and it runs all CPUs in one thread ("single" in the table of tests): with a
# thread for each, QEMU 7.2 now and then goes on with a stale translation of code that
# the kernel has patched, such as a static branch. The kernel then warns in
# kvm_vcpu_load_debug(), called by kvm_sched_in(), or stalls, and programs die of SIGSEGV.
# Two boots side by side keep two processors busy anyway.
#
# Boots of the series' own tests beside two busy loops and other load, on 2 cores,
# 2026-11-24; today by "tools/lab/study/tests.sh -k '' -m vhe -r 60":
#
#	QEMU 7.2, threads	 6 of 10 went wrong	QEMU=/usr/bin/qemu-system-aarch64 -e threads
#	QEMU 7.2, single	 0 of 10		QEMU=/usr/bin/qemu-system-aarch64 BOOTS=4 -r 10
#	QEMU 10, threads	 0 of 10		-e threads -r 10
#	QEMU 10, single		 0 of 60		BOOTS=4
#
# So "threads" of QEMU 10 is good enough for what needs it, tests of races, and is not
# what a default should rest on.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

if [ -n "${QEMU:-}" ]; then
	command -v "$QEMU" || die "QEMU=$QEMU is no program"
	exit 0
fi
qemu=$BUILD/emulator/qemu-system-aarch64
[ -x "$qemu" ] || "$lab/deb/emulator.sh" >/dev/null
echo "$qemu"
