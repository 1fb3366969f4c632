# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the studies
#
# What the studies share. A study is a script that has sourced this behind ../lib.sh, with
# functions plan, which begins with new_run for each run and writes its plan (see
# boot/runner.sh), and judge, which leaves the verdicts of $part and shows what was found.
# It ends with "study". Without a word the whole is done; "plan" as its first argument only
# plans, and prints the runs; "judge" only judges what the runs have left.

how=
case ${1:-} in
plan|judge) how=$1; shift ;;
esac
runs=

new_run()	# RUN: sets $run, its folder
{
	run=$BUILD/run/$1
	rm -rf "$run"
	mkdir -p "$run"
	runs="$runs $1"
}

heading='# wave boot kernel machine emulator id limit verb arguments'

# A boot in which the kernel complains, or that did not come to its end, is a failure in
# every study.
judge_boots()	# RUN...
{
	for r; do
		awk -F '\t' -v run="${BUILD#"$top"/}/run/$r" '$2 == "fail" {
			print "fail\tboot " $1 "\t" $3 "; see " run "/" $1 "/console.log" }' "$BUILD/run/$r/boots"
	done >>"$BUILD/verdict/$part"
}

study()
{
	case $how in
	plan)
		plan
		echo "${runs# }"
		;;
	judge)
		new_verdicts "$part"
		judge
		;;
	*)
		lock_build
		rm -rf "$BUILD/verdict"
		plan
		# shellcheck disable=SC2086 # a list of runs
		"$lab/boot/runner.sh" $runs
		new_verdicts "$part"
		judge
		"$lab/report.sh" "${saved:-$part}" "${command:-make study NAME=$part}"
		;;
	esac
}
