# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v as=FORM -f outcomes.awk -f entries.awk -f show.awk OUTCOMES: tells the outcomes as
#
#	table		how many cells of each kind; a table for each VMM and kind of guest,
#			where they stand against QEMU's table of registers, and a line for
#			each cell that is not as expected
#	count		only the first line of that
#	verdicts	a line for each cell and entry, as lib.sh's verdict() writes it
#	story		four lines on what the series is for: the first cell is without
#			it, the second with it
#
# Variables: cpu, and where, what the title of each cell ends with; declared, the table that has the
# cells, and run, the folder of what their jobs have left; entries_file, see entries.awk.

# Row 0 has the headings, and so has column 0
function field(g, r, k,  i) {
	if (!k)
		return r ? row[g, r] : "saved on"
	if (!r)
		return "-> " column[k]
	i = at[g, row[g, r], column[k]]
	return i ? shown(i) (pass[i] ? "" : " (!)") : ""
}

function widest(g, k,  r, w) {
	for (r = 0; r <= rows[g]; r++)
		if (length(field(g, r, k)) > w)
			w = length(field(g, r, k))
	return w
}

# "83 same, 20 corrected, ...": the cells of the VMMs with the rule, or of the others
function totals(with_rule,  i, n) {
	for (i = 1; i <= cells; i++)
		if (with_rule == !(vmm[i] in stock))
			n[outcome[i]]++
	return sprintf("%d same, %d corrected, %d refused, %d unstarted, %d broken",
		n["same"], n["corrected"], n["refused"], n["unstarted"], n["broken"])
}

# The first line of a report
function count(  i, with, without, bad) {
	for (i = 1; i <= cells; i++) {
		if (vmm[i] in stock)
			without++
		else
			with++
		bad += !pass[i]
	}
	printf "%s (%s): %s%s%s; %s\n", cpu, declared, with ? "with the rule " totals(1) : "", with && without ? "; " : "",
		without ? "without it " totals(0) : "", bad ? bad " NOT as expected" : "all as expected"
}

function table(  i, j, g, r, k, l, bad) {
	count()
	group_cells()
	for (j = 1; j <= groups; j++) {
		g = group[j]
		print "\n" heading[g] where
		for (r = 0; r <= rows[g]; r++) {
			l = ""
			for (k = 0; k <= columns; k++)
				l = l sprintf("  %-" widest(g, k) "s", field(g, r, k))
			sub(/ *$/, "", l)
			print l
		}
	}
	entry_table()
	moved_by_others()
	for (i = 1; i <= cells; i++)
		if (!pass[i])
			print (!bad++ ? "\n" : "") "not as expected: " cell(i) "; " about[i] ", expected " expected[i] \
				" (" declared ":" line[i] ")\n    see " run "/" folder[i]
}

function moved_by_others(  i, v, n) {
	for (i = 1; i <= cells; i++) {
		v = mover(i)
		if (v == "")
			continue
		if (!n++)
			print "\nWhat a stock VMM moves and ours refuses" where
		print "  " cell(i) "; " title(v) " moves it: " \
			(teller(i) == "" ? "neither kernel tells the rule" : teller(i) " tells the rule (!)")
	}
}

function entry_table(  e, k, w, l) {
	if (!entries)
		return
	print "\nQEMU's table of registers, entry by entry" where
	for (k = 1; k <= 7; k++)
		for (e = 0; e <= entries; e++)
			if (length(entry_field(e, k)) > w[k])
				w[k] = length(entry_field(e, k))
	for (e = 0; e <= entries; e++) {
		l = ""
		for (k = 1; k <= 7; k++)
			l = l sprintf("  %-" w[k] "s", entry_field(e, k))
		sub(/ *$/, "", l)
		print l
	}
}

function cell(i) {
	return source[i] " -> " dest[i] ", " title(vmm[i]) ", " guest[i] where ": " shown(i)
}

function verdicts(  i, e) {
	for (i = 1; i <= cells; i++)
		print (pass[i] ? "pass" : "fail") "\t" cell(i) "\t" \
			(pass[i] ? "" : about[i] ", expected " expected[i] "; see " run "/" folder[i])
	for (i = 1; i <= cells; i++)
		if (mover(i) != "" && teller(i) != "")
			print "fail\t" cell(i) ": " title(mover(i)) " moves it\t" teller(i) \
				" tells the rule; see " run "/" folder[i]
	for (e = 1; e <= entries; e++)
		print (entry_proven(e) ? "pass" : "fail") "\t" \
			(listed[e] ? "QEMU's entry for " : "no entry of QEMU's for ") register[e] \
			", " move[e] where ": the rule does without\t" (entry_proven(e) ? "" : \
			entry_heading("without") ": " entry_outcome(e, "without") "; " \
			entry_heading("table") ": " entry_outcome(e, "table") "; " \
			entry_heading("rule") ": " entry_outcome(e, "rule"))
}

# "Linux 7.3.4": without what the lab or a distribution puts behind it
function linux(k,  r) {
	r = release[k]
	sub(/[-+].*/, "", r)
	return r
}

# PMMIR_EL1 (zero), VENDOR_HYP_BMAP_2 (0x3)
function values(i,  n, w, part, j, out) {
	n = split(about[i], w, " ")
	for (j = 1; j <= n; j++) {
		split(w[j], part, "=")
		out = out ", " part[1] " (" (part[2] ~ /^0x0*$/ ? "zero" : part[2]) ")"
	}
	return n ? substr(out, 3) : "nothing"
}

function story(stock, ours,  n, l, end) {
	n = split(why[stock], l, "\n")
	end = n && outcome[stock] != "same" ? l[n] : shown(stock)
	sub(/^[^ ]*: /, "", end)
	print "On " cpu ":"
	print "1. " title(vmm[stock]) ", a guest saved on Linux " linux(source[stock]) " and restored on " \
		linux(dest[stock]) ": " end
	print "2. for what " linux(dest[stock]) " does not list: " values(stock)
	print "3. The same VMM, with the new interface" \
		(guest[ours] == "default" ? "" : " and the profile of " linux(dest[ours])) ": " \
		(outcome[ours] ~ /^(same|corrected)$/ ? "the guest runs on" : shown(ours))
	print "4. What this guest saw change: " (outcome[ours] == "same" ? "nothing, " why[ours] : \
		outcome[ours] == "corrected" ? corrected(ours) ", as the VMM has said; " why[ours] : about[ours])
}

# ID_AA64MMFR2_EL1.NV 2 -> 0
function corrected(i,  list) {
	list = about[i]
	gsub(/ /, ", ", list)
	gsub(/=/, " ", list)
	gsub(/->/, " -> ", list)
	return list
}

END {
	if (!cells) {
		print "no outcomes of cells: nothing ran" >"/dev/stderr"
		exit 1
	}
	read_entries(entries_file)
	if (as == "story")
		story(1, 2)
	else if (as == "count")
		count()
	else if (as == "verdicts")
		verdicts()
	else
		table()
}
