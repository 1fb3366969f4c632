#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# speed.sh: how long does somebody wait who works on the series? Wall time of a
# cold and a warm "make check", and from a one-line edit to a green test, in a
# build folder of its own, with all downloads. Writes build/report/speed.txt;
# fails if something is not green, or slower than the targets below. A cold check may
# take what it does on two slow processors, where one kernel takes 19 minutes. A warm
# check has no target: it is what the emulator takes for the tests, and more with each
# of them.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

work=$BUILD/speed
table=$BUILD/report/speed.txt
mkdir -p "$BUILD/report"
rm -rf "$work"
: >"$table.part"
missed=0

# take NAME TARGET MAKE-ARGUMENTS...: TARGET in seconds, or - for none
take()
{
	name=$1 target=$2
	shift 2
	out=$log/speed-$(echo "$name" | tr ' ' -).log
	progress "measuring: $name"
	began=$(date +%s)
	env -u MAKEFLAGS -u MAKELEVEL -u LAB_START make -C "$top" BUILD="$work" "$@" >"$out" 2>&1 || {
		tail -n 20 "$out" >&2
		die "not green, so that there is nothing to measure: $name, see $out"
	}
	took=$(($(date +%s) - began))
	verdict=ok
	[ "$target" = - ] || [ "$took" -lt "$target" ] || { verdict="not ok"; missed=1; }
	{
		case $target in
		-) echo "$name: $took s" ;;
		*) echo "$verdict $name: $took s, target below $target s" ;;
		esac
		# Each line of the lab's tells that a step has ended.
		awk '/^\[ *[0-9]+:[0-9][0-9]\] / {
				split(substr($0, 2, index($0, "]") - 2), t, ":")
				now = t[1] * 60 + t[2]
				if (now - last >= 5)
					printf "    %4d s  %s\n", now - last, substr($0, index($0, "]") + 2)
				last = now
			}' "$out"
	} >>"$table.part"
	say "$(tail -n 1 "$out"), $name: $took s"
}

# One line more in a file, so that its object is another one
edit()	# FILE
{
	echo "static const char lab_edit[] __attribute__((used)) = \"$(date +%s)\";" >>"$work/tree/$1"
}

restore()
{
	git -C "$work/tree" checkout -q -- "$1"
}

take "cold make check" 3000 check
take "warm make check" - check
file=arch/arm64/kvm/hcid.c
edit "$file"
take "edit of a kernel file to green test" 60 run TEST=arm64/hcid
restore "$file"
take "the same undone" 60 run TEST=arm64/hcid
file=tools/testing/selftests/kvm/arm64/hcid.c
edit "$file"
take "edit of a selftest to green test" 20 run TEST=arm64/hcid
restore "$file"
{
	echo "The lab on $(nproc) processors, wall time; steps of 5 s and more:"
	cat "$table.part"
} >"$table"
rm -f "$table.part"
cat "$table"
rm -rf "$work"
exit "$missed"
