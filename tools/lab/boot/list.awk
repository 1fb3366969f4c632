# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v run=NAME -f list.awk PLAN: what a plan would do, for a person.

/^#/ || $2 == "-" { next }

!($2 in text) {
	order[++boots] = $2
	text[$2] = sprintf("  boot %s: %s on %s%s\n", $2, $3, $4, $5 == "single" ? "" : ", " $5)
}

{
	line = $8
	for (i = 9; i <= NF; i++)
		line = line " " $i
	text[$2] = text[$2] sprintf("    <%5d s  %s\n", $7, line)
	jobs++
}

END {
	print run ":"
	for (i = 1; i <= boots; i++)
		printf "%s", text[order[i]]
	print "  " jobs " jobs in " boots " boots\n"
}
