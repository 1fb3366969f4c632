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
# What QEMU wants of meson is newer than Debian 12 has: that comes from backports.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"
lock_build

suites=sid,forky,trixie-backports
libraries="libglib2.0-0 libglib2.0-dev libpcre2-8-0 libpcre2-dev zlib1g zlib1g-dev libfdt1 libfdt-dev"
oldest_meson=1.5
patches=$top/patches/vmm/qemu
home=$BUILD/qemu
src=$home/source
sysroot=$home/sysroot
triplet=aarch64-linux-gnu

made_of=$(cat "$patches"/*.patch "$0" | cksum)
if [ "$(cat "$home/made" 2>/dev/null)" = "$made_of" ]; then
	say "qemu: $(cat "$home/version"), in ${home#"$top"/}/bin"
	exit 0
fi
"$lab/setup.sh" dpkg-dev ninja-build pkgconf python3-venv

# Its package has the name of Debian's, and one version after the other
fetch_source()	# SUITE VERSION
{
	rm -rf "$home/package" "$src"
	mkdir -p "$home/package"
	(cd "$home/package" && apt-get -c "$conf" source --download-only --only-source "qemu=$2") || return
	dpkg-source --no-check --no-copy -x "$home/package"/*.dsc "$src" || return
	for p in "$patches"/*.patch; do
		case $p in
		*/0000-*) continue ;;
		esac
		patch -s -f -d "$src" -p1 <"$p" || return
	done
}

# The first that there is and that takes the patches; sets $version
find_source()
{
	for suite in $(echo "$suites" | tr , ' '); do
		apt_root source "$suite"
		for version in $(apt-cache -c "$conf" madison qemu | awk -F ' *[|] *' '{ print $2 }' | sort -rVu); do
			progress "qemu: fetching the source of $version"
			if fetch_source "$suite" "$version" >>"$log/qemu-source.log" 2>&1; then
				return 0
			fi
		done
	done
	return 1
}

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
path=$PATH
meson=$(meson --version 2>/dev/null) || meson=0
if [ "$(printf '%s\n' "$oldest_meson" "$meson" | sort -V | head -n 1)" != "$oldest_meson" ]; then
	deb=$("$lab/deb/fetch.sh" -a "$(host_arch)" meson "$(codename)-backports")
	unpack "$deb" "$home/host"
	path=$home/host/usr/bin:$PATH
	PYTHONPATH=$home/host/usr/lib/python3/dist-packages
	export PYTHONPATH
fi

# Debian's python, which finds Debian's meson
PATH=/usr/bin:/bin:$path
PKG_CONFIG_LIBDIR=$sysroot/usr/lib/$triplet/pkgconfig:$sysroot/usr/share/pkgconfig
PKG_CONFIG_SYSROOT_DIR=$sysroot
PKG_CONFIG=/usr/bin/pkg-config
PYTHONDONTWRITEBYTECODE=1
export PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR PKG_CONFIG PYTHONDONTWRITEBYTECODE

progress "qemu: configuring"
began=$(date +%s)
rm -rf "$home/obj"
mkdir -p "$home/obj"
(cd "$home/obj" && run_logged "$log/qemu-configure.log" "$src/configure" \
	--cross-prefix="$CROSS_COMPILE" --python=/usr/bin/python3 \
	--target-list=aarch64-softmmu --without-default-features --without-default-devices \
	--with-devices-aarch64=minimal --enable-kvm --disable-tcg --enable-fdt=system \
	--disable-download --disable-install-blobs --disable-debug-info \
	--extra-cflags="-I$sysroot/usr/include" \
	--extra-ldflags="-L$sysroot/usr/lib/$triplet -L$sysroot/lib/$triplet -Wl,-rpath-link,$sysroot/usr/lib/$triplet:$sysroot/lib/$triplet") ||
	die "QEMU can't be configured, see $log/qemu-configure.log"
progress "qemu: compiling"
run_logged "$log/qemu-build.log" ninja -C "$home/obj" -j "$JOBS" qemu-system-aarch64 || {
	tail -n 20 "$log/qemu-build.log" >&2
	die "see $log/qemu-build.log"
}
mkdir -p "$home/bin"
"${CROSS_COMPILE}strip" -o "$home/bin/qemu-system-aarch64" "$home/obj/qemu-system-aarch64"
echo "$(echo "$version" | sed 's/^[0-9]*://; s/[+-].*//') with the rule" >"$home/version"
echo "$made_of" >"$home/made"
say "qemu: $(cat "$home/version"), compiled in $(($(date +%s) - began)) s, in ${home#"$top"/}/bin"
