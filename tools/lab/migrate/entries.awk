# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the table "entries" for show.awk and svg.awk, and judges it by the cells that
# outcomes.awk has read. Entry e is register[e], listed[e] (is it in QEMU's table?), its
# move move[e], its cells cell_of[e, "without"], cell_of[e, "table"], cell_of[e, "rule"],
# and replaced[e]. Without all of its cells there is nothing to say of an entry.

function read_entries(file,  l, w, n, e, k) {
	while (file != "" && (getline l <file) > 0) {
		if (l ~ /^[ \t]*(#|$)/)
			continue
		n = split(l, w, /[ \t]+/)
		e = entries + 1
		cell_of[e, "without"] = at[w[6], "default", w[3], w[4]]
		cell_of[e, "table"] = at[w[7], "default", w[3], w[4]]
		cell_of[e, "rule"] = at[w[8], w[5], w[3], w[4]]
		if (!cell_of[e, "without"] || !cell_of[e, "table"] || !cell_of[e, "rule"])
			continue
		entries = e
		register[e] = w[1]
		listed[e] = w[2] == "yes"
		move[e] = w[3] " -> " w[4]
		replaced[e] = w[9]
		for (k = 10; k <= n; k++)
			replaced[e] = replaced[e] " " w[k]
	}
	close(file)
}

# Is the register among those for which this cell was refused?
function refused_for(e, which,  i, names) {
	i = cell_of[e, which]
	names = about[i]
	gsub(/=[^ ]*/, "", names)
	return outcome[i] == "refused" && among(register[e], names)
}

function entry_proven(e) {
	return refused_for(e, "without") && refused_for(e, "table") == !listed[e] &&
		outcome[cell_of[e, "rule"]] == "same"
}

# What a cell says of this register; one with the rule is also called by its guest
function entry_outcome(e, which,  i) {
	i = cell_of[e, which]
	if (refused_for(e, which))
		return which == "table" ? "says that it fails for it" : "refused for it"
	return outcome[i] == "refused" ? "not refused for it" : outcome[i] == "broken" ? "BROKEN" : outcome[i]
}

function entry_heading(which) {
	return title(vmm[cell_of[1, which]])
}

# Field k of entry e; entry 0 has the headings
function entry_field(e, k) {
	if (k == 1)
		return e ? register[e] : "register"
	if (k == 2)
		return e ? (listed[e] ? "yes" : "no") : "in QEMU's table"
	if (k == 3)
		return e ? move[e] : "move"
	if (k == 4)
		return e ? entry_outcome(e, "without") : entry_heading("without")
	if (k == 5)
		return e ? entry_outcome(e, "table") : entry_heading("table")
	if (k == 6)
		return e ? entry_outcome(e, "rule") ", " guest[cell_of[e, "rule"]] : entry_heading("rule")
	return e ? replaced[e] (entry_proven(e) ? "" : " (!)") : "the entry is replaced by"
}
