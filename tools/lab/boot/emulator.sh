#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# emulator.sh: print the QEMU that boots kernels.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

if [ -x "$BUILD/emulator/qemu-system-aarch64" ]; then
	echo "$BUILD/emulator/qemu-system-aarch64"
else
	command -v qemu-system-aarch64 || die "no qemu-system-aarch64"
fi
