#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh [el1_32bit]: compile what guests that move need, against the product kernel,
# and share it with all of them as /lab/migrate; and in build/migrate what reads their
# results here. With an argument, the guest that runs in AArch32, too. The product and
# its selftests have been built.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

here=$lab/migrate
product=$(kernel_with product)
tree=$(tree_of "$product")
headers=$(obj_of "$product")/usr/include
feat=$tree/tools/kvm/kvm_feat
work=$BUILD/migrate
shared=$share/migrate
cc=${CROSS_COMPILE}gcc
mkdir -p "$work/arm64" "$shared/vmm" "$shared/feat-tests" "$BUILD/kvm_feat"

# The guest, in AArch64 and, if a VMM is to run it there, in AArch32; the constants of
# hypercalls are the kernel's
printf '#include <linux/arm-smccc.h>\n' | "$cc" -E -dM -D__ASSEMBLY__ -I"$tree/include" \
	-I"$tree/arch/arm64/include" - | grep -E '^#define (ARM_)?SMCCC_' >"$work/smccc.h"
payload()	# NAME CROSS_COMPILE FLAGS...
{
	payload=$1 cross=$2
	shift 2
	"${cross}gcc" -O2 -Wall -Wextra -Wno-missing-field-initializers -ffreestanding -nostdlib \
		-static -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
		-I"$work" -I"$tree/include" -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
		-Wl,-T,"$here/payload/payload.lds" "$here/payload/main.c" "$here/payload/calls.c" \
		"$here/payload/gic.c" "$here/payload/lpi.c" "$here/payload/cpus.c" "$@" -o "$work/$payload.elf"
	"${cross}objcopy" -O binary "$work/$payload.elf" "$shared/$payload"
}
payload payload "$CROSS_COMPILE" -mgeneral-regs-only -mstrict-align "$here/payload/arm64.c" \
	"$here/payload/sve.c"
if [ "${1:-}" = el1_32bit ]; then
	# -ffixed-lr: QEMU tells KVM the wrong register where a trapped access uses lr
	"$lab/setup.sh" gcc-arm-linux-gnueabi
	payload payload32 arm-linux-gnueabi- -marm -march=armv8-a -mfloat-abi=soft \
		-mno-unaligned-access -ffixed-lr "$here/payload/arm.c" -lgcc
fi

# kvm_feat, one to run here and one for the guests, and what links its objects
make -C "$feat" CROSS_COMPILE= OUTPUT="$BUILD/kvm_feat/"
make -C "$feat" OUTPUT="$work/arm64/" CC="$cc" LDFLAGS=-static KHDR_INCLUDES="-isystem $headers"
cp "$work/arm64/kvm_feat" "$shared/"
regs="$work/arm64/profile.o $work/arm64/regs.o $work/arm64/class.o"
# shellcheck disable=SC2086 # words
"$cc" -O2 -Wall -Wextra -D_GNU_SOURCE -static -isystem "$headers" -I"$feat" "$here/classes.c" $regs \
	-o "$shared/feat-tests/classes"
# shellcheck disable=SC2086 # words
"$cc" -O2 -Wall -Wextra -static -isystem "$headers" -I"$feat" "$here/regname.c" $regs -o "$shared/regname"
cc -O2 -Wall -Wextra -I"$feat" -I"$tree/tools/include/uapi" "$here/regname.c" "$BUILD/kvm_feat/profile.o" \
	"$BUILD/kvm_feat/regs.o" "$BUILD/kvm_feat/class.o" -o "$BUILD/kvm_feat/regname"
cp "$feat/tests/host.sh" "$feat/tests/lib.sh" "$shared/feat-tests/"
cc -O2 -Wall -Wextra -I"$feat" -I"$tree/tools/include/uapi" "$here/stream.c" \
	"$BUILD/kvm_feat/regs.o" "$BUILD/kvm_feat/class.o" -o "$work/stream"
"$cc" -shared -fPIC -O2 -g -Wall -Wextra -std=gnu11 -D_GNU_SOURCE -isystem "$headers" \
	-I"$feat" -I"$work/arm64" "$here/preload.c" "$feat/profile.c" "$feat/regs.c" \
	"$feat/class.c" -o "$shared/preload.so"
# The rule as the document prints it
awk '/^\.\. code-block:: c$/ { code = 1; next } code && /^[^ \t]/ { code = 0 }
	code { sub(/^   /, ""); print }' "$tree/Documentation/virt/kvm/arm/migration.rst" >"$work/printed-rule.new"
[ -s "$work/printed-rule.new" ] || die "migration.rst prints no code"
cmp -s "$work/printed-rule.new" "$work/printed-rule.h" || mv "$work/printed-rule.new" "$work/printed-rule.h"
"$lab/build/program.sh" "$shared/hcid_vmm" "$here"/hcid_vmm/*.c \
	"$work/arm64/profile.o" "$work/arm64/regs.o" "$work/arm64/class.o" -- -I"$feat" -I"$work"

cp "$here/guest.sh" "$lab/tables/guests" "$lab/tables/vmms" "$shared/"
cp "$here"/vmm/*.sh "$shared/vmm/"
