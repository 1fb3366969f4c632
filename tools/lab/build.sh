#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh KERNEL...: build kernels and their KVM selftests, each below
# build/KERNEL/. What is up to date stays as it is.
# build.sh image KERNEL...: the kernels only.

lab=$(dirname "$0")
. "$lab/lib.sh"

# Objects that a cold build of the configuration makes, for the progress line.
objects=980

# The kernels share what they compile alike. Their trees lie in the same
# place relative to their build folders, so that ccache sees equal commands.
if command -v ccache >/dev/null; then
	CC="ccache ${CROSS_COMPILE}gcc"
	CCACHE_DIR=$BUILD/ccache
	CCACHE_BASEDIR=$BUILD
	CCACHE_NOHASHDIR=1
	CCACHE_COMPILERCHECK='%compiler% --version'
	# This option only takes the path of the tree out of what is compiled.
	CCACHE_IGNOREOPTIONS='-fmacro-prefix-map=*'
	CCACHE_PREFIX_CPP=$(cd "$lab" && pwd)/cpp
	export CCACHE_DIR CCACHE_BASEDIR CCACHE_NOHASHDIR CCACHE_COMPILERCHECK CCACHE_IGNOREOPTIONS \
		CCACHE_PREFIX_CPP
else
	CC=${CROSS_COMPILE}gcc
fi

# Nothing of the machine or the hour goes into the image.
KBUILD_BUILD_TIMESTAMP='2000-01-01 00:00:00 UTC'
KBUILD_BUILD_USER=lab
KBUILD_BUILD_HOST=lab
KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_USER KBUILD_BUILD_HOST KBUILD_BUILD_VERSION

kmake()
{
	make -C "$tree" O="$obj" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" CC="$CC" \
		LOCALVERSION="-$k" -j"$JOBS" "$@"
}

# Configure when the fragment or the base is another one than last time.
configure()
{
	stamp=$(cat "$lab/kernel.config" "$tree/Makefile" | sha256sum)
	[ "$stamp" != "$(cat "$obj/.lab-config" 2>/dev/null)" ] || return 0
	# tinyconfig with our fragment: whatever neither asks for is off.
	cat "$tree/kernel/configs/tiny-base.config" "$tree/kernel/configs/tiny.config" \
		"$lab/kernel.config" >"$obj/.lab-fragment"
	run_logged "$log/config-$k.log" kmake KCONFIG_ALLCONFIG="$obj/.lab-fragment" allnoconfig ||
		die "the configuration fails, see $log/config-$k.log"
	grep '^CONFIG_' "$lab/kernel.config" | grep -vxFf "$obj/.config" >"$obj/.lab-missing" || true
	[ ! -s "$obj/.lab-missing" ] ||
		say "kernel $k has no $(sed 's/^CONFIG_//; s/=.*//' "$obj/.lab-missing" | tr '\n' ' ')"
	echo "$stamp" >"$obj/.lab-config"
}

# Show how far the build of which this is the log has come, until killed.
watch_objects()
{
	while sleep 1; do
		n=$(grep -c '^  \(CC\|AS\|HYPCC\|HOSTCC\|HYPAS\) ' "$1" || true)
		progress "kernel $k: $n objects (about $objects when cold)"
	done
}

build_kernel()
{
	l=$log/kernel-$k.log
	: >"$l"
	watcher=
	if [ -t 1 ] && [ "$V" != 1 ]; then
		watch_objects "$l" &
		watcher=$!
	fi
	rc=0
	run_logged "$l" kmake Image || rc=$?
	[ -z "$watcher" ] || kill "$watcher"
	clear_progress
	if [ "$rc" != 0 ]; then
		grep -E 'error|warning|\*\*\*' "$l" | head -n 20 >&2
		die "kernel $k does not build, see $l"
	fi
	n=$(grep -c '^  \(CC\|AS\|HYPCC\|HYPAS\) ' "$l" || true)
	if [ "$n" = 0 ]; then
		say "kernel $k: up to date"
	else
		say "kernel $k: built, $n objects"
	fi
}

selftests()	# TARGET
{
	make -C "$tree/tools/testing/selftests" O="$obj" abs_objdir="$obj" TARGETS=kvm ARCH=arm64 \
		CROSS_COMPILE="$CROSS_COMPILE" CC="$CC" LDFLAGS=-static FORCE_TARGETS=1 \
		INSTALL_PATH="$(tests_of "$k")" -j"$JOBS" "$1"
}

build_selftests()
{
	l=$log/selftests-$k.log
	progress "selftests of $k"
	run_logged "$log/headers-$k.log" kmake headers || die "see $log/headers-$k.log"
	run_logged "$l" selftests install || {
		grep -E 'error|warning|\*\*\*' "$l" | head -n 20 >&2
		die "the selftests of $k do not build, see $l"
	}
	say "selftests of $k: installed"
}

# All of KVM with W=1 and sparse, the complaints in build/log/lint-KERNEL.log.
# An object that is up to date does not complain again: unless the last time
# ended without complaints (lint.sh then removes the mark), compile all anew.
lint()
{
	l=$log/lint-$k.log
	if [ -e "$obj/.lab-again" ]; then
		find "$obj/arch/arm64/kvm" "$obj/virt" -name '*.o' -delete 2>/dev/null || true
	fi
	touch "$obj/.lab-again"
	run_logged "$l" kmake W=1 C=1 arch/arm64/kvm/ || die "W=1: kernel $k does not build, see $l"
}

if [ "$1" = lint ]; then
	k=$2
	tree=$(tree_of "$k")
	obj=$BUILD/$k/lint
	mkdir -p "$obj/tools"
	configure
	lint
	exit 0
fi

with_selftests=1
if [ "$1" = image ]; then
	with_selftests=
	shift
fi
for k; do
	tree=$(tree_of "$k")
	obj=$(obj_of "$k")
	mkdir -p "$obj/tools"
	# A kernel from a base of its own has nothing to share, and the cache costs.
	CCACHE_DISABLE=1
	export CCACHE_DISABLE
	! awk -v k="$k" '!/^#/ && ($1 == k && $2 !~ /@/ || $2 == k)' "$lab/kernels" | grep -q . ||
		unset CCACHE_DISABLE
	configure
	build_kernel
	[ -z "$with_selftests" ] || build_selftests
done
