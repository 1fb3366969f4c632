#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# live-update.sh [plan|judge]: guests are saved, their host goes on with another kernel by
# kexec, and they are restored: do they see a difference? What is tried, and how it should
# end, is declared in the table live-updates. Fails if one ends otherwise.
#
# Each path of kernels is a boot. The first kernel saves the guests in the host's folder. The
# job "kexec" starts the next kernel with lab.after=ID on its command line, and that one does
# the jobs that are left. The releases that the kernels print must be the path.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=live-update
table=live-updates
. "$lab/migrate/table.sh"

plan()
{
	new_run live-update
	mkdir -p "$run/guests"
	{ echo "$heading"; "$lab/migrate/plan.sh" all "$table"; } >"$run/plan"
}

release_of()	# KERNEL
{
	if is_binary "$1"; then
		cat "$BUILD/$1/release"
	else
		cat "$(obj_of "$1")/include/config/kernel.release"
	fi
}

judge()
{
	# Was each kernel that of the path?
	for b in $(awk '$8 == "kexec" { print $2 }' "$run/plan" | uniq); do
		was=pass
		ran "$b" >"$run/$b/ran"
		while read -r k release; do
			[ "$release" = "$(release_of "$k")" ] || was=fail
		done <"$run/$b/ran"
		verdict live-update "$was" "host $b: Linux $(cut -d' ' -f2 "$run/$b/ran" | paste -sd, - | sed 's/,/, then /g')"
	done
	"$lab/migrate/judge.sh" all "$table"
	for form in table verdicts; do
		awk -v as="$form" -v cpu="$cpu" -v where=" by kexec" -v declared="$declared" -v run="${run#"$top"/}" -v entries_file=/dev/null \
			-f "$lab/migrate/outcomes.awk" -f "$lab/migrate/entries.awk" -f "$lab/migrate/show.awk" "$run/outcomes" >"$run/$form"
	done
	cat "$run/verdicts" >>"$BUILD/verdict/live-update"
	judge_boots live-update
	cat "$run/table"
}

study
