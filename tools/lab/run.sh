#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh KERNEL MODE EMULATOR LIMIT TEST [ARGUMENTS]: build one kernel, the product if KERNEL is
# empty, and run one test on it, for LIMIT seconds at most.

lab=$(dirname "$0")
. "$lab/lib.sh"

[ -n "${5:-}" ] || die "which test? make run TEST=arm64/hypercalls"
kernel=${1:-$(kernel_with product)}
check_names "$kernel" "$2" "$3"
! is_binary "$kernel" || die "$kernel comes as a binary and has no tests; 'make shell' boots it"
numbers 1 "$4" || die "LIMIT is a number of seconds, not '$4'"
lock_build
"$lab/series/tree.sh" "$kernel"
# shellcheck disable=SC2046 # a list of kernels
"$lab/build/kernel.sh" $(echo "$kernel" | kernels_in 1)
"$lab/guest/initramfs.sh"
rm -rf "$BUILD/verdict"
"$lab/study/tests.sh" -k "$kernel" -m "$2" -e "$3" -l "$4" -n "$5" -a "${6:-}"
"$lab/report.sh"
