# SPDX-License-Identifier: GPL-2.0-only
#
# table.awk -v base=NAME -v product=NAME [-v json=1] BASE PRODUCT
#
# The figures of two kernels side by side, from what "bench -m" printed on each.

BEGIN { FS = "\t" }

# The product has the most, and in the order to tell them in.
$1 == "figure" {
	side = FILENAME == ARGV[1] ? base : product
	if (!($2 in title) || side == product) {
		title[$2] = $5
		unit[$2] = $4
	}
	value[side, $2] = $3
	order[side, ++n[side]] = $2
}

function show(side, k) { return (side, k) in value ? sprintf("%.0f", value[side, k]) : "-" }
function quote(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
function trim(s) { sub(/^ +/, "", s); return s }
function kind(key) { sub(/\..*/, "", key); return key }

function row(k,  o, p, diff, ratio, line) {
	if (kind(k) in head) {
		printf "\n%-58s %13s %13s %10s %8s\n", head[kind(k)], base, product, "more", "ratio"
		delete head[kind(k)]
	}
	if ((base, k) in value && (product, k) in value) {
		o = value[base, k]
		p = value[product, k]
		diff = sprintf("%.0f", p - o) + 0
		diff = diff ? sprintf("%+d", diff) : "0"
		if (o > 0)
			ratio = sprintf("%.4f", p / o)
	}
	line = title[k] (k ~ /^(size|sizeof|memory|bytes)\./ ? ", " unit[k] : "")
	line = sprintf("%-58s %13s %13s %10s %8s", substr(line, 1, 58), show(base, k), show(product, k), diff, ratio)
	sub(/ *$/, "", line)
	print line
}

function json_row(k, last) {
	printf "    { \"key\": %s, \"title\": %s, \"unit\": %s, %s: %s, %s: %s }%s\n",
		quote(k), quote(trim(title[k])), quote(unit[k]),
		quote(base), (base, k) in value ? value[base, k] : "null",
		quote(product), (product, k) in value ? value[product, k] : "null", last ? "" : ","
}

END {
	head["exit"] = "1. Guest round trips"
	head["list"] = "2. KVM_GET_REG_LIST"
	head["get"] = "3. One register"
	head["restore"] = "4. Restore of the VM-wide identity"
	head["bytes"] = "5. Bytes in a stream of (ID, value)"
	head["memory"] = "6. Memory and size"
	for (i = 1; i <= n[base]; i++)
		if (!((product, order[base, i]) in value))
			order[product, ++n[product]] = order[base, i]
	if (json) {
		print "{"
		print "  \"note\": \"under -icount shift=0 one ns is one instruction\","
		print "  \"figures\": ["
		for (i = 1; i <= n[product]; i++)
			json_row(order[product, i], i == n[product])
		print "  ]"
		print "}"
		exit
	}
	print "Costs are in " (unit["list.whole"] == "cycles" ? "cycles" : \
		"ns; under -icount, as in the lab, 1 ns is one instruction") ". \"-\": this kernel has it not."
	# Memory is measured first and told last.
	for (late = 0; late <= 1; late++)
		for (i = 1; i <= n[product]; i++)
			if ((order[product, i] ~ /^(memory|size|sizeof)\./) == late)
				row(order[product, i])
}
