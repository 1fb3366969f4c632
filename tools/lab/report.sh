#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# report.sh: tell all verdicts in build/verdict/ (see verdict() in lib.sh). The last
# line is "N passed, N failed, N skipped"; fails if anything failed, or nothing ran.
# report.sh again: before that, what state things are in.
# report.sh NAME COMMAND: with SAVE=1, the figures also go to results/NAME, with the date
# and the command; documents quote these. The table at the end of results/README.md is made
# of these files' first lines.

lab=$(dirname "$0")
. "$lab/lib.sh"

state()
{
	. "$lab/series/lib.sh"
	t=$(tree_of "$product")
	if is_whole "$product"; then
		echo "base: $(git -C "$t" config lab.base)"
		echo "build/tree: $(git -C "$t" symbolic-ref -q --short HEAD || echo "no branch"), at $(checked_out "$t")"
		work=$(unexported)
		echo "not exported: ${work:-nothing}"
	fi
	for f in "$BUILD"/*/obj/vmlinux; do
		[ ! -e "$f" ] || echo "$f"
	done | sed "s,^$BUILD/\(.*\)/obj/vmlinux,\1," | paste -sd' ' | sed 's/^/kernels built: /'
	flock -n "$BUILD/lock" true 2>/dev/null || echo "at work: $(cat "$BUILD/lock")"
	echo "free for ${BUILD#"$top"/}: $(df -h --output=avail "$BUILD" | sed 1d | tr -d ' ')"
	[ ! -d "$BUILD/report" ] || find "$BUILD/report" -type f -printf 'drawn %TY-%Tm-%Td %TH:%TM: %p\n' | sort -k4
	[ ! -d "$BUILD/verdict" ] || echo "judged $(date -r "$BUILD/verdict" '+%Y-%m-%d %H:%M'):"
}
counts()
{
	for f in "$BUILD/verdict"/*; do
		awk -F '\t' -v part="${f##*/}" '{ n[$1]++ } END { printf "%s: %d passed, %d failed, %d skipped\n", part, n["pass"], n["fail"], n["skip"] }' "$f"
	done
}

save()	# NAME COMMAND
{
	mkdir -p "$lab/results"
	if commit=$(git -C "$top" log -1 --format=%h 2>/dev/null); then
		# "+": with changes that are in no commit
		git -C "$top" diff --quiet HEAD -- . ":!$lab/results" || commit=$commit+
	else
		commit="no repository"
	fi
	{
		echo "\$ $2"
		echo "$(date +%Y-%m-%d), $commit, $(nproc) processors, $(elapsed | tr -d ' ') minutes"
		counts
		of=$BUILD/report/${1#check-}.txt
		[ ! -e "$of" ] || { echo; cat "$of"; }
	} >"$lab/results/$1"
	index
}

# What is below the line "recorded" in results/README.md
index()
{
	readme=$lab/results/README.md
	[ -e "$readme" ] || return 0
	{
		sed '/^<!-- recorded/q' "$readme"
		printf '\n| file | command | date | commit | min:s | passed | failed | skipped |\n'
		echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
		# shellcheck disable=SC2016 # of Markdown
		find "$lab/results" -type f ! -name README.md | LC_ALL=C sort | xargs awk -F ', ' '
			function tell() {
				if (told)
					print row, n[1], "|", n[2], "|", n[3], "|"
				told = 0
			}
			FNR == 1 { tell() }
			FNR == 1 && /^\$ / {
				told = 1
				file = FILENAME
				sub(/.*\//, "", file)
				row = "| `" file "` | `" substr($0, 3) "` |"
				n[1] = n[2] = n[3] = 0
			}
			told && FNR == 2 { sub(/ minutes$/, "", $4); row = row " " $1 " | " $2 " | " $4 " |" }
			/: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
				sub(/.*: /, "")
				for (i = 1; i <= 3; i++) {
					sub(/ .*/, "", $i)
					n[i] += $i
				}
			}
			FNR > 2 && /^$/ { tell() }
			END { tell() }'
	} >"$readme.new"
	mv "$readme.new" "$readme"
}

case ${1:-} in
again) (state) ;;
?*) [ "${SAVE:-0}" != 1 ] || save "$@" ;;
esac

red='' plain=''
if watched; then
	red=$(printf '\033[31m') plain=$(printf '\033[m')
fi
cat "$BUILD/verdict"/* 2>/dev/null | awk -F '\t' -v red="$red" -v plain="$plain" '
	$1 == "pass" { passed++ }
	$1 == "skip" {
		# The boots, say, in which a test was skipped for the same reason
		skipped++
		what = $2
		sub(/^[^ ]* /, "", what)
		where = $2 == what ? "" : substr($2, 1, length($2) - length(what) - 1)
		key = what ": " $3
		if (!(key in skips))
			order[++ns] = key
		skips[key] = skips[key] " " where
	}
	$1 == "fail" { fails[++nf] = $2 ": " $3 }
	$1 !~ /^(pass|skip|fail)$/ { fails[++nf] = "no verdict: " $0 }
	END {
		if (ns)
			print "\nskipped:"
		for (i = 1; i <= ns; i++)
			print "  " order[i] " [" substr(skips[order[i]], 2) "]"
		if (nf)
			print "\nfailed:"
		for (i = 1; i <= nf; i++)
			print "  " red fails[i] plain
		printf "\n%d passed, %d failed, %d skipped\n", passed, nf, skipped
		exit (nf || !passed)
	}'
