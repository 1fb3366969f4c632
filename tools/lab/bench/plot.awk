# SPDX-License-Identifier: GPL-2.0-only
#
# plot.awk -v base=NAME -v product=NAME BASE PRODUCT: the restore of the VM-wide
# identity over the number of vCPUs, as SVG, both axes logarithmic. Not gnuplot: it
# draws these three lines no better, and would be one more package for everybody.

BEGIN { FS = "\t" }

$1 == "figure" && $2 ~ /^restore\.(each|once)\./ {
	split($2, part, ".")
	kernel = FILENAME == ARGV[1] ? base : product
	x = part[3] + 0
	y[kernel, part[2], x] = $3
	if (!(x in known)) {
		known[x] = 1
		xs[++n] = x
	}
	if (!lo || $3 < lo)
		lo = $3
	if ($3 > hi)
		hi = $3
}

function log10(v) { return log(v) / log(10) }
function px(v) { return left + (n > 1 ? log(v / xs[1]) / log(xs[n] / xs[1]) : 0) * width }
function py(v) { return top + height - (log10(v) - dlo) / (dhi - dlo) * height }
function floor(v,  i) { i = int(v); return i > v ? i - 1 : i }

function line(kernel, way, style, text,  i, d, x, ly) {
	for (i = 1; i <= n; i++)
		if ((kernel, way, xs[i]) in y) {
			d = d (d == "" ? "M" : " L") sprintf("%.1f %.1f", px(xs[i]), py(y[kernel, way, xs[i]]))
			printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" class=\"%s dot\"/>\n",
				px(xs[i]), py(y[kernel, way, xs[i]]), style
		}
	if (d == "")
		return
	printf "<path d=\"%s\" class=\"%s\"/>\n", d, style
	ly = top + 14 + 18 * legend++
	printf "<path d=\"M%d %d h24\" class=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
		left + 12, ly, style, left + 42, ly + 4, text
}

END {
	if (!n) {
		print "plot: no figures of a restore" >"/dev/stderr"
		exit 1
	}
	left = 80; top = 50; width = 520; height = 300
	dlo = floor(log10(lo)); dhi = floor(log10(hi)) + 1
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 410\" font-family=\"sans-serif\" font-size=\"12\">"
	print "<style>path { fill: none; stroke-width: 2 } .grid { stroke: #ddd; stroke-width: 1 }" \
		" .o { stroke: #888; stroke-dasharray: 6 4 } .e { stroke: #c33 } .w { stroke: #27c }" \
		" .dot { fill: #fff; stroke-dasharray: none; stroke-width: 2 }</style>"
	print "<rect width=\"640\" height=\"410\" fill=\"#fff\"/>"
	print "<text x=\"80\" y=\"28\" font-size=\"15\">Restoring what all vCPUs share: instructions by number of vCPUs</text>"
	for (d = dlo; d <= dhi; d++) {
		printf "<path d=\"M%d %.1f h%d\" class=\"grid\"/>", left, py(10 ^ d), width
		printf "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">10<tspan dy=\"-5\" font-size=\"9\">%d</tspan></text>\n",
			left - 8, py(10 ^ d) + 4, d
	}
	for (i = 1; i <= n; i++) {
		printf "<path d=\"M%.1f %d v%d\" class=\"grid\"/>", px(xs[i]), top, height
		printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", px(xs[i]), top + height + 18, xs[i]
	}
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">vCPUs</text>\n", left + width / 2, top + height + 40
	line(product, "each", "e", "written to every vCPU (" product ")")
	line(base, "each", "o", "written to every vCPU (" base ")")
	line(product, "once", "w", "written once, by the VM filter (" product ")")
	print "</svg>"
}
