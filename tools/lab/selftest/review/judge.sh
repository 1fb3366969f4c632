# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # lab is the runner's
#
# For the cases here: "titles" and "wanted" are those of two series.

judge()	# RESULTS [WANTED]
{
	awk -v checks="am b4 gcc" -v verdicts="$BUILD/verdicts" -f "$lab/review/judge.awk" ../titles "${2:-../wanted}" "$1"
	echo
	cat "$BUILD/verdicts"
}
