# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v run=FOLDER -f verdicts.awk JUDGED: what judge.awk prints, as verdicts for the
# report: VERDICT, WHAT and WHY, with tabs between.

BEGIN { FS = OFS = "\t" }

$1 == "test" {
	print $4, $3 " " $7, $8 ($4 != "fail" ? "" : "; see " run "/" $3 "/" ($5 == "norun" ? "console" : $2) ".log")
}

$1 == "boot" {
	print $3, "boot " $2, $4 ($3 == "fail" ? "; see " run "/" $2 "/console.log" : "")
}
