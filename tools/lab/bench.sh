#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh              measure O and N, twice each; the table, build/report/bench.*;
#                       then the lab itself (speed.sh); fails if a target is missed
# bench.sh series       the same without the lab itself
# bench.sh guard        measure O and N shortly: is an existing call dearer on N?
# bench.sh allow FIGURE RATIO REASON...
#                       let N/O of a figure be that much in the guard
# bench.sh table O N    the table from two files that "bench -m" printed
# bench.sh program      only build build/bench/bench, to run it elsewhere
#
# Under QEMU's -icount with one CPU, virtual time is instructions. Whatever
# else could differ between two boots is pinned, so that two runs of a kernel
# give the same figures, and O and N can be compared to the instruction.

lab=$(dirname "$0")
. "$lab/lib.sh"

here=$lab/bench
work=$BUILD/bench
report=$BUILD/report
program=$work/bench
boots=${BOOTS:-$(nproc)}
mkdir -p "$work" "$report"

if command -v ccache >/dev/null; then
	CC="ccache ${CROSS_COMPILE}gcc"
	CCACHE_DIR=$BUILD/ccache
	export CCACHE_DIR
else
	CC=${CROSS_COMPILE}gcc
fi

# The program is linked with the selftest library of N, and runs on both.
build_program()
{
	tree=$(tree_of N)
	obj=$(obj_of N)
	kvm=$tree/tools/testing/selftests/kvm
	lib=$obj/kselftest/kvm
	[ -d "$lib/lib" ] || die "no selftest library in $lib"
	cgroup=$(find "$lib/lib" -name cgroup_util.o)
	libs=$(sed -n 's,^LIBKVM\(_arm64\|_STRING\)\? += \(.*\)\.[cS]$,\2.o,p' "$kvm/Makefile.kvm")
	if [ -e "$program" ] &&
			[ -z "$(find "$here/bench.c" "$lib/lib" -name '*.[co]' -newer "$program")" ]; then
		return
	fi
	compile()
	{
		# As Makefile.kvm compiles a test.
		# shellcheck disable=SC2086 # words
		cd "$kvm" && $CC -Wall -Wstrict-prototypes -Wuninitialized -O2 -g -std=gnu99 \
			-D_GNU_SOURCE= -DCONFIG_64BIT -U_FORTIFY_SOURCE \
			-fno-builtin-memcmp -fno-builtin-memcpy -fno-builtin-memset \
			-fno-builtin-strnlen -fno-stack-protector -fno-PIE -fno-strict-aliasing \
			-I"$tree/tools/include" -I"$tree/tools/arch/arm64/include" \
			-I"$obj/usr/include" -Iinclude -Iinclude/arm64 -I../rseq -I.. \
			-isystem "$obj/usr/include" \
			-I"$obj/tools/arch/arm64/include/generated" \
			-c "$here/bench.c" -o "$program.o" &&
		cd "$lib" && $CC -static -pthread -no-pie "$program.o" $libs \
			$cgroup -o "$program"
	}
	here=$(cd "$here" && pwd)
	(run_logged "$log/bench-build.log" compile) || {
		cat "$log/bench-build.log" >&2
		die "the benchmark does not build"
	}
}

# An initramfs to lay over the lab's: the program, and an init that runs it.
# Nothing is mounted from the host: its answers would come when they come.
make_init()	# ARGUMENTS OF THE PROGRAM
{
	root=$work/root
	rm -rf "$root"
	mkdir -p "$root"
	cp "$program" "$root/bench"
	"${CROSS_COMPILE}strip" -g "$root/bench"
	cat >"$root/bench-init" <<-EOT
		#!/bin/busybox sh
		/bin/busybox mkdir -p /proc /sys /dev
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/busybox mount -t devtmpfs dev /dev
		cd /
		/bench -m $1 2>&1
		/bin/busybox poweroff -f
	EOT
	chmod 755 "$root/bench-init"
	(cd "$root" && find bench bench-init -exec touch -d @0 {} + &&
		printf 'bench\nbench-init\n' | cpio -o -H newc --reproducible 2>/dev/null) >"$root.cpio"
	cat "$BUILD/guest/initramfs.cpio" "$root.cpio" >"$work/initramfs.cpio"
}

# boot KERNEL RUN LIMIT: leaves the figures in build/bench/KERNEL-RUN.tsv
boot()
{
	console=$work/$1-$2.console
	rm -f "$work/$1-$2.tsv"
	setpriv --pdeathsig TERM timeout -k 5 "$3" \
		setpriv --pdeathsig KILL qemu-system-aarch64 \
		-M virt,virtualization=on,gic-version=3,dtb-randomness=off \
		-cpu max,lpa2=off -icount shift=0,sleep=off -smp 1 -m 2G \
		-seed 1 -rtc base=2000-01-01,clock=vm -nographic -nic none -no-reboot \
		-kernel "$(obj_of "$1")/arch/arm64/boot/Image" -initrd "$work/initramfs.cpio" \
		-append "console=ttyAMA0 panic=-1 quiet nokaslr norandmaps rdinit=/bench-init" \
		</dev/null >"$console" 2>&1 || true
	tr -d '\r' <"$console" | grep -a '^end$' >/dev/null || {
		tail -n 20 "$console" >&2
		echo "bench: the run on $1 never came to its end, see $console" >&2
		return 1
	}
	tr -d '\r' <"$console" | grep -aE '^(figure|absent)	' >"$work/$1-$2.tsv"
}

# boot_all LIMIT KERNEL-RUN...: as many at a time as there are processors
boot_all()
{
	limit=$1
	shift
	guard_boots
	failed=0
	while [ $# -gt 0 ]; do
		pids=
		n=0
		while [ $# -gt 0 ] && [ "$n" -lt "$boots" ]; do
			progress "measuring: $*"
			boot "${1%-*}" "${1##*-}" "$limit" &
			pids="$pids $!"
			n=$((n + 1))
			shift
		done
		for p in $pids; do
			wait "$p" || failed=1
		done
	done
	boots_done
	[ "$failed" = 0 ] || die "no figures"
}

# BENCH_BUILD=0: whoever called has built what there is to build.
prepare()
{
	if [ "${BENCH_BUILD:-1}" = 1 ]; then
		exec 9>"$BUILD/lock"
		flock -n 9 || { say "waiting for another make in $BUILD"; flock 9; }
		"$lab/tree.sh" O N
		"$lab/build.sh" O N
		"$lab/guest.sh"
	fi
	build_program
}

# Sizes come from what the compiler made, not from a run.
sizes()	# KERNEL
{
	obj=$(obj_of "$1")
	"${CROSS_COMPILE}size" -t "$obj/arch/arm64/kvm/built-in.a" | awk '
		/TOTALS/ {
			print "figure\tsize.kvm_text\t" $1 "\tbytes\ttext of KVM"
			print "figure\tsize.kvm_data\t" $2 + $3 "\tbytes\tdata and bss of KVM"
		}'
	"${CROSS_COMPILE}size" "$obj/vmlinux" | awk '
		NR == 2 {
			print "figure\tsize.vmlinux_text\t" $1 "\tbytes\ttext of vmlinux"
			print "figure\tsize.vmlinux_data\t" $2 + $3 "\tbytes\tdata and bss of vmlinux"
		}'
	# An array as large as the structure, compiled just as KVM itself is.
	flags=$(sed -n 's/^savedcmd_[^ ]* := //p' "$obj/arch/arm64/kvm/.arm.o.cmd" |
		sed 's/;.*//; s/^\(ccache \)\?[^ ]* //; s/ -c -o .*//; s/-Wp,-MMD,[^ ]*//')
	file=$(cd "$here" && pwd)/sizes.c
	(cd "$obj" && eval "${CROSS_COMPILE}gcc $flags -w -c -o $work/sizes-$1.o $file")
	"${CROSS_COMPILE}nm" -S "$work/sizes-$1.o" | while read -r _ size _ name; do
		printf 'figure\tsizeof.%s\t%d\tbytes\tsizeof(struct %s)\n' "${name#size_}" \
			"0x$size" "${name#size_}"
	done
}

table()	# O N
{
	awk -f "$here/table.awk" "$1" "$2"
}

case ${1:-run} in
run|series)
	prepare
	make_init "${BENCH_ARGS:-}"
	say "measuring O and N, twice each"
	boot_all "${LIMIT:-3600}" O-1 N-1 O-2 N-2
	# As on a real machine: the cycle counter, here an emulated one.
	make_init "-c cycles -r 320 -f 123"
	boot_all "${LIMIT:-300}" N-cycles
	rm -f "$work/missed"
	for k in O N; do
		sizes "$k" >"$work/$k.sizes"
		cat "$work/$k-1.tsv" "$work/$k.sizes" >"$work/$k.tsv"
		if cmp -s "$work/$k-1.tsv" "$work/$k-2.tsv"; then
			echo "Two runs of $k gave the same figures."
		else
			echo "Two runs of $k DIFFER:"
			diff "$work/$k-1.tsv" "$work/$k-2.tsv" | sed 's/^/  /' || true
		fi
	done >"$work/runs"
	{
		table "$work/O.tsv" "$work/N.tsv"
		echo
		awk -f "$here/targets.awk" "$here/allowances" "$work/O.tsv" "$work/N.tsv" || touch "$work/missed"
		awk -f "$here/cycles.awk" "$work/N-1.tsv" "$work/N-cycles.tsv" || true
		echo
		cat "$work/runs"
		awk '!/^#/ && $1 == "O" { print "O is " $2; exit }' "$lab/kernels"
	} >"$report/bench.txt"
	awk -v json=1 -f "$here/table.awk" "$work/O.tsv" "$work/N.tsv" >"$report/bench.json"
	awk -f "$here/plot.awk" "$work/O.tsv" "$work/N.tsv" >"$report/bench.svg"
	cat "$report/bench.txt"
	echo
	say "in ${report#"$top"/}: bench.txt, bench.json, bench.svg"
	! grep -q DIFFER "$work/runs" || touch "$work/missed"
	if [ "${1:-run}" = run ]; then
		"$lab/speed.sh" || touch "$work/missed"
		cat "$report/speed.txt" >>"$report/bench.txt"
	fi
	[ ! -e "$work/missed" ] || die "a target is missed, or two runs differ: see ${report#"$top"/}/bench.txt"
	;;
guard)
	prepare
	make_init "-r ${REPS:-320} -f 123"
	boot_all "${LIMIT:-300}" O-guard N-guard
	awk -v guard=1 -f "$here/targets.awk" "$here/allowances" "$work/O-guard.tsv" "$work/N-guard.tsv"
	;;
allow)
	[ $# -ge 4 ] || die "usage: bench.sh allow FIGURE RATIO REASON..."
	figure=$2 ratio=$3
	shift 3
	echo "$ratio" | grep -qE '^1\.[0-9]+$' || die "a ratio above 1, as 1.02; not $ratio"
	grep -v "^$figure	" "$here/allowances" >"$work/allowances" || true
	printf '%s\t%s\t%s\n' "$figure" "$ratio" "$*" >>"$work/allowances"
	cat "$work/allowances" >"$here/allowances"
	say "$figure may be $ratio times as dear on N as on O: commit tools/lab/bench/allowances"
	;;
table)
	[ $# = 3 ] || die "usage: bench.sh table O.tsv N.tsv"
	table "$2" "$3"
	;;
program)
	prepare
	echo "$program"
	;;
*)
	die "what is '$1'? run, guard, allow, table, program"
	;;
esac
