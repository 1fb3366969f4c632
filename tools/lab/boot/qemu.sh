#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu.sh RUN BOOT [shell|gdb]: boot what build/run/RUN/BOOT/boot says, a line
# "KERNEL MACHINE EMULATOR", under emulated EL2, and let it do the jobs of
# build/run/RUN/BOOT/jobs. The console goes to console.log there. Fails unless the
# host came to its end. With "shell", the console is the terminal's; with "gdb", the
# kernel also waits for a debugger.
#
# This is the lab's only command line of QEMU. The tables of kernels and machines say
# what is in it; the emulator is one of:
#
#	single	one thread of QEMU's for all CPUs: see emulator.sh
#	threads	a thread for each CPU, which races need
#	traced	single, and the kernel's instructions between the addresses in the file
#		"range" are written to "code" when they are run for the first time
#	icount	one CPU, whose virtual time is instructions. Whatever else could differ
#		between two boots is pinned, and nothing of this machine is seen. Not even the
#		name of the boot: the kernel makes random numbers of its command line.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

run=$BUILD/run/$1
out=$run/$2
how=${3:-}
read -r kernel machine emulator <"$out/boot"

cpu=$(entry machines "$machine" cpu)
virt=$(entry machines "$machine" virt)
append=$(entry machines "$machine" arguments)
[ -n "$cpu" ] || die "no machine $machine in tools/lab/tables/machines"
[ -e "$(image_of "$kernel")" ] || die "kernel $kernel is not built"
[ "$virt" != - ] || virt=
[ "$append" != - ] || append=

# A boot can have its own
image=$(image_of "$kernel")
[ ! -e "$out/Image" ] || image=$out/Image
initrd=$BUILD/host/initramfs.cpio
[ ! -e "$out/initramfs.cpio" ] || initrd=$out/initramfs.cpio
if is_binary "$kernel"; then
	cat "$initrd" "$(modules_of "$kernel")" >"$out/with-modules.cpio"
	initrd=$out/with-modules.cpio
fi

share_folder()	# TAG PATH OPTIONS
{
	echo "-fsdev local,id=$1,path=$2,security_model=none$3 -device virtio-9p-pci,fsdev=$1,mount_tag=$1"
}

set -- -M "virt,virtualization=on,gic-version=3${virt:+,$virt}" -cpu "$cpu" -m 2G \
	-nographic -nic none -no-reboot -kernel "$image" -initrd "$initrd"
case $emulator in
single|threads|traced)
	thread=single
	[ "$emulator" != threads ] || thread=multi
	if [ "$emulator" = traced ]; then
		set -- "$@" -d in_asm -D "$out/code" -dfilter "$(cat "$out/range")"
	fi
	append="lab.boot=${out##*/}${append:+ $append}"
	# shellcheck disable=SC2046 # words
	set -- "$@" -smp 2 -accel "tcg,thread=$thread" $(share_folder lab "$share" ,readonly=on) \
		$(share_folder out "$run" "")
	if [ -d "$(tests_of "$kernel")" ]; then
		# shellcheck disable=SC2046 # words
		set -- "$@" $(share_folder tests "$(tests_of "$kernel")" ,readonly=on)
	fi
	;;
icount)
	set -- "$@" -smp 1 -accel tcg -icount shift=0,sleep=off -seed 1 \
		-rtc base=2000-01-01,clock=vm
	;;
*)
	die "what is emulator '$emulator'? single, threads, traced or icount"
	;;
esac
set -- "$@" -append "console=ttyAMA0 panic=-1${append:+ $append}${how:+ nokaslr}"

qemu=$("$lab/boot/emulator.sh")
if [ -n "$how" ]; then
	if [ "$how" = gdb ]; then
		set -- "$@" -S -gdb tcp:127.0.0.1:1234
	fi
	exec "$qemu" "$@"
fi

# QEMU goes whatever way this script goes: stopped by the trap, and by the
# kernel if the script is killed outright.
pid=
stop()
{
	trap - EXIT INT TERM HUP
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	exit "$1"
}
trap 'stop 130' INT TERM HUP
trap 'stop $?' EXIT
# The clocks of the kernel under test would go on while it sleeps, and run into limits
trap '' TSTP
setpriv --pdeathsig KILL "$qemu" "$@" </dev/null >"$out/console.log" 2>&1 &
pid=$!
wait "$pid" || true
pid=
rm -f "$out/with-modules.cpio"
tr -d '\r' <"$out/console.log" | grep -a '^lab: done' >/dev/null
