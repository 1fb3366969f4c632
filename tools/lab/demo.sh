#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the product, boot it, and show what hcid_demo in it prints. Then move a guest
# between it and the oldest kernel, and show what kvm_feat says of the two.

lab=$(dirname "$0")
. "$lab/lib.sh"
lock_build

product=$(kernel_with product)
boot=$BUILD/run/demo/$product

"$lab/series/tree.sh" "$product"
# The guest comes from the base; and what is compiled for that is not compiled again
"$lab/build/kernel.sh" image "$(kernel_with base)"
"$lab/build/kernel.sh" "$product"
"$lab/guest/initramfs.sh"
run_logged "$log/demo-build.log" "$lab/build/program.sh" "$share/hcid_demo" "$lab/demo/hcid_demo.c" || {
	tail -n 20 "$log/demo-build.log" >&2
	die "hcid_demo does not build, see $log/demo-build.log"
}
say "booting $product under emulated EL2"
rm -rf "$boot"
mkdir -p "$boot"
echo "$product vhe single" >"$boot/boot"
echo "demo 120 run hcid_demo" >"$boot/jobs"
"$lab/boot/pool.sh" demo "$product" || die "the boot never ended, see $boot/console.log"
[ "$(cat "$boot/demo.status")" = 0 ] || {
	cat "$boot/demo.out" >&2
	die "hcid_demo fails"
}
echo
grep -v '^Random seed' "$boot/demo.out"
echo
say "a guest of QEMU's, saved on one kernel and restored on another"
"$lab/study/matrix.sh" story
