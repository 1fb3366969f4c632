#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh run [ARGUMENTS OF THE PROGRAM]
#			build the base and the product and measure both, twice each; the
#			table, build/report/bench.*. Fails if a target is missed.
# bench.sh guard	measure shortly what has been built: does an existing call cost more
#			than allowances has it? Verdicts go to build/verdict/bench.
# bench.sh allow FIGURE LIMIT REASON...
#			let a figure cost that much: a line of allowances
# bench.sh table BASE.tsv PRODUCT.tsv
#			the table from two files that "bench -m" printed
# bench.sh program	only build build/bench/bench, to run it elsewhere
#
# Under QEMU's -icount with one CPU, virtual time is instructions. Whatever else could
# differ between two boots is pinned (emulator icount, mode count), so that two runs of
# a kernel give the same figures, and kernels can be compared to the instruction.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

here=$lab/bench
work=$BUILD/bench
report=$BUILD/report
base=$(kernel_with base)
product=$(kernel_with product)
mkdir -p "$work" "$report"

# The program is linked with the selftest library of the product, and runs on both.
build_program()
{
	feat=$(tree_of "$product")/tools/kvm/kvm_feat
	run_logged "$log/bench-build.log" "$lab/build/program.sh" "$work/bench" "$here/bench.c" \
		"$feat/class.c" -- -I"$feat" || {
		cat "$log/bench-build.log" >&2
		die "the benchmark does not build"
	}
	"${CROSS_COMPILE}strip" -g -o "$work/bench.stripped" "$work/bench"
}

# A boot has the name of its kernel in each run: the kernel makes random numbers of its
# command line, which has the name. The jobs and the program go into the initramfs:
# nothing is mounted from the host, whose answers would come when they come.
make_boot()	# RUN KERNEL LIMIT ARGUMENTS OF THE PROGRAM
{
	dir=$BUILD/run/$1/$2
	mkdir -p "$dir" "$work/$1"
	echo "$2 count icount" >"$dir/boot"
	echo "bench $3 bench $4" >"$dir/jobs"
	"$lab/guest/initramfs.sh" add "$dir/initramfs.cpio" "$work/bench.stripped=bench" \
		"$dir/jobs=jobs.list"
}

# measure RUN LIMIT ARGUMENTS KERNEL...: figures go to build/bench/RUN/KERNEL.tsv.
# Whether they are all there, who compares them will see.
measure()
{
	of=$1 limit=$2 arguments=$3
	shift 3
	rm -rf "${BUILD:?}/run/$of"
	for k; do
		make_boot "$of" "$k" "$limit" "$arguments"
	done
	"$lab/boot/pool.sh" "$of" "$@" || true
	for k; do
		console=$BUILD/run/$of/$k/console.log
		awk -f "$here/figures.awk" "$console" >"$work/$of/$k.tsv"
		grep -q '^end$' "$work/$of/$k.tsv" || {
			say "$k never came to its end:"
			tail -n 20 "$console"
		}
	done
}

# All that a boot's figures depend on
inputs()	# RUN KERNEL
{
	cat "$(image_of "$2")" "$BUILD/run/$1/$2/initramfs.cpio" "$lab/boot/qemu.sh" "$lab/modes" | sha256sum
	"$("$lab/boot/emulator.sh")" --version
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
	(cd "$obj" && eval "${CROSS_COMPILE}gcc $flags -w -c -o $work/sizes-$1.o $here/sizes.c")
	"${CROSS_COMPILE}nm" -S "$work/sizes-$1.o" | while read -r _ size _ name; do
		printf 'figure\tsizeof.%s\t%d\tbytes\tsizeof(struct %s)\n' "${name#size_}" \
			"0x$size" "${name#size_}"
	done
}

of_both()	# SCRIPT BASE.tsv PRODUCT.tsv [FURTHER ARGUMENTS OF AWK...]
{
	script=$1 one=$2 other=$3
	shift 3
	awk -v base="$base" -v product="$product" "$@" -f "$here/$script.awk" "$one" "$other"
}

targets()	# BASE.tsv PRODUCT.tsv [FURTHER ARGUMENTS OF AWK...]
{
	one=$1 other=$2
	shift 2
	awk -v base="$base" -v product="$product" "$@" -f "$here/targets.awk" \
		"$here/allowances" "$one" "$other"
}

whole_report()	# ARGUMENTS OF THE PROGRAM
{
	say "measuring $base and $product, twice each"
	measure bench 3600 "$1" "$base" "$product"
	measure bench-again 3600 "$1" "$base" "$product"
	# As on a real machine: the cycle counter, here an emulated one.
	measure bench-cycles 300 "-c cycles -r 320 -f 123" "$product"
	for k in "$base" "$product"; do
		sizes "$k" >"$work/$k.sizes"
		cat "$work/bench/$k.tsv" "$work/$k.sizes" >"$work/$k.tsv"
	done
	{
		targets "$work/$base.tsv" "$work/$product.tsv" -v all=1
		awk -f "$here/cycles.awk" "$work/bench/$product.tsv" \
			"$work/bench-cycles/$product.tsv"
		for k in "$base" "$product"; do
			if cmp -s "$work/bench/$k.tsv" "$work/bench-again/$k.tsv"; then
				printf 'pass\ttwo runs of %s gave the same figures\t\n' "$k"
			else
				printf 'fail\ttwo runs of %s gave the same figures\t%s lines differ\n' "$k" \
					"$(diff "$work/bench/$k.tsv" "$work/bench-again/$k.tsv" | grep -c '^>' || true)"
			fi
		done
	} >"$work/verdicts"
	{
		of_both table "$work/$base.tsv" "$work/$product.tsv"
		echo
		awk -F '\t' '{ print ($1 == "pass" ? "ok " : "not ok ") $2 ($3 == "" ? "" : " (" $3 ")") }' \
			"$work/verdicts"
		echo
		for k in "$base" "$product"; do
			echo "$k is $(cat "$(obj_of "$k")/include/config/kernel.release")"
		done
	} >"$report/bench.txt"
	of_both table "$work/$base.tsv" "$work/$product.tsv" -v json=1 >"$report/bench.json"
	cat "$report/bench.txt"
	echo
	say "in ${report#"$top"/}: bench.txt, bench.json"
}

verb=${1:-run}
case $verb in
allow | table) ;;
*) lock_build ;;
esac
case $verb in
run | program)
	"$lab/series/tree.sh" "$base" "$product"
	"$lab/build/kernel.sh" "$product"
	;;
esac
case $verb in
run)
	[ $# = 0 ] || shift
	"$lab/build/kernel.sh" image "$base"
	"$lab/guest/initramfs.sh"
	build_program
	whole_report "$*"
	! grep -q '^fail' "$work/verdicts" || die "a target is missed, see ${report#"$top"/}/bench.txt"
	;;
guard)
	new_verdicts bench
	build_program
	# The same kernel and program would only give the same figures again.
	stale=
	arguments='-r 320 -f 123'
	figures=$work/guard
	for k in "$base" "$product"; do
		make_boot guard "$k" 300 "$arguments"
		inputs guard "$k" >"$figures/$k.inputs.new"
		grep -qs '^end$' "$figures/$k.tsv" && cmp -s "$figures/$k.inputs.new" "$figures/$k.inputs" ||
			stale="$stale $k"
	done
	if [ -n "$stale" ]; then
		# shellcheck disable=SC2086 # a list of kernels
		measure guard 300 "$arguments" $stale
	fi
	for k in $stale; do
		sizes "$k" >"$figures/$k.sizes"
		mv "$figures/$k.inputs.new" "$figures/$k.inputs"
	done
	for k in "$base" "$product"; do
		cat "$figures/$k.tsv" "$figures/$k.sizes" >"$figures/$k.all"
	done
	targets "$figures/$base.all" "$figures/$product.all" >"$work/verdicts"
	cat "$work/verdicts" >>"$BUILD/verdict/bench"
	for k in $stale; do
		complaint=$(tr -d '\r' <"$BUILD/run/guard/$k/console.log" | grep -aE -m 1 "^\[.*\] .*($splats)") || continue
		verdict bench fail "boot $k: the kernel complains" "$complaint"
		rm "$figures/$k.inputs"
	done
	awk -F '\t' '{ print ($1 == "pass" ? "ok " : "not ok ") $2 ($3 == "" ? "" : " (" $3 ")") }' \
		"$BUILD/verdict/bench"
	! grep -q '^fail' "$BUILD/verdict/bench"
	;;
allow)
	[ $# -ge 4 ] || die "usage: bench.sh allow FIGURE LIMIT REASON..."
	figure=$2 limit=$3
	shift 3
	echo "$limit" | grep -qE '^(1\.[0-9]+|\+[0-9]+)$' || die "a ratio as 1.02, or a difference as +16; not $limit"
	grep -vF "$figure	" "$here/allowances" >"$work/allowances" || true
	printf '%s\t%s\t%s\n' "$figure" "$limit" "$*" >>"$work/allowances"
	cat "$work/allowances" >"$here/allowances"
	say "$figure may cost $limit of the base: commit tools/lab/bench/allowances"
	;;
table)
	[ $# = 3 ] || die "usage: bench.sh table BASE.tsv PRODUCT.tsv"
	base=${2##*/} product=${3##*/}
	base=${base%.tsv} product=${product%.tsv}
	of_both table "$2" "$3"
	;;
program)
	build_program
	echo "$work/bench"
	;;
*)
	die "what is '$verb'? run, guard, allow, table, program"
	;;
esac
