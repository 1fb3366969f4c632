# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v entries_file=FILE -f outcomes.awk -f entries.awk -f svg.awk OUTCOMES: a picture,
# one grid for each VMM and kind of guest, kernels on both axes; and below them where they
# stand against QEMU's table of registers.

function escape(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function put(x, y, s, size, anchor, weight) {
	body = body "<text x=\"" x "\" y=\"" y "\" font-size=\"" size "\" text-anchor=\"" anchor \
		"\" font-weight=\"" weight "\">" escape(s) "</text>\n"
}

function rect(x, y, w, h, fill, more) {
	body = body "<rect x=\"" x "\" y=\"" y "\" width=\"" w "\" height=\"" h "\" rx=\"4\" fill=\"" \
		fill "\"" more "/>\n"
}

function cell(i, x, y, w, h,  words, more) {
	words = outcome[i] == "broken" ? "BROKEN" : outcome[i]
	more = words == "BROKEN" ? about[i] : substr(shown(i), length(words) + 2)
	body = body "<g><title>" escape(source[i] " -> " dest[i] ": " words " " about[i] "\n" why[i]) "</title>\n"
	rect(x + 2, y + 2, w - 4, h - 4, colour[words],
		" stroke=\"" (pass[i] ? "#ffffff" : "#c92a2a") "\" stroke-width=\"3\"")
	put(x + w / 2, y + (words == "BROKEN" || more != "" ? 20 : 28),
		words (pass[i] ? "" : ", not as expected"), 12, "middle", "bold")
	if (more != "")
		put(x + w / 2, y + 35, substr(more, 1, 30), 10, "middle", "normal")
	body = body "</g>\n"
}

END {
	read_entries(entries_file)
	svg()
}

# QEMU's table from line y on, w for a column; returns the next line
function put_entries(x, y, w,  e, k, words) {
	put(x, y, "QEMU's table of registers, entry by entry", 15, "start", "bold")
	for (e = 0; e <= entries; e++) {
		y += 26
		for (k = 1; k <= 7; k++) {
			words = entry_field(e, k)
			if (e && k >= 4 && k <= 6)
				rect(x + (k - 1) * w, y - 16, w - 8, 22, colour[entry_colour(words)], "")
			put(x + (k - 1) * w + (k >= 4 && k <= 6 ? 6 : 0), y, words, 12, "start",
				e && (k < 4 || k > 6) ? "normal" : "bold")
		}
	}
	return y + 40
}

function entry_colour(words) {
	sub(/,.*/, "", words)
	return words ~ /refused|fails/ ? "refused" : words
}

function svg(  w, h, left, top, gap, width, x, y, tall, j, g, r, k, i, n, kind, means) {
	group_cells()
	w = 175; h = 46; left = 70; top = 62; gap = 30
	width = left + columns * w + gap
	n = split("same corrected refused unstarted BROKEN", kind, " ")
	split("#b7e4c7 #a5d8ff #ffe8a3 #dee2e6 #ff8787", means, " ")
	for (j = 1; j <= n; j++)
		colour[kind[j]] = means[j]
	put(gap, 30, "A guest saved on one kernel (rows) and restored on another (columns)", 18, "start", "bold")
	for (k = 1; k <= kernels; k++)
		versions = versions (k > 1 ? ", " : "") kernel[k] ": " release[kernel[k]]
	put(gap, 54, versions, 12, "start", "normal")
	y = 80
	for (j = 1; j <= groups; j++) {
		g = group[j]
		# Two side by side
		x = gap + (j % 2 ? 0 : width)
		put(x, y + 20, heading[g], 15, "start", "bold")
		for (k = 1; k <= columns; k++)
			put(x + left + (k - 0.5) * w, y + 48, "to " column[k], 12, "middle", "normal")
		for (r = 1; r <= rows[g]; r++) {
			put(x + left - 8, y + top + (r - 0.5) * h + 4, row[g, r], 12, "end", "normal")
			for (k = 1; k <= columns; k++) {
				i = at[g, row[g, r], column[k]]
				if (i)
					cell(i, x + left + (k - 1) * w, y + top + (r - 1) * h, w, h)
			}
		}
		if (top + rows[g] * h > tall)
			tall = top + rows[g] * h
		if (j % 2 == 0) {
			y += tall + 20
			tall = 0
		}
	}
	y += tall + 40
	means[1] = "runs on, and sees no difference"
	means[2] = "runs on, and sees a difference in these fields, which the VMM has named, and in no other"
	means[3] = "the destination gives up and the register is named; the source runs on"
	means[4] = "the source's kernel refuses to start such a guest, by name"
	means[5] = "anything else"
	for (j = 1; j <= n; j++) {
		rect(gap, y, 90, 20, colour[kind[j]])
		put(gap + 45, y + 14, kind[j], 12, "middle", "bold")
		put(gap + 105, y + 14, means[j], 12, "start", "normal")
		y += 26
	}
	y += 20
	if (entries)
		y = put_entries(gap, y, 1.1 * w)
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" 2 * width "\" height=\"" y \
		"\" viewBox=\"0 0 " 2 * width " " y "\" font-family=\"sans-serif\">\n<rect width=\"" \
		2 * width "\" height=\"" y "\" fill=\"#ffffff\"/>\n" body "</svg>"
}
