#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# board.sh [plan|judge]: unpack the tarball of "make dist IMAGE=1" on emulated boards, run its
# collect.sh on its own kernel, and read the files that come back. Beside each, the lab takes
# a profile of the same machine on the product, and counts the benchmark as the guard does.
# board.sh read FILE...: read files that came back from machines elsewhere.
#
# Verdicts are about the file, the kernel's messages, each test, each profile, and whether
# all figures of the benchmark are there. Figures themselves are only shown.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=board
product=$(kernel_with product)
kvm_feat=$BUILD/kvm_feat/kvm_feat
report=$BUILD/report/board.txt

plan()
{
	new_run board
	{
		echo "$heading"
		rows boards | while read -r b kernel limit vcpu arguments; do
			echo "1 $b $kernel $b single 1 $limit board $arguments"
			echo "1 lab-$b $product $b single 1 120 dump $vcpu profiles/$b"
		done
		echo "1 emulator $product count icount bench 300 bench -r 320 -f 123"
	} >"$run/plan"
}

# ended SECTION: its exit status, or nothing
ended() { awk -v name="$1" '$2 == name { print $1 }' "$dir/sections"; }

# judge_profile FEATURES: would a VM of this profile come back to where it was taken?
judge_profile()
{
	p=$dir/profile-$1
	if [ "$(ended "profile-$1")" != 0 ]; then
		# Not every CPU has SVE or EL2 for guests
		verdict board "$([ "$1" = psci_0_2 ] && echo fail || echo skip)" "$board: profile of $1" "$(sed 's/^ *//; q' "$p")"
	elif why=$("$kvm_feat" check "$p" "$p" 2>&1); then
		verdict board pass "$board: profile of $1" "$("$kvm_feat" key "$p")"
	else
		verdict board fail "$board: profile of $1" "$(echo "$why" | tail -n 1)"
	fi
}

# The implementer and the part number of the CPU in a profile
part_of() { awk '$1 == "MIDR_EL1" { print substr("00000000" substr($3, 3), length($3) - 1) }' "$1" | sed 's/^\(..\).\(.*\).$/\1\2/'; }

judge_tests()
{
	mkdir -p "$dir/judged/$board"
	awk -v board="$board" -v out="$dir/judged" -f "$lab/dist/split.awk" "$dir/planned" "$dir/tests"
	[ -s "$dir/judged/plan" ] || { verdict board fail "$board: tests" "none was to run"; return; }
	from=${dir#"$top"/}/judged
	(cd "$top" && awk -v run="$from" -v base=- -f "$lab/boot/read.awk" -f "$lab/test/judge.awk" "$from/expect" "$from/plan") >"$dir/judged/judged"
	awk -f "$lab/test/table.awk" "$dir/judged/judged"
	awk -v run="$from" -f "$lab/test/verdicts.awk" "$dir/judged/judged" >>"$BUILD/verdict/board"
}

# judge_bench EMULATOR'S CONSOLE
judge_bench()
{
	awk -f "$lab/bench/figures.awk" "$dir/bench" >"$dir/bench.tsv"
	awk -f "$lab/bench/figures.awk" "$1" >"$dir/emulator.tsv"
	lost=$(awk -F '\t' '$1 == "absent" { next } NR == FNR { seen[$1, $2]; next } !(($1, $2) in seen) { print $1 == "figure" ? $2 : $1 }' \
		"$dir/bench.tsv" "$dir/emulator.tsv" | paste -sd' ')
	if [ "$(ended bench)" != 0 ] || ! grep -q '^end' "$dir/bench.tsv"; then
		verdict board fail "$board: bench" "it did not come to its end: $(tail -n 1 "$dir/bench")"
	elif [ -n "$lost" ]; then
		verdict board fail "$board: bench" "it lacks $lost"
	else
		verdict board pass "$board: bench" "$(grep -c '^figure' "$dir/bench.tsv") figures"
		[ -s "$dir/emulator.tsv" ] || say "no figures of the emulator to compare with: make study NAME=board leaves them"
	fi
	echo
	awk -v base=emulator -v product=board -f "$lab/bench/table.awk" "$dir/emulator.tsv" "$dir/bench.tsv"
}

# judge_file BOARD FILE: unpacks to $dir, and tells what is in the file
judge_file()
{
	board=$1
	dir=$run/read/$board
	rm -rf "$dir"
	mkdir -p "$dir"
	why=$([ -e "$2" ] || { echo "there is no ${2#"$top"/}"; exit 1; }
		awk -v out="$dir" -f "$lab/dist/unpack.awk" "$2") || {
		verdict board fail "$board: the file" "$why"
		echo "$board: $why"
		return
	}
	for s in about kernel machine kvm messages; do
		[ -e "$dir/$s" ] || { verdict board fail "$board: the file" "it has no section $s"; return; }
	done
	verdict board pass "$board: the file"
	printf '\n%s: %s, made by %s\n' "$board" "$(head -n 1 "$dir/kernel")" "$(head -n 1 "$dir/about")"
	if [ "$(ended messages)" != 0 ]; then
		verdict board skip "$board: the kernel's messages" "they could not be read there"
	elif grep -E "$splats" "$dir/messages" >"$dir/complaints"; then
		verdict board fail "$board: the kernel complains" "$(head -n 1 "$dir/complaints")"
	else
		verdict board pass "$board: the kernel's messages"
	fi
	if [ "$(ended kvm)" != 0 ]; then
		verdict board fail "$board: KVM" "$(head -n 1 "$dir/kvm")"
		return
	fi
	for s in profile-psci_0_2 planned tests bench; do
		[ -e "$dir/$s" ] || { verdict board fail "$board: the file" "it has no section $s"; return; }
	done
	if grep -q '^# classes kernel' "$dir/profile-psci_0_2"; then
		verdict board pass "$board: the kernel has the series"
	else
		verdict board fail "$board: the kernel has the series" "it does not: its own tests are skipped"
	fi
	for p in "$dir"/profile-*; do
		judge_profile "${p##*/profile-}"
	done
	judge_tests
	emulator=$BUILD/run/board/emulator/console.log
	[ -e "$emulator" ] || emulator=$BUILD/run/guard/$product/console.log
	[ -e "$emulator" ] || emulator=/dev/null
	judge_bench "$emulator"
}

# The same machine, looked at by the lab's own userland and kernel
judge_lab()	# VCPU
{
	theirs=$dir/profile-$1 ours=$run/profiles/$board/profile
	if [ "$(ended "profile-$1" 2>/dev/null)" != 0 ] || [ "$(cat "${ours%/*}/status" 2>/dev/null)" != 0 ]; then
		verdict board fail "$board: profile as the lab's" "there are not both of them"
	elif "$kvm_feat" diff "$ours" "$theirs" >"$dir/diff" 2>&1; then
		verdict board pass "$board: profile as the lab's"
	else
		verdict board fail "$board: profile as the lab's" "$(head -n 1 "$dir/diff"); see ${dir#"$top"/}/diff"
	fi
}

judge()
{
	run=$BUILD/run/board
	mkdir -p "${report%/*}"
	: >"$report"
	rows boards >"$run/boards"
	while read -r board _ _ vcpu _; do
		judge_file "$board" "$run/$board/collected.txt" >>"$report"
		judge_lab "$vcpu"
	done <"$run/boards"
	cat "$report"
	judge_boots board
}

# Does an emulated board have the same CPU?
compare_with_emulated()
{
	theirs=$dir/profile-psci_0_2,pmu_v3,vgic_v3
	[ "$(ended "${theirs##*/}" 2>/dev/null)" = 0 ] || return 0
	for ours in "$BUILD/run/board/read"/*/"${theirs##*/}"; do
		if [ -s "$ours" ] && [ "$(part_of "$ours")" = "$(part_of "$theirs")" ]; then
			m=${ours%/*}
			printf '\nGuests of the emulated %s and of this machine differ in:\n' "${m##*/}"
			"$kvm_feat" diff "$ours" "$theirs" || true
		fi
	done
}

if [ "${1:-}" = read ]; then
	shift
	[ $# -gt 0 ] || die "which file? make study NAME=board FILE=hcid-board-7.3.4.txt"
	lock_build
	[ -x "$kvm_feat" ] || {
		"$lab/series/tree.sh" "$product"
		mkdir -p "${kvm_feat%/*}"
		run_logged "$log/kvm_feat-build.log" make -C "$(tree_of "$product")/tools/kvm/kvm_feat" CROSS_COMPILE= OUTPUT="${kvm_feat%/*}/" ||
			die "kvm_feat does not build, see $log/kvm_feat-build.log"
	}
	rm -rf "$BUILD/verdict"
	new_verdicts board
	run=$BUILD/run/board-files
	mkdir -p "${report%/*}"
	for f; do
		[ -e "$f" ] || die "there is no $f"
		name=$(basename "$f" .txt | tr -c 'A-Za-z0-9._+\n-' _)
		judge_file "$name" "$(realpath "$f")"
		compare_with_emulated
	done >"$report"
	cat "$report"
	exec "$lab/report.sh" board "make study NAME=board FILE=$*"
fi
study
