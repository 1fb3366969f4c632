#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tests.sh [plan|judge] [-t TIERS] [-k KERNEL] [-m MACHINE] [-n TEST] [-a ARGUMENTS] [-l LIMIT]
#	[-e EMULATOR] [-r REPEAT]
#
# Run what the table of tests asks for. One boot runs all the tests of a kernel in a machine.
# With -n and -k, just that test is run, whether the table has it or not; -k '' is the
# product. With -r, each boot is one of so many: how often does it go wrong?

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=tests command="${0##*/} $*"
tiers=default kernel='' machine='' name='' args='' limit=120 emulator=single repeat=''
while getopts t:k:m:n:a:l:e:r: o; do
	case $o in
	t) tiers=$OPTARG ;;
	k) kernel=${OPTARG:-$(kernel_with product)} ;;
	m) machine=$OPTARG ;;
	n) name=${OPTARG:-$(die "which test? make run TEST=arm64/hypercalls")} ;;
	a) args=$OPTARG ;;
	l) limit=$OPTARG ;;
	e) emulator=$OPTARG ;;
	r) repeat=$OPTARG ;;
	*) die "usage: ${0##*/} [plan|judge] [-t TIERS] [-k KERNEL] [-m MACHINE] [-n TEST] [-a ARGUMENTS] [-l LIMIT] [-e EMULATOR] [-r REPEAT]" ;;
	esac
done
numbers 1 "$limit" || die "the limit is a number of seconds, not '$limit'"
[ -z "$repeat" ] || numbers 1 "$repeat" || die "-r takes a number from 1 on"

plan()
{
	new_run tests
	[ -z "$name" ] || [ -z "$kernel" ] || tiers=this
	echo "$heading" >"$run/plan"
	if [ "$tiers" = this ]; then
		echo "$name $kernel ${machine:-vhe} $emulator this ok $limit $args"
	else
		cat "$lab/tables/tests"
	fi | awk -v tiers="$tiers" -v kernel="$kernel" -v machine="$machine" -v name="$name" -v repeat="$repeat" \
		-v expect="$run/expect" -f "$lab/test/plan.awk" >>"$run/plan"
}

judge()
{
	cd "$top"	# the report's paths are from there
	run=${BUILD#"$top"/}/run/tests
	awk -v run="$run" -v base="$(kernel_with base)" -f "$lab/boot/read.awk" -f "$lab/test/judge.awk" "$run/expect" "$run/plan" >"$run/judged"
	sed 's/^/boot\t/' "$run/boots" >>"$run/judged"
	echo
	awk -f "$lab/test/table.awk" "$run/judged"
	awk -v run="$run" -f "$lab/test/verdicts.awk" "$run/judged" >>"$BUILD/verdict/tests"
}

study
