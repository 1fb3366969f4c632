#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# boot.sh KERNEL MODE FOLDER LIMIT [APPEND]: boot a kernel under emulated EL2
# and let it run FOLDER/rows. MODE is vhe or a value of kvm-arm.mode=, or either
# with +max behind it. The console goes to FOLDER/console.log. After LIMIT seconds
# it is stopped.
# Fails unless the guest came to its end.

lab=$(dirname "$0")
. "$lab/lib.sh"

kernel=$1 mode=$2 out=$3 limit=$4 append=${5:-}

# A protected host gives each VM all the address space that the CPU has, and walks
# it in steps of 1 GiB when the VM goes. With the 2^52 bytes of "max" that takes
# half a second, with the 2^40 of the A64FX next to nothing. What the A64FX lacks,
# pointer authentication and AArch32, is tested in the other modes.
cpu=max,pauth-impdef=on machine=virt,virtualization=on,gic-version=3
case $mode in
protected) cpu=a64fx ;;
*) machine=$machine,mte=on ;;
esac
case ${mode%+max} in
vhe) ;;
*) append="$append kvm-arm.mode=${mode%+max}" ;;
esac

# QEMU goes whatever way this script goes: stopped by the trap, and by the
# kernel if the script is killed outright.
qemu=
stop()
{
	trap - EXIT INT TERM HUP
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
	exit "${1:-130}"
}
trap 'stop 130' INT TERM HUP
trap 'stop $?' EXIT

boot()
{
	setpriv --pdeathsig TERM timeout -k 5 "$limit" \
		setpriv --pdeathsig KILL qemu-system-aarch64 \
		-M "$machine" -cpu "$cpu" -smp 2 -m 2G \
		-nographic -nic none -no-reboot \
		-kernel "$(obj_of "$kernel")/arch/arm64/boot/Image" \
		-initrd "$BUILD/guest/initramfs.cpio" \
		-append "console=ttyAMA0 panic=-1 hugepages=32 $append" \
		-fsdev "local,id=tests,path=$(tests_of "$kernel"),security_model=none,readonly=on" \
		-device virtio-9p-pci,fsdev=tests,mount_tag=tests \
		-fsdev "local,id=out,path=$out,security_model=none" \
		-device virtio-9p-pci,fsdev=out,mount_tag=out \
		</dev/null >"$out/console.log" 2>&1 &
	qemu=$!
	rc=0
	wait "$qemu" || rc=$?
	qemu=
	[ "$rc" != 124 ] || echo "lab: stopped after $limit seconds" >>"$out/console.log"
}

boot
# QEMU 7.2 has brought an SError upon a protected host, once with the base and
# once with the series. Start such a boot over, once, and keep the console: the
# report tells.
if ! grep -q '^lab: done' "$out/console.log" &&
		[ "${mode%+max}" = protected ] && grep -aq 'SError Interrupt on CPU' "$out/console.log"; then
	mv "$out/console.log" "$out/serror.log"
	rm -f "$out"/[0-9]*.time "$out"/[0-9]*.log "$out/now"
	boot
fi
grep -q '^lab: done' "$out/console.log"
