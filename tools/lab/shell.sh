#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# shell.sh shell|gdb KERNEL MACHINE: boot a kernel with the tests and kvm_feat at hand, and
# a shell on its console. With gdb, it waits for a debugger first.

lab=$(dirname "$0")
. "$lab/lib.sh"

how=$1 kernel=${2:-$(kernel_with product)} machine=$3
name=$kernel-$machine
run=$BUILD/run/shell
mkdir -p "$run"
rm -rf "${run:?}/$name"
echo "1 $name $kernel $machine single 1 0 shell" >"$run/plan"
lock_build
for verb in check build prepare folders; do
	"$lab/boot/runner.sh" "$verb" shell
done
if [ "$how" = gdb ]; then
	say "waiting for: gdb-multiarch -ex 'target remote :1234' $(obj_of "$kernel")/vmlinux"
else
	say "booting; Ctrl-a x ends QEMU"
fi
# Others can go on
exec 9>&-
exec "$lab/boot/qemu.sh" shell "$name" "$how"
