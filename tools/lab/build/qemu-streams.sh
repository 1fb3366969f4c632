#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu-streams.sh STOCK PATCHED SOURCE FOLDER: does a guest move between two builds of
# QEMU, with the same machine type? They run here, by emulation. All of virt's machine
# types from 10.0 on are tried, each from either build to either. "form" is whether the
# stream's own description, as SOURCE/scripts/analyze-migration.py prints it, is the same.
# What was saved and said is left in FOLDER. Fails if a guest does not move, or a form differs.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

[ $# = 4 ] || die "usage: ${0##*/} STOCK PATCHED SOURCE FOLDER"
stock=$1 patched=$2 source=$3 work=$4
oldest=10.0
limit=180	# seconds, for one of them to save or to restore
failed=

# No program of a guest's: the vCPUs run into exceptions, which is state enough
qemu()	# PROGRAM MACHINE CPU ARGUMENTS...
{
	program=$1 machine=$2 cpu=$3
	shift 3
	exec "$program" -M "$machine" -cpu "$cpu" -accel tcg -smp 2 -m 64 -nodefaults -nic none \
		-display none -serial none -monitor stdio "$@"
}

# talk FOLDER COMMAND PATTERN: until the monitor has said so. A QEMU that gives up is no
# longer there to be told.
talk()
{
	until grep -q "$3" "$1/out"; do
		kill -0 "$pid" 2>/dev/null && [ "$(date +%s)" -lt "$end" ] || return 1
		echo "$2" >&9 2>/dev/null || return 1
		sleep 0.1
	done
}

# run FOLDER COMMAND PATTERN QEMU-ARGUMENTS...: start one, and do that
run()
(
	folder=$1 command=$2 pattern=$3
	shift 3
	rm -rf "$folder"
	mkdir -p "$folder"
	mkfifo "$folder/in"
	trap '' PIPE
	qemu "$@" <"$folder/in" >"$folder/out" 2>"$folder/errors" &
	pid=$!
	exec 9>"$folder/in"
	end=$(($(date +%s) + limit))
	ok=0
	[ -z "$first" ] || echo "$first" >&9
	talk "$folder" "$command" "$pattern" || ok=1
	echo quit >&9 2>/dev/null || ok=1
	exec 9>&-
	[ "$ok" = 0 ] || kill "$pid" 2>/dev/null || true
	wait "$pid" || ok=1
	exit "$ok"
)

save()	# PROGRAM MACHINE CPU FOLDER
{
	first="migrate -d file:$4/state"
	run "$4" "info migrate" "Status:.*completed" "$1" "$2" "$3"
}

restore()	# PROGRAM MACHINE CPU FROM FOLDER
{
	first=
	run "$5" "info status" "VM status: running" "$1" "$2" "$3" -incoming "file:$4/state"
}

has()	# PROGRAM MACHINE
{
	"$1" -M help | grep -q "^$2 "
}

program()	# BUILD
{
	case $1 in
	stock) echo "$stock" ;;
	patched) echo "$patched" ;;
	esac
}

# move FROM TO MACHINE CPU: sets $outcome
move()
{
	from=$(program "$1")
	to=$(program "$2")
	folder=$work/$3-$4
	outcome=-
	if ! has "$from" "$3" || ! has "$to" "$3"; then
		return
	fi
	if [ ! -e "$folder/$1/state" ] && ! save "$from" "$3" "$4" "$folder/$1"; then
		outcome="not-saved"
	elif restore "$to" "$3" "$4" "$folder/$1" "$folder/$1-$2"; then
		outcome=moves
	else
		outcome=refused
	fi
	if [ "$outcome" != moves ]; then
		failed=1
		cat "$folder/$1/errors" "$folder/$1-$2/errors" >&2 2>/dev/null || true
	fi
}

form()	# STREAM
{
	python3 "$source/scripts/analyze-migration.py" -d desc -f "$1"
}

rm -rf "$work"
mkdir -p "$work"
machines=$("$patched" -M help | awk '$1 ~ /^virt-[0-9]/ { print $1 }' | sort -V |
	awk -v oldest="virt-$oldest" '$1 == oldest { on = 1 } on')
[ -n "$machines" ] || die "$patched has no virt-$oldest"
row='%-12s %-12s %-16s %-16s %-16s %-18s %s\n'
# shellcheck disable=SC2059 # the format of all rows
printf "$row" machine cpu "stock>stock" "stock>patched" "patched>stock" "patched>patched" form
for m in $machines; do
	for c in cortex-a57 max; do
		set --
		for pair in stock/stock stock/patched patched/stock patched/patched; do
			move "${pair%/*}" "${pair#*/}" "$m" "$c"
			set -- "$@" "$outcome"
		done
		same=-
		if [ -e "$work/$m-$c/stock/state" ]; then
			same=same
			form "$work/$m-$c/stock/state" >"$work/$m-$c/stock.form"
			form "$work/$m-$c/patched/state" >"$work/$m-$c/patched.form"
			if ! cmp -s "$work/$m-$c/stock.form" "$work/$m-$c/patched.form"; then
				same=differs
				failed=1
			fi
		fi
		# shellcheck disable=SC2059 # the format of all rows
		printf "$row" "$m" "$c" "$@" "$same"
	done
done
[ -z "$failed" ] || die "a guest does not move, or a form differs: see $work"
