#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# pool.sh RUN BOOT...: boot build/run/RUN/BOOT for each, BOOTS of them side by side,
# and look after them. Those that took longest last time go first, the others fit in
# beside them; those that are new go by the number of their jobs.
#
# A guest that has been at one job for 30 s longer than the job's limit is stopped,
# and so is one that has not begun the first one for 120 s: the file "hung" says so.
# The time that it has been kept from the processors by others is not held against it.
# "seconds" has how long a boot took. Fails unless every guest came to its end.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build
"$lab/boot/emulator.sh" >/dev/null

run=$BUILD/run/$1
name=$1
shift
times=$BUILD/boot-times
touch "$times"
pids=
failed=0
started=

# shellcheck disable=SC2317 # it is for the traps
stop()
{
	trap - EXIT INT TERM HUP
	clear_progress
	for p in $pids; do
		kill "$p" 2>/dev/null || true
	done
	wait
	exit "$1"
}
trap 'stop 130' INT TERM HUP
trap 'stop $?' EXIT

hung()	# FOLDER
{
	if [ -e "$1/now" ]; then
		read -r id <"$1/now" || return 1
		since=$(stat -c %Y "$1/now")
		allowed=$(awk -v id="$id" '$1 == id { print $2 + 30; exit }' "$1/jobs")
	elif [ -e "$1/initramfs.cpio" ]; then
		# It cannot say how far it is
		since=$(stat -c %Y "$1/pid")
		allowed=$(awk '{ s += $2 } END { print s + 120 }' "$1/jobs")
	else
		since=$(stat -c %Y "$1/pid")
		allowed=120
	fi
	excess=$(($(date +%s) - since - ${allowed:-120}))
	[ "$excess" -gt 0 ] && [ "$excess" -gt "$(kept "$(cat "$1/pid")")" ]
}

# Seconds that a process was ready to run while others ran, as the kernel counts them
# (Documentation/scheduler/sched-stats.rst); of its threads, the one that waited longest
kept()	# PID
{
	cat /proc/"$1"/task/*/schedstat 2>/dev/null | awk '$2 > ns { ns = $2 } END { print int(ns / 1e9) }'
}

# Look after the running boots; leaves the number of them in $running.
tend()
{
	running=0
	line=
	for b in $started; do
		dir=$run/$b
		[ ! -e "$dir/seconds" ] || continue
		pid=$(cat "$dir/pid")
		alive=
		! kill -0 "$pid" 2>/dev/null || alive=yes
		# Behind that: one that has come to its end says no more
		total=$(wc -l <"$dir/jobs")
		ended=$(grep -ac '^lab: end ' "$dir/console.log" 2>/dev/null) || ended=${ended:-0}
		if [ -n "$alive" ]; then
			running=$((running + 1))
			line="$line  $b $ended of $total"
			if hung "$dir"; then
				echo "hung in job $(cat "$dir/now" 2>/dev/null || echo '(boot)')" >"$dir/hung"
				kill "$pid" || true
			fi
		else
			wait "$pid" || failed=1
			seconds=$(($(date +%s) - $(stat -c %Y "$dir/pid")))
			echo "$seconds" >"$dir/seconds"
			grep -v "^$name/$b " "$times" >"$times.new" || true
			echo "$name/$b $seconds" >>"$times.new"
			mv "$times.new" "$times"
			say "boot $b: $ended of $total jobs done, $seconds s"
		fi
	done
	progress "$name:$line"
}

by_length()
{
	for b; do
		last=$(awk -v b="$name/$b" '$1 == b { print $2 }' "$times")
		echo "${last:-$((3 * $(wc -l <"$run/$b/jobs")))} $b"
	done | sort -k1,1nr -k2 | cut -d' ' -f2
}

for new in $(by_length "$@"); do
	tend
	while [ "$running" -ge "$BOOTS" ]; do
		sleep 0.5
		tend
	done
	# What an earlier boot has left there says nothing of this one.
	rm -f "$run/$new"/*.time "$run/$new/now" "$run/$new/hung" "$run/$new/seconds"
	setpriv --pdeathsig TERM "$lab/boot/qemu.sh" "$name" "$new" &
	echo $! >"$run/$new/pid"
	pids="$pids $!"
	started="$started $new"
done
tend
while [ "$running" -gt 0 ]; do
	sleep 0.5
	tend
done
pids=
trap - EXIT INT TERM HUP
clear_progress
exit "$failed"
