#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# programs.sh PLAN: compile the tests of a plan (see plan.awk) that are the lab's own. In
# the table they are called lab/NAME; NAME.c is here.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

for name in $(awk '$8 ~ /^lab\// { print substr($8, 5) }' "$1" | sort -u); do
	run_logged "$log/$name.log" "$lab/build/program.sh" "$share/test/$name" "$lab/test/$name.c" || {
		tail -n 20 "$log/$name.log" >&2
		die "$name does not build, see $log/$name.log"
	}
done
