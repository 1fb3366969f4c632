#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# matrix.sh all|short|story: save guests on each kernel, restore them on each
# other, and see what becomes of them. What is tried, and how it should end, is
# declared in matrix/cells. Fails if a cell ends otherwise.
#
# all		the whole table, and build/report/matrix.svg
# short		the cells of the default "make check", a line for each
# story		four lines on what the series is for, and kvm_feat on the same kernels
#
# What kvm_feat makes of these kernels is compared with it: see feat.sh.
# MATRIX_BUILD=0: whoever called holds the lock, and has built N.

lab=$(dirname "$0")
. "$lab/lib.sh"

tier=$1
home=$BUILD/matrix
run=$home/run
shared=$home/lab
mkdir -p "$shared" "$BUILD/report"

if [ "${MATRIX_BUILD:-1}" = 1 ]; then
	exec 9>"$BUILD/lock"
	flock -n 9 || { say "waiting for another make in $BUILD"; flock 9; }
	# All else needs the headers of N, and the small VMM among its selftests
	"$lab/tree.sh" N
	"$lab/build.sh" N
	"$lab/guest.sh"
fi

rm -rf "$run"
mkdir -p "$run"
awk -v tier="$tier" -v run="$run" -f "$lab/matrix/cells.awk" -f "$lab/matrix/plan.awk" \
	"$lab/matrix/cells" >"$run/plan"
kernels=$(cut -d' ' -f2 "$run/plan" | sort -u | grep -vx N)
# shellcheck disable=SC2086 # a list of kernels
{
	"$lab/tree.sh" $kernels
	"$lab/build.sh" image $kernels
}
awk '!/^#/ { print $1, $2 }' "$lab/matrix/vmms" | while read -r name suites; do
	"$lab/userland.sh" "$name" "$suites"
done

# The payload, the preload, kvm_feat, and what reads QEMU's streams
feat=$(tree_of N)/tools/kvm/kvm_feat
headers=$(obj_of N)/usr/include
cc=${CROSS_COMPILE}gcc
build()
{
	"$cc" -O2 -Wall -Wextra -ffreestanding -nostdlib -static -fno-pic -mgeneral-regs-only \
		-mstrict-align -fno-stack-protector -fno-asynchronous-unwind-tables \
		-Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-T,"$lab/matrix/payload.lds" \
		"$lab/matrix/payload.c" -o "$home/payload.elf"
	"${CROSS_COMPILE}objcopy" -O binary "$home/payload.elf" "$shared/payload"
	# One to run here, one for the guests
	mkdir -p "$home/kvm_feat" "$BUILD/kvm_feat"
	make -C "$feat" O="$BUILD/kvm_feat"
	make -C "$feat" OUTPUT="$home/kvm_feat/" CC="$cc" KHDR_INCLUDES="-isystem $headers"
	mkdir -p "$shared/tests"
	cp "$feat/tests/host.sh" "$feat/tests/lib.sh" "$shared/tests/"
	cp "$home/kvm_feat/kvm_feat" "$(tests_of N)/kvm/hcid_vmm" "$shared/"
	"$cc" -shared -fPIC -O2 -g -Wall -Wextra -std=gnu11 -D_GNU_SOURCE -isystem "$headers" \
		-I"$feat" -I"$home/kvm_feat" "$lab/matrix/preload.c" "$feat/profile.c" \
		"$feat/regs.c" -o "$shared/preload.so"
	cc -O2 -Wall -Wextra "$lab/matrix/stream.c" -o "$home/stream"
	mkdir -p "$home/initrd"
	cp "$lab/matrix/init" "$home/initrd/matrix-init"
	(cd "$home/initrd" && echo matrix-init | cpio -o -H newc) >"$home/initrd.cpio.part"
	cat "$BUILD/guest/initramfs.cpio" "$home/initrd.cpio.part" >"$home/initrd.cpio"
}
run_logged "$log/matrix-build.log" build || die "see $log/matrix-build.log"

# boot NAME KERNEL LIMIT: do the jobs of NAME; what the kernel says is in NAME.log
boot()
{
	setpriv --pdeathsig TERM timeout -k 5 "$3" \
		setpriv --pdeathsig KILL qemu-system-aarch64 \
		-M virt,virtualization=on,gic-version=3 -cpu max,lpa2=off,pauth-impdef=on \
		-smp 2 -m 2G -nographic -nic none -no-reboot \
		-kernel "$(obj_of "$2")/arch/arm64/boot/Image" -initrd "$home/initrd.cpio" \
		-append "console=ttyAMA0 panic=-1 rdinit=/matrix-init matrix.boot=$1" \
		-fsdev "local,id=matrix,path=$home,security_model=none,readonly=on" \
		-device virtio-9p-pci,fsdev=matrix,mount_tag=matrix \
		-fsdev "local,id=out,path=$run,security_model=none" \
		-device virtio-9p-pci,fsdev=out,mount_tag=out \
		</dev/null >"$run/$1.log" 2>&1 || true
}

guard_boots
# Two side by side, all saves before the first restore
phase=
set --
settle()
{
	[ $# != 0 ] || return 0
	progress "matrix: $*"
	wait
	pids=
	[ "$tier" != all ] || say "matrix: $* done"
}
while read -r name kernel jobs; do
	if [ $# = 2 ] || [ "${name%%-*}" != "$phase" ]; then
		settle "$@"
		set --
		# All profiles are there: what could a guest have on each of these kernels?
		[ "$phase-${name%%-*}" != save-restore ] || "$lab/feat.sh" baseline
	fi
	phase=${name%%-*}
	boot "$name" "$kernel" $((120 + 60 * jobs)) &
	pids="$pids $!"
	set -- "$@" "$name"
done <"$run/plan"
settle "$@"
boots_done

failed=0
[ "$tier" != story ] || "$lab/feat.sh" session || failed=1
"$lab/matrix/judge.sh" "$tier" || failed=1
[ "$tier" = story ] || "$lab/feat.sh" judge || failed=1
[ "$failed" = 0 ]
