# SPDX-License-Identifier: GPL-2.0-only
#
# awk -f changes-in.awk -f svg.awk CHANGES: a picture, a row for each register and
# answer that ever changed, a column for each kernel, a colour for each change.

function escape(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function put(x, y, s, anchor) {
	body = body "<text x=\"" x "\" y=\"" y "\" text-anchor=\"" anchor "\">" escape(s) "</text>\n"
}

function rect(x, y, w, h, fill, title) {
	body = body "<rect x=\"" x "\" y=\"" y "\" width=\"" w "\" height=\"" h "\" fill=\"" fill \
		"\"><title>" escape(title) "</title></rect>\n"
}

function kind(p, i) {
	return breaks[p, i] == "silently" ? "silent" : forward[p, i] " " back[p, i] ~ /corrected/ ? "corrected" : before[p, i] == "-" ? "new" : after[p, i] == "-" ? "gone" : "value"
}

END {
	colour["new"] = "#74c0fc"; means["new"] = "new"
	colour["value"] = "#ffd43b"; means["value"] = "another value"
	colour["gone"] = "#ff922b"; means["gone"] = "gone"
	colour["corrected"] = "#b197fc"; means["corrected"] = "corrected, and named"
	colour["silent"] = "#f03e3e"; means["silent"] = "changes under a guest, and no register tells"
	top = 60; w = 70; h = 16
	for (p = 1; p <= pairs; p++) {
		join(p)
		for (j = 1; j <= joined[p]; j++) {
			i = first[p, j]
			if (!(names[p, j] in row))
				name[row[names[p, j]] = ++rows] = names[p, j]
			at = p SUBSEP row[names[p, j]]
			k = kind(p, i)
			if (!(at in colour_at) || k == "silent" || (k == "corrected" && colour_at[at] != "silent"))
				colour_at[at] = k
			title[at] = title[at] machines[p, i] ": " before[p, i] " -> " after[p, i] ", breaks " \
				breaks[p, i] "; forward " forward[p, i] ", back " back[p, i] "\n"
		}
	}
	for (r = 1; r <= rows; r++)
		if (6.3 * length(name[r]) + 16 > left)
			left = int(6.3 * length(name[r])) + 16
	for (k = 1; k <= kernels; k++)
		put(left + (k - 0.5) * w, top - 8, kernel[k], "middle")
	for (r = 1; r <= rows; r++) {
		put(left - 8, top + r * h - 4, name[r], "end")
		for (k = 1; k <= kernels; k++) {
			at = (k - 1) SUBSEP r
			rect(left + (k - 1) * w + 1, top + (r - 1) * h + 1, w - 2, h - 2,
				at in colour_at ? colour[colour_at[at]] : "#f1f3f5",
				at in colour_at ? name[r] " in " kernel[k] "\n" title[at] : name[r])
		}
	}
	x = left
	for (k in means) {
		rect(x, 14, 14, 14, colour[k], means[k])
		put(x + 20, 26, means[k], "start")
		x += 40 + 7 * length(means[k])
	}
	width = left + kernels * w + 20
	if (x > width)
		width = x
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" width "\" height=\"" top + rows * h + 20 \
		"\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" \
		body "</svg>"
}
