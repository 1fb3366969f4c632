#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu-test.sh: QEMU's own tests of what patches/vmm/qemu changes, and the table of
# qemu-streams.sh: guests that move between QEMU with the patches and without them. Both
# are compiled for this machine, from the source that qemu.sh has left, and emulate.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"
. "$lab/build/qemu-lib.sh"
lock_build

units="test-arm-kvm-regs test-arm-kvm-profile test-vmstate"
qtests="arm-cpu-features"
work=$home/test
source=$work/source
bin=$work/bin
table=$work/streams

tested=$(cat "$home/made" "$0" "$lab/build/qemu-streams.sh" | cksum)
if [ "$(cat "$work/tested" 2>/dev/null)" = "$tested" ]; then
	cat "$work/said"
	exit 0
fi
[ -e "$home/made" ] || die "first: make qemu"
"$lab/setup.sh" ninja-build pkgconf python3-venv libglib2.0-dev libfdt-dev zlib1g-dev
rm -rf "$work"
mkdir -p "$bin"
meson_environment

# The sources that differ are compiled twice, all others once
progress "qemu: compiling it without the patches"
began=$(date +%s)
cp -a "$src" "$source"
for p in $(patch_files | sort -r); do
	patch -R -s -f -d "$source" -p1 <"$p" || die "$p can't be taken out again"
done
configure "$source" "$work/obj" "$log/qemu-test-configure.log" --enable-tcg
compile "$work/obj" "$log/qemu-stock-build.log" qemu-system-aarch64
cp "$work/obj/qemu-system-aarch64" "$bin/stock"
progress "qemu: compiling it with the patches, and its tests"
for p in $(patch_files); do
	patch -s -f -d "$source" -p1 <"$p"
done
targets=qemu-system-aarch64
for t in $units; do
	targets="$targets tests/unit/$t"
done
for t in $qtests; do
	targets="$targets tests/qtest/$t"
done
# shellcheck disable=SC2086 # a list
compile "$work/obj" "$log/qemu-patched-build.log" $targets
cp "$work/obj/qemu-system-aarch64" "$bin/patched"
say "qemu: compiled with and without the patches, to be tested, in $(($(date +%s) - began)) s"

failed=0
# test NAME PROGRAM: as QEMU's own runner starts it
test_qemu()
{
	if (cd "$work/obj" && QTEST_QEMU_BINARY=$bin/patched G_TEST_SRCDIR=$source/tests/unit \
		"$2" --tap -k) >"$work/$1.log" 2>&1 && grep -q '^ok' "$work/$1.log"; then
		say "qemu: $1: $(grep -c '^ok' "$work/$1.log") pass"
	else
		say "qemu: $1 FAILS: $(grep -E '^(not ok|Bail out|ERROR)' "$work/$1.log" | head -n 1), see $work/$1.log"
		failed=1
	fi
}
{
	for t in $units; do
		test_qemu "$t" "tests/unit/$t"
	done
	for t in $qtests; do
		test_qemu "$t" "tests/qtest/$t"
	done
	"$lab/build/qemu-streams.sh" "$bin/stock" "$bin/patched" "$source" "$table" || failed=1
	echo "$failed" >"$work/failed"
} | tee "$work/said"
[ "$(cat "$work/failed")" = 0 ] || exit 1
echo "$tested" >"$work/tested"
