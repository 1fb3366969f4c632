#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the product, boot it, and show what hcid_demo in it prints. Then move a guest
# between it and the oldest kernel, and show what kvm_feat says of the two.

lab=$(dirname "$0")
. "$lab/lib.sh"
lock_build

product=$(kernel_with product)
run=$BUILD/run/demo
boot=$run/$product
rm -rf "$run" "$BUILD/verdict"
mkdir -p "$run"
echo "1 $product $product vhe single demo 120 run hcid_demo" >"$run/plan"
story=$("$lab/study/matrix.sh" plan story)

# The guest of the story comes from the base; and what is compiled for that is not compiled again
# shellcheck disable=SC2086 # lists of runs
for verb in check build prepare; do
	"$lab/boot/runner.sh" "$verb" demo $story
done
say "booting $product under emulated EL2"
"$lab/boot/runner.sh" boot demo
[ "$(cat "$boot/demo.status" 2>/dev/null)" = 0 ] || {
	cat "$boot/demo.out" >&2
	die "hcid_demo fails, see $boot/console.log"
}
echo
grep -v '^Random seed' "$boot/demo.out"
echo
say "a guest of QEMU's, saved on one kernel and restored on another"
# shellcheck disable=SC2086 # a list of runs
"$lab/boot/runner.sh" boot $story
"$lab/study/matrix.sh" judge story
! grep '^fail' "$BUILD/verdict/matrix"
