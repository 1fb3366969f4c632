#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# shell.sh shell|gdb KERNEL MODE: boot a kernel with the tests and kvm_feat at hand, and
# a shell on its console. With gdb, it waits for a debugger first.

lab=$(dirname "$0")
. "$lab/lib.sh"

product=$(kernel_with product)
how=$1 kernel=${2:-$product} mode=$3
check_names "$kernel" "$mode" single
lock_build
"$lab/series/tree.sh" "$product" "$kernel"
"$lab/build/kernel.sh" "$product"
[ "$kernel" = "$product" ] || "$lab/build/kernel.sh" "$kernel"
"$lab/guest/initramfs.sh"
"$lab/migrate/build.sh"
out=$BUILD/run/shell/$kernel-$mode
rm -rf "$out"
mkdir -p "$out"
echo "$kernel $mode single" >"$out/boot"
echo "1 0 shell" >"$out/jobs"
if [ "$how" = gdb ]; then
	say "waiting for: gdb-multiarch -ex 'target remote :1234' $(obj_of "$kernel")/vmlinux"
else
	say "booting; Ctrl-a x ends QEMU"
fi
# Others can go on
exec 9>&-
exec "$lab/boot/qemu.sh" shell "$kernel-$mode" "$how"
