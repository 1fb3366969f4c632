# SPDX-License-Identifier: GPL-2.0-only
#
# Tells what judge.awk has found, as the tier wants it: the table, and svg.awk's;
# or a line for each cell; or the story. Fails if a cell is not as expected.

function among(word, list) { return index(" " list " ", " " word " ") > 0 }

# The register that a cell should be about
function reg(i) { return expected[i] ~ /:/ ? substr(expected[i], index(expected[i], ":") + 1) : "" }

function as_expected(i,  want) {
	want = expected[i]
	sub(/:.*/, "", want)
	if (want == "broken")
		return outcome[i] == "BROKEN" && (reg(i) == "" || index(what[i], reg(i)))
	return outcome[i] == want && (reg(i) == "" || among(reg(i), what[i]))
}

# The one register to name, if any
function shown(i,  w) {
	if (outcome[i] !~ /^(refused|unstarted)$/ || !split(what[i], w, " "))
		return outcome[i]
	return outcome[i] " " (reg(i) != "" && among(reg(i), what[i]) ? reg(i) : w[1])
}

function title(v,  part, file, l) {
	split(v, part, "+")
	file = run "/../" part[1] "/version"
	if ((getline l <file) > 0)
		part[1] = "QEMU " l
	close(file)
	return part[1] (part[2] == "" ? "" : " with " part[2])
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
}

# Row 0 has the headings, and so has column 0
function field(g, r, k,  i) {
	if (!k)
		return r ? row[g, r] : "saved on"
	if (!r)
		return "-> " kernel[k]
	i = at[g, row[g, r], kernel[k]]
	return i ? shown(i) (as_expected(i) ? "" : " (!)") : ""
}

function widest(g, k,  r, w) {
	for (r = 0; r <= rows[g]; r++)
		if (length(field(g, r, k)) > w)
			w = length(field(g, r, k))
	return w
}

function print_table(  j, g, r, k, l) {
	for (j = 1; j <= groups; j++) {
		g = group[j]
		print "\n" heading[g]
		for (r = 0; r <= rows[g]; r++) {
			l = ""
			for (k = 0; k <= kernels; k++)
				if (!k || kernel[k] in on)
					l = l sprintf("  %-" widest(g, k) "s", field(g, r, k))
			sub(/ *$/, "", l)
			print l
		}
	}
}

# What a cell is about, with the values that its guest was saved with
function values(i,  src, value, n, w, j, out) {
	src = source_job(i)
	for (j = 1; j <= registers[src]; j++)
		value[name(reg_of[src, j])] = value_of[src, reg_of[src, j]]
	n = split(what[i], w, " ")
	for (j = 1; j <= n; j++)
		out = out ", " w[j] (value[w[j]] ~ /[1-9a-f]/ ? " (" value[w[j]] ")" : " (zero)")
	return n ? substr(out, 3) : "nothing"
}

function tell(stock, ours,  n, l, end) {
	end = outcome[stock]
	for (n = split(why[stock], l, "\n"); n; n--)
		if (l[n] ~ /load/) {
			end = substr(l[n], index(l[n], ": ") ? index(l[n], ": ") + 2 : 1)
			break
		}
	print "1. " title("qemu") ", a guest saved on Linux " new " and restored on " old ": " end
	print "2. for what " old " has never heard of: " values(stock)
	print "3. The same QEMU, with the new interface and the profile of " old ": " \
		(outcome[ours] == "same" ? "the guest runs on" : shown(ours))
	print "4. What this guest saw change: " \
		(outcome[ours] == "same" ? "nothing, " why[ours] : what[ours])
}

END {
	for (i = 1; i <= cells; i++) {
		count[outcome[i]]++
		bad += !as_expected(i)
		if (tier == "short")
			print (as_expected(i) ? "ok " : "not ok ") i " " source[i] " -> " dest[i] ", " title(vmm[i]) \
				", " guest[i] ": " shown(i) (as_expected(i) ? "" : " " what[i] ", expected " expected[i])
	}
	if (tier == "story") {
		tell(at["qemu", "default", "N", "LTS"], at["qemu+preload", "pinned", "N", "LTS"])
	} else if (tier != "short") {
		group_cells()
		print_table()
		svg()
		printf "\n%d same, %d refused, %d unstarted, %d BROKEN; %d not as expected; see %s\n",
			count["same"], count["refused"], count["unstarted"], count["BROKEN"], bad, report
	}
	for (i = 1; i <= cells; i++)
		if (tier != "short" && !as_expected(i))
			print "not as expected: " source[i] " -> " dest[i] ", " vmm[i] ", " guest[i] ": " outcome[i] \
				" " what[i] ", expected " expected[i] " (cells:" line[i] ")\n    see " \
				folder "/" dest_job(i) "/"
	exit bad > 0
}
