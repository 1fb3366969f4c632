# SPDX-License-Identifier: GPL-2.0-only
#
# Prints the tests that judge.awk has judged as a table: a row for each, a column for
# each boot.

BEGIN { FS = "\t" }

$1 == "test" {
	if (!($2 in title)) {
		title[$2] = $7
		order[++rows] = $2
		if (length($7) > width)
			width = length($7)
	}
	if (!($3 in known))
		head[++columns] = $3
	known[$3]
	word = $4 == "fail" ? "FAIL" : $5 == "ok" ? "ok" : $5 == "skip" ? "skip" : "as-base"
	cell[$2, $3] = word ($6 == "-" ? "" : " " $6 "s")
}

END {
	line = sprintf("%-*s", width, "test")
	for (c = 1; c <= columns; c++)
		line = line sprintf("  %-16s", head[c])
	sub(/ *$/, "", line)
	print line
	for (r = 1; r <= rows; r++) {
		line = sprintf("%-*s", width, title[order[r]])
		for (c = 1; c <= columns; c++)
			line = line sprintf("  %-16s", cell[order[r], head[c]])
		sub(/ *$/, "", line)
		print line
	}
}
