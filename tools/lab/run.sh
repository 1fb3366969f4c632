#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [-t TIERS] [-k KERNEL] [-m MODE] [-n TEST] [-a ARGUMENTS] [-l LIMIT]
#
# Boot what the table of tests asks for and judge the results. One boot runs
# all the tests of a kernel in a mode; BOOTS of them run side by side.
# With -n and a test that the table lacks (or with -a), just that test is run.

lab=$(dirname "$0")
. "$lab/lib.sh"

tiers=default kernel='' mode='' name='' args='' limit=''
while getopts t:k:m:n:a:l: o; do
	case $o in
	t) tiers=$OPTARG ;;
	k) kernel=$OPTARG ;;
	m) mode=$OPTARG ;;
	n) name=$OPTARG ;;
	a) args=$OPTARG ;;
	l) limit=$OPTARG ;;
	*) die "usage: ${0##*/} [-t TIERS] [-k KERNEL] [-m MODE] [-n TEST] [-a ARGUMENTS] [-l LIMIT]" ;;
	esac
done

run=$BUILD/run
boots=${BOOTS:-$(nproc)}
rm -rf "$run"
mkdir -p "$run"

# One line per test to run: ID KERNEL MODE EXPECT LIMIT TEST ARGUMENTS
if [ -n "$name" ] && [ -n "$kernel" ]; then
	echo "1 $kernel ${mode:-vhe} ok ${limit:-120} $name $args" >"$run/plan"
else
	awk -v tiers=",$tiers," -v kernel="$kernel" -v mode="$mode" -v name="$name" '
		/^#/ || NF < 6 || !index(tiers, "," $4 ",") { next }
		name != "" && $1 != name { next }
		{
			id++
			args = ""
			for (i = 7; i <= NF; i++)
				args = args " " $i
			nk = split($2, k, ",")
			nm = split($3, m, ",")
			for (i = 1; i <= nk; i++)
				for (j = 1; j <= nm; j++)
					if ((kernel == "" || kernel == k[i]) && (mode == "" || mode == m[j]))
						print id, k[i], m[j], $5, $6, $1 args
		}' "$lab/tests" >"$run/plan"
fi
[ -s "$run/plan" ] || die "the table of tests has nothing for that: nothing ran"

guard_boots

# A guest that has been at one test for longer than the test's limit is hung.
hung()	# FOLDER
{
	if [ -e "$1/now" ]; then
		read -r id <"$1/now" || return 1
		since=$(stat -c %Y "$1/now")
		allowed=$(awk -v id="$id" '$1 == id { print $3 + 30; exit }' "$1/rows")
	else
		since=$(stat -c %Y "$1/pid")
		allowed=90
	fi
	[ $(($(date +%s) - since)) -gt "${allowed:-90}" ]
}

# Look after the running boots; leaves the number of them in $running.
tend()
{
	running=0
	line=
	for b in $started; do
		dir=$run/$b
		total=$(wc -l <"$dir/rows")
		done=$(find "$dir" -name '*.time' | wc -l)
		pid=$(cat "$dir/pid")
		if kill -0 "$pid" 2>/dev/null; then
			running=$((running + 1))
			line="$line  $b $done of $total"
			if hung "$dir"; then
				echo "lab: hung in test $(cat "$dir/now" 2>/dev/null || echo '(boot)')" >>"$dir/hung"
				kill "$pid"
			fi
		elif [ ! -e "$dir/ended" ]; then
			touch "$dir/ended"
			echo "$b $(($(date +%s) - $(stat -c %Y "$dir/pid")))" >>"$run/times"
			say "boot $b: $done of $total tests done"
		fi
	done
	progress "booted:$line"
}

# The boots that took longest last time first: the others fit in beside them. If
# there was none, those with most tests.
touch "$BUILD/boot-times"
started=
for next in $(awk 'FILENAME ~ /boot-times$/ { last[$1] = $2; next }
		{ n[$2 "-" $3]++ }
		END { for (b in n) print (b in last ? last[b] : 3 * n[b]), b }' "$BUILD/boot-times" "$run/plan" |
		sort -k1,1nr -k2 | cut -d' ' -f2); do
	folder=$run/$next
	mkdir -p "$folder"
	awk -v b="$next" '$2 "-" $3 == b {
		line = $1 " " $6 " " $5
		for (i = 7; i <= NF; i++)
			line = line " " $i
		print line
	}' "$run/plan" >"$folder/rows"
	while tend && [ "$running" -ge "$boots" ]; do
		sleep 0.5
	done
	setpriv --pdeathsig TERM "$lab/boot.sh" "${next%-*}" "${next##*-}" "$folder" 7200 &
	echo $! >"$folder/pid"
	pids="$pids $!"
	started="$started $next"
done
while tend && [ "$running" -gt 0 ]; do
	sleep 0.5
done
boots_done
[ "$tiers" != default ] || [ -n "$kernel$mode$name" ] || cp "$run/times" "$BUILD/boot-times"

# Upstream's tests go wrong now and then under emulation, where the series has no
# part: vgic_irq died of it once, with a warning in kvm_vcpu_load_debug(). Such a
# boot is repeated, once, and the report says so; what fails twice has failed. The
# series' own tests have one chance.
if "$lab/report.sh" >"$run/report" 2>&1 || [ ! -s "$run/again" ]; then
	again=
else
	again=$(cat "$run/again")
fi
for b in $again; do
	say "boot $b: again, for what went wrong in a test of upstream's"
	mkdir -p "$run/first"
	mv "$run/$b" "$run/first/"
	mkdir "$run/$b"
	cp "$run/first/$b/rows" "$run/$b/"
	guard_boots
	setpriv --pdeathsig TERM "$lab/boot.sh" "${b%-*}" "${b##*-}" "$run/$b" 1200 &
	pids=$!
	wait "$pids" || true
	boots_done
done

"$lab/report.sh"
