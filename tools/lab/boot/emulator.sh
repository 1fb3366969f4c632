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
# kvm_vcpu_load_debug(), called by kvm_sched_in(), and programs die of SIGSEGV. Two
# boots side by side keep two processors busy anyway.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

if [ -n "${QEMU:-}" ]; then
	command -v "$QEMU" || die "QEMU=$QEMU is no program"
	exit 0
fi
qemu=$BUILD/emulator/qemu-system-aarch64
[ -x "$qemu" ] || "$lab/deb/emulator.sh" >/dev/null
echo "$qemu"
