# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the outcomes that judge.awk has written, for what prints them. Cell i: pass[i],
# vmm[i], guest[i], source[i], dest[i], outcome[i], about[i], expected[i], line[i],
# folder[i], why[i]; at[vmm, guest, source, dest] is its i. kernel[1..kernels] and
# release[kernel]; title_of[vmm]; (kernel in tells), it has the series; (vmm in stock), it
# is as Debian has it.

BEGIN { FS = "\t" }

$1 == "kernel" {
	kernel[++kernels] = $2
	release[$2] = $3
	if ($4 == "rule")
		tells[$2]
}

$1 == "vmm" {
	title_of[$2] = $3
	if ($4 == "stock")
		stock[$2]
}

$1 == "cell" {
	pass[++cells] = $2 == "pass"
	vmm[cells] = $3
	guest[cells] = $4
	source[cells] = $5
	dest[cells] = $6
	outcome[cells] = $7
	about[cells] = $8
	expected[cells] = $9
	line[cells] = $10
	folder[cells] = $11
	why[cells] = $12
	gsub(/\\n/, "\n", why[cells])
	at[$3, $4, $5, $6] = cells
}

function among(word, list) { return index(" " list " ", " " word " ") > 0 }

function title(v,  part) {
	split(v, part, "+")
	return title_of[part[1]] (part[2] == "" ? "" : " with " part[2])
}

# How a cell ended, with the one register to name, if any, or the fields that were corrected
function shown(i,  want, names, w) {
	names = about[i]
	gsub(/=[^ ]*/, "", names)
	if (outcome[i] == "corrected") {
		gsub(/ /, ",", names)
		return outcome[i] " " names
	}
	if (outcome[i] !~ /^(refused|unstarted)$/ || !split(names, w, " "))
		return outcome[i] == "broken" ? "BROKEN" : outcome[i]
	want = substr(expected[i], index(expected[i], ":") + 1)
	return outcome[i] " " (among(want, names) ? want : w[1])
}

# Has the guest of cell j gone on where it was moved to, whatever it sees there?
function moved(j) {
	return outcome[j] ~ /^(same|corrected)$/ || index(why[j], "The guest's answers have changed") == 1
}

# A stock VMM that moves the guest of cell i, which one of ours refuses; or nothing
function mover(i,  v, j) {
	if (vmm[i] in stock || outcome[i] != "refused")
		return ""
	for (v in stock) {
		j = at[v, guest[i], source[i], dest[i]]
		if (j && moved(j))
			return v
	}
	return ""
}

# The kernel of cell i that should have told how the guest can move, or nothing
function teller(i) {
	return dest[i] in tells ? dest[i] : source[i] in tells ? source[i] : ""
}

# Cells of the same VMM and kind of guest, with their sources as rows
function group_cells(  i, g) {
	for (i = 1; i <= cells; i++) {
		g = vmm[i] SUBSEP guest[i]
		if (!(g in rows)) {
			group[++groups] = g
			heading[g] = title(vmm[i]) ", " guest[i]
		}
		if (!((g, source[i]) in known))
			row[g, ++rows[g]] = source[i]
		known[g, source[i]]
		on[dest[i]]
	}
	# Columns are the kernels that are a destination
	for (i = 1; i <= kernels; i++)
		if (kernel[i] in on)
			column[++columns] = kernel[i]
}
