#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dist.sh: make build/dist/hcid-arm64.tar.gz, to test the series on an arm64 machine
# without a compiler: the selftests, kvm_feat, the benchmark, a script that collects what
# they say in one file, and the patches for a kernel that the tester builds.
# dist.sh image KERNEL: make build/dist/hcid-arm64-KERNEL.tar.gz, which has that kernel
# besides. KERNEL is the product or, with a configuration of build/ on top, PRODUCT+NAME, for
# which +NAME is enough.
# dist.sh pack KERNEL: the same, of what has been built.
# "make study NAME=board" boots it, and reads the files that come back.

lab=$(dirname "$0")
. "$lab/lib.sh"
. "$lab/series/lib.sh"
lock_build

image='' kernel=$product how=${1:-}
if [ -n "$how" ]; then
	image=1
	case ${2:-} in
	'' | +*) kernel=$product${2:-} ;;
	*) kernel=$2 ;;
	esac
fi
tree=$(tree_of "$product")
headers=$(obj_of "$product")/usr/include
feat=$tree/tools/kvm/kvm_feat
work=$BUILD/dist
name=hcid-arm64
root=$work/$name

# The tests of the kernel's own list that are for every machine
list()
{
	# sea_to_user makes the firmware inject a memory error, if it can: no test for the
	# machine of someone else
	grep -vx 'kvm:sea_to_user' "$(tests_of "$product")/kselftest-list.txt"
}

# A program without what a debugger reads
program()	# FROM TO
{
	"${CROSS_COMPILE}strip" -o "$2" "$1"
	chmod 755 "$2"
}

fill()
{
	from=$(tests_of "$product")
	mkdir -p "$root/bin" "$root/tests/kvm" "$root/jobs"
	cp -r "$from/run_kselftest.sh" "$from/kselftest" "$root/tests/"
	cp "$from/kvm/settings" "$from/kvm/config" "$root/tests/kvm/"
	list >"$root/tests/kselftest-list.txt"
	for t in $(sed -n 's/^kvm://p' "$root/tests/kselftest-list.txt"); do
		program "$from/kvm/$t" "$root/tests/kvm/$t"
	done
	# The runner calls coreutils' timeout by its path, and with an option that busybox'
	# does not have
	"${CROSS_COMPILE}gcc" -static -Os -s -Wall -Wextra "$lab/host/timeout.c" -o "$root/tests/kselftest/timeout"
	# shellcheck disable=SC2016 # the runner's own variable
	sed -i 's,/usr/bin/timeout,"$BASE_DIR"/kselftest/timeout,g' "$root/tests/kselftest/runner.sh"

	make -C "$feat" OUTPUT="$work/kvm_feat/" CC="${CROSS_COMPILE}gcc" LDFLAGS=-static KHDR_INCLUDES="-isystem $headers"
	program "$work/kvm_feat/kvm_feat" "$root/bin/kvm_feat"
	cp "$feat/kvm_feat.1" "$root/bin/"
	"$lab/study/bench.sh" program
	program "$BUILD/bench/bench" "$root/bin/bench"
	"$lab/build/program.sh" "$work/raw_regs" "$lab/test/raw_regs.c"
	program "$work/raw_regs" "$root/bin/raw_regs"

	cp -r "$top/patches" "$root/"
	cp "$lab/dist/collect.sh" "$lab/dist/README" "$top/COPYING" "$root/"
	cp "$lab/dist"/*.yaml "$lab/dist/results.sh" "$root/jobs/"
	cat "$lab/build/kernel.config" "$lab/build/board.config" >"$root/kernel.config"
	if [ -n "$image" ]; then
		mkdir -p "$root/boot"
		cp "$(image_of "$kernel")" "$root/boot/Image"
		cp "$(obj_of "$kernel")/.config" "$root/boot/config"
	fi
	{
		echo "hcid-arm64 $(git -C "$top" log -1 --format='%h of %cs' 2>/dev/null || echo "without a repository")"
		echo "base $(git -C "$tree" config lab.base)"
		[ -z "$image" ] || echo "kernel $(cat "$(obj_of "$kernel")/include/config/kernel.release")"
	} >"$root/MANIFEST"
}

if [ "$how" != pack ]; then
	"$lab/series/tree.sh" "$product"
	"$lab/build/kernel.sh" "$product"
	[ "$kernel" = "$product" ] || "$lab/build/kernel.sh" image "$kernel"
fi
"$lab/dist/check-jobs.sh"
progress "dist: packing"
rm -rf "$root"
mkdir -p "$work/kvm_feat"
run_logged "$log/dist.log" fill &
wait $! || die "the tarball cannot be made, see $log/dist.log"
out=$work/$name${image:+-$kernel}.tar.gz
# The same content is the same file
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime='2000-01-01 00:00Z' -c "$name" |
	gzip -n >"$out.part"
mv "$out.part" "$out"
say "${out#"$top"/}: $(du -h "$out" | cut -f1), $(wc -l <"$root/tests/kselftest-list.txt") tests${image:+, Linux $(sed -n 's/^kernel //p' "$root/MANIFEST")}"
