#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu.sh: QEMU's own tests of what patches/vmm/qemu changes, and the table of
# qemu-streams.sh: guests that move between QEMU with the patches and without them. Both
# are compiled for this machine, from the source that build/qemu.sh has left, and emulate. What
# needs KVM is tested by the QEMU that build/qemu.sh makes, on the product.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"
. "$lab/build/qemu-lib.sh"
. "$lab/study/lib.sh"
lock_build

units="test-arm-kvm-regs test-arm-kvm-profile test-vmstate"
qtests="arm-cpu-features"
work=$home/test
source=$work/source
bin=$work/bin
table=$work/streams

product=$(kernel_with product)
vmm=$(with vmms compiled build/qemu.sh)

# tell: what was found, as every study tells it
tell()
{
	rm -rf "$BUILD/verdict"
	mkdir -p "$BUILD/verdict" "$BUILD/report"
	cp "$work/verdict" "$BUILD/verdict/qemu"
	cp "$table.txt" "$BUILD/report/qemu.txt"
	cat "$table.txt"
	"$lab/report.sh" qemu "make study NAME=qemu"
}

"$lab/build/qemu.sh"
tested=$(cat "$home/made" "$0" "$lab/build/qemu-streams.sh" | cksum)
if [ "$(cat "$work/tested" 2>/dev/null)" = "$tested" ]; then
	tell
	exit
fi
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

progress "qemu: compiling its tests with KVM"
targets=
for t in $qtests; do
	targets="$targets tests/qtest/$t"
done
# shellcheck disable=SC2086 # a list
compile "$home/obj" "$log/qemu-kvm-tests-build.log" $targets
for t in $qtests; do
	cp "$home/obj/tests/qtest/$t" "$home/bin/"
done
# The machine "vhe" has all that a profile decides about
new_run qemu-test
for t in $qtests; do
	echo "1 kvm $product+qtest vhe single $t 300 qtest $vmm $t"
done >"$run/plan"
"$lab/boot/runner.sh" qemu-test

: >"$work/verdict"
found()	# pass|fail WHAT [WHY]
{
	printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$work/verdict"
}
# judge NAME LOG STATUS: what QEMU's test has left
judge()
{
	if [ "$3" = 0 ] && grep -q '^ok' "$2"; then
		found pass "QEMU's $1" "$(grep -c '^ok' "$2") tests"
		say "qemu: $1: $(grep -c '^ok' "$2") pass"
	else
		found fail "QEMU's $1" "$(grep -hE '^(not ok|Bail out|ERROR)' "$2" | head -n 1), see ${2#"$top"/}"
	fi
}
# test NAME PROGRAM: as QEMU's own runner starts it. The name of QEMU says what it emulates.
test_qemu()
{
	status=0
	(cd "$work/obj" && QTEST_QEMU_BINARY=$work/obj/qemu-system-aarch64 "$2" --tap -k) \
		>"$work/$1.log" 2>&1 || status=$?
	judge "$1" "$work/$1.log" "$status"
}
for t in $units; do
	test_qemu "$t" "tests/unit/$t"
done
for t in $qtests; do
	test_qemu "$t" "tests/qtest/$t"
	judge "$t with KVM" "$run/kvm/$t.out" "$(cat "$run/kvm/$t.status" 2>/dev/null)"
done
awk -F '\t' '$2 == "fail" { print "fail\tboot " $1 "\t" $3 }' "$run/boots" >>"$work/verdict"
if "$lab/build/qemu-streams.sh" "$bin/stock" "$bin/patched" "$source" "$table" >"$table.txt"; then
	found pass "streams of QEMU with the patches and without"
else
	found fail "streams of QEMU with the patches and without" "see ${table#"$top"/}"
fi
grep -q '^fail' "$work/verdict" || echo "$tested" >"$work/tested"
tell
