# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tree=FOLDER -f ../coverage/source.awk -f touched.awk DIFF LINES: the addresses, one a
# line with "~" behind it, of the code of lines that DIFF (git diff -U0) adds, and of those
# around what it takes away. LINES is readelf's table of lines for the sources in FOLDER.

FILENAME == ARGV[1] && /^\+\+\+ / {
	file = substr($0, 7)
	next
}

FILENAME == ARGV[1] && /^@@ / {
	n = split(substr($3, 2), w, ",")
	count = n == 2 ? w[2] : 1
	for (i = w[1]; i < w[1] + count || (!count && i < w[1] + 2); i++)
		touched[file, i + 0]
	next
}

FILENAME == ARGV[1] {
	next
}

$1 == name && (source, $2) in touched {
	print substr($3, 3), "~"
}
