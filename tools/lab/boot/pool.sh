#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# pool.sh RUN/BOOT...: boot build/run/RUN/BOOT for each, BOOTS of them side by side,
# and look after them. Those that took longest last time go first, the others fit in
# beside them; those that are new go by the number of their jobs.
#
# A host that has been at one job for 30 s longer than the job's limit is stopped,
# and so is one that has not begun the first one for 120 s: the file "hung" says so.
# The time that it has been kept from the processors by others is not held against it,
# nor is that in which all slept: time is the pool's own ticks, of which "since" has the
# first at this job.
# "seconds" has how long a boot took. Fails unless every host came to its end.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build
"$lab/boot/emulator.sh" >/dev/null

run=$BUILD/run
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
	id=
	if [ -e "$1/now" ]; then
		read -r id <"$1/now" || return 1
		allowed=$(awk -v id="$id" '$1 == id { print $2 + 30; exit }' "$1/jobs")
	elif [ -e "$1/initramfs.cpio" ]; then
		# It cannot say how far it is
		allowed=$(awk '{ s += $2 } END { print s + 120 }' "$1/jobs")
	else
		allowed=120
	fi
	read -r since at <"$1/since" || true
	if [ "$at" != "$id" ]; then
		since=$ticks
		echo "$since $id" >"$1/since"
	fi
	excess=$(((ticks - since) / 2 - ${allowed:-120}))
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
	# Whoever began all this has been killed: nobody reads what comes of it
	kill -0 "${LAB_PID:-$$}" 2>/dev/null || exit 130
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
			grep -v "^$b " "$times" >"$times.new" || true
			echo "$b $seconds" >>"$times.new"
			mv "$times.new" "$times"
			say "boot $b: $ended of $total jobs done, $seconds s"
		fi
	done
	left=$((estimate - ticks / 2))
	progress "boots:$line$([ "$left" -le 0 ] || printf '  %d:%02d left' $((left / 60)) $((left % 60)))"
}

by_length()	# RUN/BOOT...: and how long each takes
{
	for b; do
		last=$(awk -v b="$b" '$1 == b { print $2 }' "$times")
		echo "${last:-$((3 * $(wc -l <"$run/$b/jobs")))} $b"
	done | sort -k1,1nr -k2
}

order=$(by_length "$@")
estimate=$(echo "$order" | awk -v boots="$BOOTS" '
	{ sum += $1; if ($1 > most) most = $1 }
	END { print int(sum > most * boots ? sum / boots : most) }')

ticks=0
tick()
{
	sleep 0.5
	ticks=$((ticks + 1))
	tend
}

for new in $(echo "$order" | cut -d' ' -f2); do
	tend
	while [ "$running" -ge "$BOOTS" ]; do
		tick
	done
	# What an earlier boot has left there says nothing of this one.
	rm -f "$run/$new"/*.time "$run/$new/now" "$run/$new/hung" "$run/$new/seconds"
	echo "$ticks" >"$run/$new/since"
	setpriv --pdeathsig TERM "$lab/boot/qemu.sh" "${new%/*}" "${new##*/}" &
	echo $! >"$run/$new/pid"
	pids="$pids $!"
	started="$started $new"
done
tend
while [ "$running" -gt 0 ]; do
	tick
done
pids=
trap - EXIT INT TERM HUP
clear_progress
exit "$failed"
