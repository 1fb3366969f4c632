# SPDX-License-Identifier: GPL-2.0-only
#
# The figures of O and of N side by side, from what "bench -m" printed on each.
# With json=1, as JSON.

BEGIN { FS = "\t" }

# N has the most, and in the order to tell it in.
FNR == 1 { file++ }
$1 == "figure" && file == 1 {
	o[$2] = $3
	o_title[$2] = $5
	o_order[++no] = $2
	unit[$2] = $4
	next
}
file == 2 && ($1 == "figure" || $1 == "absent") {
	order[++n] = $2
	title_of[$2] = $1 == "figure" ? $5 : $3
	if ($1 == "figure") {
		nn[$2] = $3
		unit[$2] = $4
	}
}

function show(v) { return v == "" ? "-" : sprintf("%.0f", v) }
function quote(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
function trim(s) { sub(/^ +/, "", s); return s }
function kind(key) { sub(/\..*/, "", key); return key }

END {
	head["exit"] = "1. Guest round trips"
	head["list"] = "2. KVM_GET_REG_LIST"
	head["get"] = "3. One register"
	head["restore"] = "4. Restore of the VM-wide identity"
	head["bytes"] = "5. Bytes in a stream of (ID, value)"
	head["memory"] = "6. Memory and size"
	for (i = 1; i <= no; i++)
		if (!(o_order[i] in title_of)) {
			order[++n] = o_order[i]
			title_of[o_order[i]] = o_title[o_order[i]]
		}
	if (json) {
		print "{"
		print "  \"note\": \"under -icount shift=0 one ns is one instruction\","
		print "  \"figures\": ["
		for (i = 1; i <= n; i++) {
			k = order[i]
			printf "    { \"key\": %s, \"title\": %s, \"unit\": %s, \"O\": %s, \"N\": %s }%s\n",
				quote(k), quote(trim(title_of[k])), quote(unit[k]),
				k in o ? o[k] : "null", k in nn ? nn[k] : "null", i < n ? "," : ""
		}
		print "  ]"
		print "}"
		exit
	}
	cost = unit["list.whole"] == "cycles" ? "cycles" : "ns; under -icount, as in the lab, 1 ns is one instruction"
	print "Costs are in " cost ". \"-\": this kernel has it not."
	# Memory is measured first and told last.
	for (pass = 1; pass <= 2; pass++)
		for (i = 1; i <= n; i++) {
			k = order[i]
			late = kind(k) ~ /^(memory|size|sizeof)$/
			if (late != (pass == 2))
				continue
			if (kind(k) in head) {
				printf "\n%-58s %13s %13s %10s %8s\n", head[kind(k)], "O", "N", "N - O", "N/O"
				delete head[kind(k)]
			}
			diff = ratio = ""
			if (k in o && k in nn) {
				diff = nn[k] - o[k]
				diff = diff > -0.5 && diff < 0.5 ? "0" : sprintf("%+d", diff + (diff < 0 ? -0.5 : 0.5))
				if (o[k] > 0)
					ratio = sprintf("%.4f", nn[k] / o[k])
			}
			t = title_of[k]
			if (k ~ /^(size|sizeof|memory|bytes)\./)
				t = t ", " unit[k]
			line = sprintf("%-58s %13s %13s %10s %8s", substr(t, 1, 58), show(o[k]), show(nn[k]), diff, ratio)
			sub(/ *$/, "", line)
			print line
		}
}
