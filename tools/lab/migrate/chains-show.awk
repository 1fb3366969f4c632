# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v again=COMMAND -f outcomes.awk -f chains-show.awk OUTCOMES: tell how the chains
# of random guests went, a line for each, and what all came to; lines that begin with
# "verdict" and a tab are for the report. COMMAND does the same once more.

function names(list) {
	gsub(/=[^ ]*/, "", list)
	return list
}

END {
	for (i = 1; i <= cells; i++) {
		g = guest[i]
		if (!(g in began)) {
			order[++n] = g
			began[g]
			told[g] = source[i]
		}
		if (g in ended)
			continue
		if (outcome[i] ~ /^(same|corrected)$/) {
			told[g] = told[g] " > " dest[i]
			if (outcome[i] == "corrected") {
				told[g] = told[g] " (corrected " names(about[i]) ")"
				corrected++
			} else {
				moves++
			}
			continue
		}
		ended[g] = i
		if (outcome[i] == "unstarted")
			told[g] = told[g] ": not started, " names(about[i])
		else
			told[g] = told[g] " > " dest[i] ": " outcome[i] ", " names(about[i])
	}
	for (j = 1; j <= n; j++) {
		g = order[j]
		i = g in ended ? ended[g] : 0
		if (!i) {
			told[g] = told[g] ": to its end"
			whole++
		} else if (outcome[i] == "refused") {
			refused++
		} else if (outcome[i] == "unstarted") {
			unstarted++
		}
		print g ": " told[g]
		if (!i || pass[i])
			print "verdict\tpass\tchain " told[g]
		else
			print "verdict\tfail\tchain " g ": " told[g] "\tagain: " again
	}
	printf "%d chains, %d moves of which the guest saw nothing, %d with corrections; %d chains to their end, %d refused by name, %d not started for a name\n",
		n, moves, corrected, whole, refused, unstarted
	# Were all refused, nothing would have been tried
	if (!whole)
		print "verdict\tfail\tchains\tnone came to its end; again: " again
}
