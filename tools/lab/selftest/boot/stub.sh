# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For cases about boots: kernels that look as if built, and a program for QEMU.

. "$lab/lib.sh"

# pretend KERNEL...: its image, its tests
pretend()
{
	for k; do
		image=$(image_of "$k")
		mkdir -p "${image%/*}"
		touch "$image"
		if is_binary "$k"; then
			echo modules >"$(modules_of "$k")"
		else
			mkdir -p "$(tests_of "$k")"
		fi
	done
	mkdir -p "$BUILD/host"
	echo initramfs >"$BUILD/host/initramfs.cpio"
}

# emulate FILE: it is QEMU now
emulate()
{
	mkdir -p "$BUILD/emulator"
	cp "$1" "$BUILD/emulator/qemu-system-aarch64"
	chmod 755 "$BUILD/emulator/qemu-system-aarch64"
}

boot()	# RUN BOOT KERNEL MODE EMULATOR
{
	mkdir -p "$BUILD/run/$1/$2"
	echo "$3 $4 $5" >"$BUILD/run/$1/$2/boot"
}
