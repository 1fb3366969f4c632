#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh [plan|judge] [run [ARGUMENTS OF THE PROGRAM]]
#			measure the base and the product, twice each; the table,
#			build/report/bench.*. Fails if a target is missed.
# bench.sh [plan|judge] guard
#			measure shortly: does an existing call cost more than the table of excuses allows?
# bench.sh allow FIGURE LIMIT REASON...
#			let a figure cost that much: a line of that table
# bench.sh table BASE.tsv PRODUCT.tsv
#			the table from two files that "bench -m" printed
# bench.sh program	only build build/bench/bench, to run it elsewhere
#
# Under QEMU's -icount with one CPU, virtual time is instructions. Whatever else could
# differ between two boots is pinned (emulator icount, machine count), so that two runs of
# a kernel give the same figures, and kernels can be compared to the instruction.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=bench
here=$lab/bench
work=$BUILD/bench
base=$(kernel_with base)
product=$(kernel_with product)
shortly="-r 320 -f 123"
verb=${1:-run}
[ $# = 0 ] || shift

row()	# BOOT KERNEL LIMIT ARGUMENTS OF THE PROGRAM
{
	echo "1 $1 $2 count icount bench $3 bench $4"
}

plan()
{
	if [ "$verb" = run ]; then
		new_run bench
	else
		# What is there stays: the same kernel is not booted again
		run=$BUILD/run/guard
		runs=guard
		mkdir -p "$run"
	fi
	{
		echo "$heading"
		for k in "$base" "$product"; do
			if [ "$verb" = run ]; then
				row "$k" "$k" 3600 "$arguments"
				row "$k-again" "$k" 3600 "$arguments"
			else
				row "$k" "$k" 300 "$shortly"
			fi
		done
		# As on a real machine: the cycle counter, here an emulated one
		[ "$verb" != run ] || row cycles "$product" 300 "-c cycles $shortly"
	} >"$run/plan"
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
	(cd "$obj" && eval "${CROSS_COMPILE}gcc $flags -w -c -o $run/sizes-$1.o $here/sizes.c")
	"${CROSS_COMPILE}nm" -S "$run/sizes-$1.o" | while read -r _ size _ name; do
		printf 'figure\tsizeof.%s\t%d\tbytes\tsizeof(struct %s)\n' "${name#size_}" \
			"0x$size" "${name#size_}"
	done
}

figures()	# BOOT: whether they are all there, who compares them will see
{
	awk -f "$here/figures.awk" "$run/$1/console.log" >"$run/$1.tsv"
}

compared()	# SCRIPT ARGUMENTS OF AWK...
{
	script=$1
	shift
	awk -v base="$base" -v product="$product" -f "$here/$script.awk" "$@"
}

told() { awk -F '\t' '{ print ($1 == "pass" ? "ok " : "not ok ") $2 ($3 == "" ? "" : " (" $3 ")") }' "$BUILD/verdict/bench"; }

judge()
{
	run=$BUILD/run/$verb
	[ "$verb" = guard ] || run=$BUILD/run/bench
	for k in "$base" "$product"; do
		figures "$k"
		{ cat "$run/$k.tsv"; sizes "$k"; } >"$run/$k.all"
	done
	judge_boots "${run##*/}"
	excuses cost >"$run/allowances"
	if [ "$verb" = guard ]; then
		compared targets "$run/allowances" "$run/$base.all" "$run/$product.all" >>"$BUILD/verdict/bench"
		told
		return
	fi
	compared targets "$run/allowances" "$run/$base.all" "$run/$product.all" all=1 >>"$BUILD/verdict/bench"
	figures cycles
	awk -f "$here/cycles.awk" "$run/$product.tsv" "$run/cycles.tsv" >>"$BUILD/verdict/bench"
	for k in "$base" "$product"; do
		figures "$k-again"
		differ=$(diff "$run/$k.tsv" "$run/$k-again.tsv" | grep -c '^>' || true)
		verdict bench "$([ "$differ" = 0 ] && echo pass || echo fail)" "two runs of $k gave the same figures" \
			"$([ "$differ" = 0 ] || echo "$differ lines differ")"
	done
	mkdir -p "$BUILD/report"
	{
		compared table "$run/$base.all" "$run/$product.all"
		echo
		told
		echo
		for k in "$base" "$product"; do
			echo "$k is $(cat "$(obj_of "$k")/include/config/kernel.release")"
		done
	} | tee "$BUILD/report/bench.txt"
	compared table "$run/$base.all" "$run/$product.all" json=1 >"$BUILD/report/bench.json"
	say "in ${BUILD#"$top"/}/report: bench.txt, bench.json"
}

case $verb in
run|guard)
	arguments=$*
	study
	;;
program)
	# It is linked with the selftest library of the product, and runs on both
	mkdir -p "$work"
	feat=$(tree_of "$product")/tools/kvm/kvm_feat
	"$lab/build/program.sh" "$work/bench" "$here/bench.c" "$feat/class.c" -- -I"$feat"
	"${CROSS_COMPILE}strip" -g -o "$work/bench.stripped" "$work/bench"
	echo "$work/bench"
	;;
allow)
	[ $# -ge 3 ] || die "usage: bench.sh allow FIGURE LIMIT REASON..."
	figure=$1 limit=$2
	shift 2
	echo "$limit" | grep -qE '^(1\.[0-9]+|\+[0-9]+)$' || die "a ratio as 1.02, or a difference as +16; not $limit"
	grep -vF "cost	$figure	" "$lab/tables/excuses" >"$BUILD/excuses" || true
	printf 'cost\t%s\t%s\t%s\n' "$figure" "$limit" "$*" >>"$BUILD/excuses"
	cat "$BUILD/excuses" >"$lab/tables/excuses"
	say "$figure may cost $limit of the base: commit tools/lab/tables/excuses"
	;;
table)
	[ $# = 2 ] || die "usage: bench.sh table BASE.tsv PRODUCT.tsv"
	base=${1##*/} product=${2##*/}
	base=${base%.tsv} product=${product%.tsv}
	compared table "$1" "$2"
	;;
*)
	die "what is '$verb'? run, guard, allow, table, program"
	;;
esac
