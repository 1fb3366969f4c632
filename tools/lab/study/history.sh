#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# history.sh [plan|judge] [-m MACHINE,...] [KERNEL...]: boot each kernel of the table on each of
# tables/history, or those that are named, and tell what changed for a guest from one to
# the next: build/report/history.{txt,svg}. Kernels as shipped that the mirror does not
# have are skipped, by name.
#
# kvm_feat dumps the registers of several kinds of vCPUs, and a guest of hcid_vmm makes its
# record. Then guests move between neighbouring kernels: to the newer one, back to the older
# one, and back with the older profile. history/changes.awk writes a line for each change:
# which move it breaks, and how the rule handles it, as seen on the guest that moved.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=history
here=$lab/history
only=
while getopts m: o; do
	case $o in
	m) only=$OPTARG ;;
	*) die "usage: ${0##*/} [plan|judge] [-m MACHINE,...] [KERNEL...]" ;;
	esac
done
shift $((OPTIND - 1))
wanted=${*:-$(for k in $(kernels_but part); do
	[ "$(field "$k" role)" = stable ] || echo "$k"
done)}

# What there is to compare is known when the kernels are there
plan()
{
	new_run history
	had=
	for k in $wanted; do
		if ! is_binary "$k" || "$lab/build/kernel.sh" image "$k" 2>"$run/why"; then
			had="$had $k"
		elif [ $? = 3 ]; then
			echo "$k" >>"$run/skipped"
			say "kernel $k is skipped: $(cut -c 1-200 "$run/why")"
		else
			cat "$run/why" >&2
			die "kernel $k cannot be made"
		fi
	done
	echo "$had" >"$run/had"
	{
		echo "$heading"
		awk -v kernels="$had" -v vcpu="$(entry vmms hcid_vmm vcpu)" -v only="$only" \
			-f "$here/plan.awk" "$lab/tables/history" | sort -s -k1,1n -k2,2
	} >"$run/plan"
}

show()	# PROGRAM
{
	awk -v skipped="$(paste -sd' ' "$run/skipped" 2>/dev/null)" -f "$here/changes-in.awk" -f "$here/$1.awk" "$run/changes"
}

judge()
{
	run=$BUILD/run/history
	report=$BUILD/report
	mkdir -p "$report"
	# shellcheck disable=SC2046 # a list of kernels
	"$here/judge.sh" $(cat "$run/had")
	show show >"$report/history.txt"
	show svg >"$report/history.svg"
	cat "$report/history.txt"
	verdict history pass history "$(tail -n 1 "$report/history.txt")"
	judge_boots history
	say "in ${report#"$top"/}: history.txt, history.svg"
}

study
