# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tree=FOLDER -v verdicts=FILE -f source.awk -f judge.awk EXCEPTIONS DIFF LINES CODE:
# which lines that DIFF (git diff -U0) adds were run. LINES is readelf's table of lines for
# the sources in FOLDER, CODE what QEMU has written of the instructions that were run. A line
# has code if it is in the table. It was run if an instruction was where a statement of it
# begins ("x"), since the compiler may do part of one before it is known to be needed; if
# none begins, as with many a return, any will do. Prints a table and the lines that were
# not run, and leaves verdicts.

BEGIN { FS = OFS = "\t" }

function trimmed(s) {
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

function tell(verdict, what, why) {
	print verdict, what, why >verdicts
}

FILENAME == ARGV[1] {
	if (/^(#|$)/)
		next
	if (NF != 3)
		tell("fail", "exception " $1 ": " $2, "no reason given")
	exception[++exceptions] = $1 SUBSEP $2
	spare[$1, $2]++
	reason[$1, $2] = $3
	next
}

FILENAME == ARGV[2] && /^\+\+\+ / {
	file = substr($0, 7)
	next
}

FILENAME == ARGV[2] && /^@@ / {
	split($0, w, "+")
	line = w[2] + 0
	next
}

FILENAME == ARGV[2] && /^\+/ {
	if (!(file in known)) {
		known[file]
		order[++files] = file
	}
	if (!(file in first))
		first[file] = line
	last[file] = line
	text[file, line++] = trimmed(substr($0, 2))
	next
}

FILENAME == ARGV[3] {
	n = split($0, w, " ")
	if (w[1] != name || !((source, w[2]) in text))
		next
	code[source, w[2]]
	at[w[3]] = at[w[3]] " " w[2] SUBSEP source
	if (w[n] == "x") {
		begins[source, w[2]]
		here[w[3], source, w[2]]
	}
	next
}

FILENAME == ARGV[4] && /^0x/ {
	address = substr($0, 1, index($0, ":") - 1)
	if (address in ran)
		next
	ran[address]
	n = split(at[address], w, " ")
	for (i = 1; i <= n; i++) {
		split(w[i], c, SUBSEP)
		if ((address, c[2], c[1]) in here || !((c[2], c[1]) in begins))
			run[c[2], c[1]]
	}
}

END {
	printf "%-40s  %9s  %9s\n", "file", "with code", "run"
	for (i = 1; i <= files; i++) {
		f = order[i]
		lines = lines_run = 0
		for (n = first[f]; n <= last[f]; n++) {
			if (!((f, n) in code))
				continue
			lines++
			if ((f, n) in run) {
				lines_run++
				continue
			}
			t = text[f, n]
			why = ""
			if (spare[f, t] > 0) {
				spare[f, t]--
				why = reason[f, t]
				tell("skip", "coverage " f ":" n, why)
			} else {
				tell("fail", "coverage " f ":" n, "was not run: " t)
			}
			missed[++misses] = f ":" n ": " t (why == "" ? "" : "\n\t" why)
		}
		all += lines
		all_run += lines_run
		if (lines)
			printf "%-40s  %9d  %9d\n", f, lines, lines_run
		else if (f ~ /\.c$/)
			tell("fail", "coverage of " f, "no line of it has code")
	}
	printf "%-40s  %9d  %9d\n", "all", all, all_run
	if (misses)
		print "\nnot run:"
	for (i = 1; i <= misses; i++)
		print missed[i]
	for (i = 1; i <= exceptions; i++) {
		if (spare[exception[i]]-- <= 0)
			continue
		split(exception[i], w, SUBSEP)
		tell("fail", "exception " w[1] ": " w[2], "no line needs it")
	}
	if (all_run)
		tell("pass", "coverage", all_run " of " all " lines run")
	else
		tell("fail", "coverage", "no line was run")
}
