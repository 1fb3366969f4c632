#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu.sh: make build/qemu/bin/qemu-system-aarch64, an arm64 QEMU with patches/vmm/qemu on
# top, for kernels under test: KVM, the machine "virt" and nothing else. It is Debian's
# source package, the newest that can be had and takes the patches. What it is, is in
# build/qemu/version.
#
# It is compiled here, against arm64 libraries of the machine's own suite, which are
# unpacked below build/qemu: it runs in a userland of that suite, as vmms has it.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"
. "$lab/build/qemu-lib.sh"
lock_build

libraries="libglib2.0-0 libglib2.0-dev libpcre2-8-0 libpcre2-dev zlib1g zlib1g-dev libfdt1 libfdt-dev"
sysroot=$home/sysroot
triplet=aarch64-linux-gnu

made_of=$(cat "$patches"/*.patch "$0" "$lab/build/qemu-lib.sh" | cksum)
if [ "$(cat "$home/made" 2>/dev/null)" = "$made_of" ]; then
	say "qemu: $(cat "$home/version"), in ${home#"$top"/}/bin"
	exit 0
fi
"$lab/setup.sh" dpkg-dev ninja-build pkgconf python3-venv

mkdir -p "$home"
rm -f "$home/made"
: >"$log/qemu-source.log"
find_source || die "no source of QEMU that takes the patches, see $log/qemu-source.log"
rm -rf "$home/package"
say "qemu: the source of Debian's $version, with the patches"

progress "qemu: fetching libraries"
rm -rf "$sysroot"
for package in $libraries; do
	deb=$("$lab/deb/fetch.sh" "$package" -)
	unpack "$deb" "$sysroot"
done

progress "qemu: configuring"
began=$(date +%s)
meson_environment
PKG_CONFIG_LIBDIR=$sysroot/usr/lib/$triplet/pkgconfig:$sysroot/usr/share/pkgconfig
PKG_CONFIG_SYSROOT_DIR=$sysroot
PKG_CONFIG=/usr/bin/pkg-config
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR PKG_CONFIG
configure "$src" "$home/obj" "$log/qemu-configure.log" --cross-prefix="$CROSS_COMPILE" \
	--enable-kvm --disable-tcg --extra-cflags="-I$sysroot/usr/include" \
	--extra-ldflags="-L$sysroot/usr/lib/$triplet -L$sysroot/lib/$triplet -Wl,-rpath-link,$sysroot/usr/lib/$triplet:$sysroot/lib/$triplet"
progress "qemu: compiling"
compile "$home/obj" "$log/qemu-build.log" qemu-system-aarch64
mkdir -p "$home/bin"
"${CROSS_COMPILE}strip" -o "$home/bin/qemu-system-aarch64" "$home/obj/qemu-system-aarch64"
echo "$(echo "$version" | sed 's/^[0-9]*://; s/[+-].*//') with the rule" >"$home/version"
echo "$made_of" >"$home/made"
say "qemu: $(cat "$home/version"), compiled in $(($(date +%s) - began)) s, in ${home#"$top"/}/bin"
