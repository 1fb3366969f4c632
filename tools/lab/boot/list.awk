# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v run=NAME -f list.awk PLAN: what a plan would do, for a person.

/^#/ { next }

$2 == "-" { next }

!seen[$2]++ {
	if (!boots++)
		print run ":"
	printf "  boot %s: %s on %s%s\n", $2, $3, $4, $5 == "single" ? "" : ", " $5
}

{
	line = $8
	for (i = 9; i <= NF; i++)
		line = line " " $i
	printf "    <%5d s  %s\n", $7, line
	jobs++
}

END { print "  " jobs " jobs in " boots " boots\n" }
