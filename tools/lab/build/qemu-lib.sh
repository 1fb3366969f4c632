# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with qemu.sh and study/qemu.sh
#
# What the builds of QEMU share: the source, and how it is configured for the machine
# "virt" and nothing else. It comes after ../lib.sh and ../deb/lib.sh.

suites=sid,forky,trixie-backports
oldest_meson=1.5
patches=$top/patches/vmm/qemu
home=$BUILD/qemu
src=$home/source

# In their order; the cover letter is none
patch_files()
{
	find "$patches" -name '*.patch' ! -name '0000-*' | sort
}

# Its package has the name of Debian's, and one version after the other
fetch_source()	# SUITE VERSION
{
	rm -rf "$home/package" "$src"
	mkdir -p "$home/package"
	(cd "$home/package" && apt-get -c "$conf" source --download-only --only-source "qemu=$2") || return
	dpkg-source --no-check --no-copy -x "$home/package"/*.dsc "$src" || return
	for p in $(patch_files); do
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

# QEMU wants a newer meson than Debian 12 has: that comes from backports
meson_environment()
{
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
	PYTHONDONTWRITEBYTECODE=1
	export PATH PYTHONDONTWRITEBYTECODE
}

# configure SOURCE OBJ LOG OPTIONS...: virt selects the tables of CXL, which are linked
# only together with CXL
configure()
{
	source=$1 obj=$2 log_file=$3
	shift 3
	printf 'CONFIG_%s=y\n' ARM_VIRT PCIE_PORT PXB CXL CXL_MEM_DEVICE \
		>"$source/configs/devices/aarch64-softmmu/lab.mak"
	rm -rf "$obj"
	mkdir -p "$obj"
	(cd "$obj" && run_logged "$log_file" "$source/configure" --python=/usr/bin/python3 \
		--target-list=aarch64-softmmu --without-default-features --without-default-devices \
		--with-devices-aarch64=lab --enable-fdt=system --disable-tools --disable-download \
		--disable-install-blobs --disable-debug-info "$@") ||
		die "QEMU can't be configured, see $log_file"
}

compile()	# OBJ LOG TARGETS...
{
	obj=$1 log_file=$2
	shift 2
	run_logged "$log_file" ninja -C "$obj" -j "$JOBS" "$@" || {
		tail -n 20 "$log_file" >&2
		die "see $log_file"
	}
}
