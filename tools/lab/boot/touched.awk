# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tree=FOLDER -f ../coverage/source.awk -f touched.awk DIFF LINES SYMBOLS: the functions
# that have code of lines that DIFF (git diff -U0) adds, or of those around what it takes away.
# LINES is readelf's table of lines for the sources in FOLDER, SYMBOLS what "nm -n" prints:
# all addresses have as many digits, and so the order of text.

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

FILENAME == ARGV[2] && $1 == name && (source, $2) in touched {
	code[substr($3, 3)]
}

FILENAME == ARGV[3] && $2 ~ /^[tTW]$/ {
	start[++functions] = $1
	function_at[functions] = $3
}

END {
	for (address in code) {
		# The last function that begins there or before
		low = 0
		high = functions + 1
		while (high - low > 1) {
			middle = int((low + high) / 2)
			if (start[middle] "" > address "")
				high = middle
			else
				low = middle
		}
		if (low && !(function_at[low] in told)) {
			told[function_at[low]]
			print function_at[low] | "sort"
		}
	}
}
