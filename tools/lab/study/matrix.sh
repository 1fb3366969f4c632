#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# matrix.sh [plan|judge] [all|short|story|debug [TABLE]]: save guests on each kernel, restore
# them on each other, and see what becomes of them. What is tried, and how it should end, is
# declared in cells and, on other machines, cells.MACHINE. Fails if a cell ends otherwise.
#
# all		all tables, or the one that is named, and build/report/matrix*.svg
# short		the cells of the default "make check"
# story		four lines for each machine on what the series is for, and kvm_feat on the
#		same kernels
# debug		the cells of "make check TIER=debug", with build/kasan.config in the product
#
# The report of several tables begins with how many cells of each have ended how; it is
# build/report/matrix.txt, or matrix-MACHINE.txt if a table is named. What kvm_feat makes of
# these kernels is compared with it: see migrate/feat.sh.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=matrix
tier=${1-all}
case $tier in
all|short|story|debug) ;;
*) die "usage: ${0##*/} [plan|judge] [all|short|story|debug [TABLE]]" ;;
esac
# All tables take hours, so that the figures of each can be kept by itself
saved=matrix
if [ -n "${2:-}" ]; then
	table=$2
	(cd "$lab/tables" && printf '%s\n' cells*) | grep -qxF -e "$table" ||
		die "TABLE= is one of the cells* in tools/lab/tables, not '$table'"
	. "$lab/migrate/table.sh"
	saved=matrix-$machine
	command="make study NAME=matrix TABLE=$2"
fi

tables=$(cd "$lab/tables" && for t in ${2:-cells*}; do
	case $tier in
	short) mark='*' ;;
	story) mark='!' ;;
	debug) mark='^' ;;
	*) mark= ;;
	esac
	! rows "$t" | grep -qF "$mark" || echo "$t"
done)

plan()
{
	for table in $tables; do
		. "$lab/migrate/table.sh"
		new_run "${run##*/}"
		{ echo "$heading"; "$lab/migrate/plan.sh" "$tier" "$table"; } >"$run/plan"
	done
}

show()	# FORM
{
	awk -v as="$1" -v cpu="$cpu" -v where="$where" -v declared="$declared" -v run="${run#"$top"/}" -v entries_file="$entries" \
		-f "$lab/migrate/outcomes.awk" -f "$lab/migrate/entries.awk" -f "$lab/migrate/show.awk" "$run/outcomes"
}

judge()
{
	reports=
	mkdir -p "$BUILD/report"
	for table in $tables; do
		. "$lab/migrate/table.sh"
		# The entries of QEMU's table go by cells of "cells"
		entries=$lab/tables/entries
		[ "$table" = cells ] || entries=/dev/null
		"$lab/migrate/judge.sh" "$tier" "$table"
		show verdicts >>"$BUILD/verdict/matrix"
		judge_boots "${run##*/}"
		form=table
		case $tier in
		story)
			# What an operator sees of the kernels is the same on all machines
			[ "$table" != cells ] || "$lab/migrate/feat.sh" session "$table"
			form=story
			;;
		short)
			form=count
			;;
		all)
			awk -v entries_file="$entries" -f "$lab/migrate/outcomes.awk" -f "$lab/migrate/entries.awk" \
				-f "$lab/migrate/svg.awk" "$run/outcomes" >"$BUILD/report/${run##*/}.svg"
			say "in ${BUILD#"$top"/}/report: ${run##*/}.svg"
			;;
		esac
		[ "$tier" = story ] || "$lab/migrate/feat.sh" judge "$table"
		show "$form" >"$run/report"
		reports="$reports $run/report"
	done
	# shellcheck disable=SC2086 # a list of files
	{
		case $tier in
		story) cat $reports ;;
		short) head -qn 1 $reports ;;
		*)
			[ "$reports" = " $run/report" ] || head -qn 1 $reports
			cat $reports
			;;
		esac
	} | tee "$BUILD/report/$saved.txt"
}

study
