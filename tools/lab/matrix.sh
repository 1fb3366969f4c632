#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# matrix.sh all|short|story|debug [TABLE]: save guests on each kernel, restore them on each
# other, and see what becomes of them. What is tried, and how it should end, is
# declared in cells and, on other machines, cells.MODE. Fails if a cell ends otherwise.
#
# all		all tables, or the one that is named, and build/report/matrix*.svg
# short		the cells of the default "make check"
# story		four lines for each machine on what the series is for, and kvm_feat on the
#		same kernels
# debug		the cells of "make check-debug", with build/kasan.config in the product
#
# The report of several tables begins with how many cells of each have ended how; it is
# build/report/matrix.txt.
#
# What kvm_feat makes of these kernels is compared with it: see migrate/feat.sh. All
# verdicts go to build/verdict/matrix, those that failed are printed, too.

lab=$(dirname "$0")
. "$lab/lib.sh"
lock_build

tier=${1:-} table=${2:-}
case $tier in
all|short|story|debug) ;;
*) die "usage: ${0##*/} all|short|story|debug [TABLE]" ;;
esac
here=$lab/migrate
if [ -z "$table" ]; then
	new_verdicts matrix
	mkdir -p "$BUILD/report"
	failed=0 reports=
	for t in "$lab"/cells*; do
		table=${t##*/}
		. "$lab/migrate/lib.sh"
		has_cells "$tier" "$table" || continue
		rm -f "$run/report"
		"$0" "$tier" "$table" more || failed=1
		[ ! -e "$run/report" ] || reports="$reports $run/report"
	done
	# shellcheck disable=SC2086 # a list of files
	[ -z "$reports" ] || {
		[ "$tier" = story ] || head -qn 1 $reports
		[ "$tier" = short ] || cat $reports
	} | tee "$BUILD/report/matrix.txt"
	exit "$failed"
fi
. "$lab/migrate/lib.sh"
plan=$run/plan
product=$(kernel_with product)
# The entries of QEMU's table go by cells of "cells"
entries=$here/entries
[ "$table" = cells ] || entries=/dev/null
as=	# what is booted in the product's place
[ "$tier" != debug ] || as=$product+kasan

rm -rf "$run"
mkdir -p "$run" "$BUILD/report"
# To the verdicts of the tables before, or for this one alone
[ "${3:-}" = more ] || new_verdicts matrix
"$here/plan.sh" "$tier" "$table" >"$plan"

# Only what the plan has: the kernels, and userlands for the VMMs
# shellcheck disable=SC2046,SC2086 # lists of kernels
{
	# All else needs the headers of the product, and its selftests' library
	kernels=$(awk '{ sub(/@.*/, "", $3); print $3 }' "$plan" | sort -u)
	"$lab/series/tree.sh" "$product" $kernels
	"$lab/build/kernel.sh" "$product"
	"$lab/build/kernel.sh" image ${as:+"$as"} $(echo "$kernels" | grep -vx "$product")
}
"$lab/guest/initramfs.sh"
"$here/userlands.sh" "$plan" | while read -r name suites packages; do
	# shellcheck disable=SC2086 # a list of packages
	"$lab/deb/userland.sh" "$name" "$suites" $packages
done
# shellcheck disable=SC2046 # nothing, or one word
run_logged "$log/matrix-build.log" "$here/build.sh" $(grep -o el1_32bit "$plan" | sort -u) || {
	tail -n 20 "$log/matrix-build.log" >&2
	die "see $log/matrix-build.log"
}

awk -v run="$run" -v mode="$mode" -v as="$as" -f "$here/boots.awk" "$plan"

phase=
for wave in $(cut -d' ' -f1 "$plan" | sort -nu); do
	boots=$(awk -v w="$wave" '$1 == w { print $2 }' "$plan" | uniq)
	# All profiles are there: what could a guest have on each of these kernels?
	case $phase-$boots in
	save-restore*) "$here/feat.sh" baseline "$table" ;;
	esac
	phase=${boots%%-*}
	# shellcheck disable=SC2086 # a list of boots
	"$lab/boot/pool.sh" "${run##*/}" $boots || say "a boot did not come to its end: its cells will tell"
done

"$here/judge.sh" "$tier" "$table"
show()	# FORM
{
	awk -v as="$1" -v cpu="$cpu" -v machine="$machine" -v declared="$table" -v run="${run#"$top"/}" -v entries_file="$entries" -f "$here/outcomes.awk" \
		-f "$here/entries.awk" -f "$here/show.awk" "$run/outcomes"
}
show verdicts >>"$BUILD/verdict/matrix"
# The first complaint of each boot
for b in $(cut -d' ' -f2 "$plan" | uniq); do
	complaint=$(tr -d '\r' <"$run/$b/console.log" | grep -aE -m 1 "^\[.*\] .*($splats)") ||
		continue
	verdict matrix fail "boot $b: the kernel complains" "$complaint"
done
[ "$tier" = story ] || "$here/feat.sh" judge "$table"
form=table
case $tier in
story)
	# What an operator sees of the kernels is the same on all machines
	[ "$table" != cells ] || "$here/feat.sh" session "$table"
	form=story
	;;
short)
	form=count
	;;
all)
	awk -v entries_file="$entries" -f "$here/outcomes.awk" -f "$here/entries.awk" \
		-f "$here/svg.awk" "$run/outcomes" >"$BUILD/report/${run##*/}.svg"
	say "in ${BUILD#"$top"/}/report: ${run##*/}.svg"
	;;
esac
show "$form" >"$run/report"
[ "${3:-}" = more ] || cat "$run/report"
grep '^fail' "$BUILD/verdict/matrix" | awk -F '\t' '{ print "not ok: " $2 ($3 == "" ? "" : ": " $3) }'
! grep -q '^fail' "$BUILD/verdict/matrix"
