# SPDX-License-Identifier: GPL-2.0-only
#
# awk -f new.awk base=FILE FILE: the complaints that the base has not. They are
# compared without line numbers, which move.

function words(line)
{
	sub(/:[0-9]+:([0-9]+:)?/, ":", line)
	return line
}

FNR == 1 {
	while ((getline line <base) > 0)
		had[words(line)]
}

!(words($0) in had)
