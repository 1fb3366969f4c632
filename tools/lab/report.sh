#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# report.sh: tell all verdicts in build/verdict/ (see verdict() in lib.sh). The last
# line is "N passed, N failed, N skipped"; fails if anything failed, or nothing ran.

lab=$(dirname "$0")
. "$lab/lib.sh"

cat "$BUILD/verdict"/* 2>/dev/null | awk -F '\t' '
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
			print "  " fails[i]
		printf "\n%d passed, %d failed, %d skipped\n", passed, nf, skipped
		exit (nf || !passed)
	}'
