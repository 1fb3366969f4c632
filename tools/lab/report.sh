#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Judge what build/run/ holds: one verdict per line of the plan and per boot.
# The last line is "N passed, N failed, N skipped"; fails if anything failed.

lab=$(dirname "$0")
. "$lab/lib.sh"

run=$BUILD/run
results=$run/results
extra=$run/extra	# verdicts of the checks that need no boot

# How a test ended: ok, skip, not-ok, timeout, or lost (it never ended).
# Then the reason, if it gave one.
outcome()	# LOG
{
	[ -e "$1" ] || { echo "lost did not run"; return; }
	last=$(grep -E '^(not )?ok 1 selftests:' "$1" | tail -n 1)
	case $last in
	*'# SKIP'*)
		why=$(sed -n 's/^# .*SKIP[ :-]*//p' "$1" | head -n 1)
		# Some tests just say so, and exit.
		[ -n "$why" ] || why=$(sed -n 's/^# //p' "$1" |
			grep -vE '^(selftests:|overriding timeout|timeout set|Totals:|Random seed|[0-9]+ skipped test)' | tail -n 1)
		echo "skip ${why:-no reason given}"
		;;
	'ok 1 '*)
		echo "ok"
		;;
	*'# TIMEOUT'*)
		echo "timeout ${last##*# TIMEOUT }"
		;;
	'not ok '*)
		why=$(grep -E -A 3 'Test Assertion|not ok' "$1" | grep -v '^not ok 1 selftests' |
			sed 's/^# *//; s/ *[pt]id=[0-9]*//g' | tr -s '\n ' ' ' | cut -c 1-160)
		echo "not-ok ${last##*# } $why"
		;;
	*)
		echo "lost never ended"
		;;
	esac
}

rm -f "$run/again"
: >"$results"
while read -r id k m expect _ test args; do
	dir=$run/$k-$m
	seconds=$(awk '{ printf "%.1f", $2 - $1 }' "$dir/$id.time" 2>/dev/null || true)
	title=$test${args:+ $args}
	echo "$id $k-$m $expect $(echo "$title" | tr ' ' '~') ${seconds:--} $(outcome "$dir/$id.log")" >>"$results"
done <"$run/plan"

# Where O and N both ran a test whose output must not differ.
: >"$run/differs"
awk '$3 == "same-output" { print $1, $2 }' "$results" | while read -r id boot; do
	case $boot in
	O-*) continue ;;
	esac
	o=$run/O-${boot##*-}/$id.log
	n=$run/$boot/$id.log
	if [ ! -e "$o" ] || [ ! -e "$n" ]; then
		continue
	fi
	for f in "$o" "$n"; do
		grep -v '^# Random seed' "$f" >"$f.out"
	done
	if ! diff -u "$o.out" "$n.out" >"$run/$boot/$id.diff"; then
		echo "$id $boot" >>"$run/differs"
	fi
done

boots=$(cut -d' ' -f2 "$results" | uniq | awk '!seen[$1]++')
for b in $boots; do
	dir=$run/$b
	[ ! -d "$run/first/$b" ] || say "boot $b was repeated, see $run/first/$b/console.log" >&2
	[ ! -e "$dir/serror.log" ] || say "boot $b was started over after an SError, see $dir/serror.log" >&2
	if grep -aE '\[ *[0-9]+\.[0-9]{6}\].*('"$splats"')' "$dir/console.log" >"$dir/splats"; then
		in=$(awk '/^lab: begin/ { t = $4 }
			/'"$splats"'/ && /\[ *[0-9]+\.[0-9]+\]/ && !seen[t]++ { print t }' "$dir/console.log" |
			paste -sd , -)
		echo "splat $b ${in:-boot}: $(head -n 1 "$dir/splats")"
	elif [ -e "$dir/hung" ]; then
		echo "hung $b $(cat "$dir/hung")"
	elif ! grep -aq '^lab: done' "$dir/console.log"; then
		echo "lost $b the guest never came to its end"
	else
		echo "ok $b"
	fi
done >"$run/boots"
cat "${LAB_EXTRA:-/dev/null}" >"$extra"

awk -v run="${run#"$top"/}" -v suspects="$run/again" '
	FILENAME ~ /differs$/ { differs[$1, $2] = 1; next }
	FILENAME ~ /boots$/ {
		if ($1 == "ok") {
			passed++
		} else {
			failed++
			if ($1 == "splat")
				splat[$2] = substr($3, 1, length($3) - 1)
			else
				ours[$2]
			fails[++nf] = "boot " $2 ": " substr($0, index($0, $2) + length($2) + 1) "\n    see " run "/" $2 "/console.log"
		}
		next
	}
	FILENAME ~ /extra$/ {
		if ($1 == "ok") {
			passed++
		} else {
			failed++
			fails[++nf] = substr($0, length($1) + 2)
		}
		next
	}
	{
		id = $1; boot = $2; test = $4
		gsub(/~/, " ", test)	# the arguments
		why = ""
		for (i = 7; i <= NF; i++)
			why = why " " $i
		n++
		ids[n] = id; boots[n] = boot; expect[n] = $3; out[n] = $6; reason[n] = why
		took[n] = $5
		by[id, boot] = $6
		if (!(id in title)) {
			title[id] = test
			order[++rows] = id
			if (length(test) > width)
				width = length(test)
		}
		if (!(boot in column)) {
			column[boot] = 1
			head[++columns] = boot
		}
		seconds[id, boot] = $5
	}
	END {
		for (i = 1; i <= n; i++) {
			where = "    see " run "/" boots[i] "/" ids[i] ".log"
			what = boots[i] " " title[ids[i]] ": "
			mode = boots[i]
			sub(/.*-/, "", mode)
			onO = by[ids[i], "O-" mode]
			isO = boots[i] ~ /^O-/
			cell = out[i]
			if ((ids[i], boots[i]) in differs) {
				failed++
				ours[boots[i]]
				cell = "DIFFERS"
				fails[++nf] = what "prints something else than on O\n    see " run "/" boots[i] "/" ids[i] ".diff"
			} else if (expect[i] ~ /^same/ && !isO && onO != "" && onO != out[i]) {
				failed++
				again[boots[i]]
				cell = toupper(out[i])
				fails[++nf] = what "ends differently: " onO " on O, " out[i] " here" reason[i] "\n" where
			} else if (out[i] == "ok") {
				passed++
			} else if (out[i] == "skip") {
				if (expect[i] == "ok") {
					failed++
					ours[boots[i]]
					cell = "SKIP"
					fails[++nf] = what "skipped, must not:" reason[i] "\n" where
				} else {
					skipped++
					skips[title[ids[i]] ":" reason[i]] = skips[title[ids[i]] ":" reason[i]] " " boots[i]
				}
			} else if (out[i] != "lost" && expect[i] ~ /^same/ && (isO || onO == out[i])) {
				# It is the base that fails here, and N is no different.
				skipped++
				skips[title[ids[i]] ": fails on O," reason[i]] = skips[title[ids[i]] ": fails on O," reason[i]] " " boots[i]
				cell = "as-O"
			} else {
				failed++
				ours[boots[i]]
				cell = toupper(out[i])
				fails[++nf] = what out[i] reason[i] "\n" where
			}
			shown[ids[i], boots[i]] = cell
		}
		printf "\n%-*s", width, "test"
		for (c = 1; c <= columns; c++)
			printf "  %-12s", head[c]
		print ""
		for (r = 1; r <= rows; r++) {
			line = sprintf("%-*s", width, title[order[r]])
			for (c = 1; c <= columns; c++) {
				cell = shown[order[r], head[c]]
				s = seconds[order[r], head[c]]
				line = line sprintf("  %-12s", cell == "" ? "" : cell (s == "-" ? "" : " " s "s"))
			}
			sub(/ *$/, "", line)
			print line
		}
		fflush()
		first = 1
		for (s in skips) {
			if (first) {
				print "\nskipped:"
				fflush()
			}
			first = 0
			print "  " s " [" substr(skips[s], 2) "]" | "sort"
		}
		close("sort")
		# The boots in which tests of upstream went wrong, and nothing else
		for (i = 1; i <= n; i++) {
			name = title[ids[i]]
			sub(/ .*/, "", name)
			if (expect[i] ~ /^same/)
				upstream[name]
		}
		for (b in splat) {
			again[b]
			m = split(splat[b], during, ",")
			for (i = 1; i <= m; i++)
				if (!(during[i] in upstream))
					ours[b]
		}
		for (b in again)
			if (!(b in ours))
				print b >suspects
		if (nf)
			print "\nfailed:"
		for (i = 1; i <= nf; i++)
			print "  " fails[i]
		printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit (failed || !passed)
	}' "$run/differs" "$run/boots" "$extra" "$results"
