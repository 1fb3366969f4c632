#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# history.sh [-m MODE,...] [KERNEL...]: boot each kernel of the table on each of
# history/machines, or those that are named, and tell what changed for a guest from one to
# the next: build/report/history.{txt,svg}. Kernels as shipped that the mirror does not
# have are skipped, by name.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

here=$lab/history
run=$BUILD/run/history
product=$(kernel_with product)
report=$BUILD/report
only=
while getopts m: o; do
	case $o in
	m) only=$OPTARG ;;
	*) die "usage: ${0##*/} [-m MODE,...] [KERNEL...]" ;;
	esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2046 # a list of kernels
[ $# -gt 0 ] || set -- $(for k in $(kernels_but part); do
	[ "$(field "$k" role)" = stable ] || echo "$k"
done)

rm -rf "$run"
mkdir -p "$run" "$report"
"$lab/series/tree.sh" "$product" "$@"
"$lab/build/kernel.sh" "$product"
"$lab/guest/initramfs.sh"
run_logged "$log/matrix-build.log" "$lab/migrate/build.sh" || {
	tail -n 20 "$log/matrix-build.log" >&2
	die "see $log/matrix-build.log"
}
skipped=
had=
for k; do
	if [ "$k" = "$product" ] || "$lab/build/kernel.sh" image "$k" 2>"$run/why"; then
		had="$had $k"
	elif [ $? = 3 ]; then
		skipped="$skipped $k"
		say "kernel $k is skipped: $(cut -c 1-200 "$run/why")"
	else
		cat "$run/why" >&2
		die "kernel $k cannot be made"
	fi
done
had=${had# }
vcpu=$(rows vmms | awk '$1 == "hcid_vmm" { print $3 }')
awk -v kernels="$had" -v vcpu="$vcpu" -v only="$only" -f "$here/plan.awk" "$here/machines" | sort -s -k1,1n -k2,2 >"$run/plan"
[ -s "$run/plan" ] || die "history/machines has no $only: nothing ran"

awk -v run="$run" -f "$lab/migrate/boots.awk" "$run/plan"
for wave in $(cut -d' ' -f1 "$run/plan" | sort -nu); do
	# shellcheck disable=SC2046 # a list of boots
	"$lab/boot/pool.sh" history $(awk -v w="$wave" '$1 == w { print $2 }' "$run/plan" | uniq) ||
		say "a boot did not come to its end: the history will tell"
done

# shellcheck disable=SC2086 # a list of kernels
"$here/judge.sh" $had
show()	# PROGRAM
{
	awk -v skipped="${skipped# }" -f "$here/changes-in.awk" -f "$here/$1.awk" "$run/changes"
}
show show >"$report/history.txt"
show svg >"$report/history.svg"
cat "$report/history.txt"
say "in ${report#"$top"/}: history.txt, history.svg"
