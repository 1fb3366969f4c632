# SPDX-License-Identifier: GPL-2.0-only
#
# targets.awk -v base=NAME -v product=NAME [-v all=1] ALLOWANCES BASE PRODUCT
#
# Are the targets met? Lines as verdict() of lib.sh has them: pass or fail, what, why.
# BASE and PRODUCT are what "bench -m" printed on each. Existing figures are held to
# the table of allowances: one line for each line of it that is kept to, one for each
# figure that is not. With all=1 also what the series promises of its own figures.

BEGIN {
	FS = "\t"
	OFS = "\t"
}

FILENAME == ARGV[1] {
	if (!/^#/ && NF >= 3) {
		pattern[++np] = $1
		limit[np] = $2
		reason[np] = $3
	}
	next
}
$1 == "end" { ended[FILENAME] }
$1 == "figure" && FILENAME == ARGV[2] {
	b[$2] = $3
	order[++n] = $2
}
$1 == "figure" && FILENAME == ARGV[3] { p[$2] = $3 }

function line_of(key,  i, s) {
	for (i = np; i; i--) {
		s = pattern[i]
		if (s == key || (sub(/\*$/, "", s) && index(key, s) == 1))
			return i
	}
}

function signed(v) {
	v = sprintf("%.0f", v) + 0
	return v ? sprintf("%+d", v) : "0"
}

# A figure of the base's, under line l of the allowances
function compare(key, l,  by, good) {
	if (!(key in p)) {
		verdict(0, key, "not measured on " product)
		bad[l]
		return
	}
	by = p[key] - b[key]
	compared[l]++
	if (limit[l] ~ /^\+/) {
		good = by <= limit[l] + 0
		ratio = by
		detail = signed(by)
	} else {
		good = p[key] <= b[key] * limit[l]
		ratio = b[key] > 0 ? p[key] / b[key] : 1
		detail = sprintf("%.4f of %s, %s", ratio, base, signed(by))
	}
	if (!good) {
		verdict(0, key " costs more than on " base, detail "; allowed " limit[l] ": " reason[l])
		bad[l]
	}
	if (compared[l] == 1 || ratio > worst[l]) {
		worst[l] = ratio
		dearest[l] = key " " detail
	}
}

function verdict(good, what, why) {
	print good ? "pass" : "fail", what, why
	if (!good)
		missed++
}

# What the series promises of the figures that only it has
function own(  f, i, n, k, dearest) {
	n = split("hvc.features_2 hvc.kvm_features list.feature list.optional list.whole get.hcid set.hcid" \
		" restore.once.1 restore.once.512 bytes.hcid_idle", f, " ")
	for (i = 1; i <= n; i++)
		if (!(f[i] in p)) {
			verdict(0, "what the series promises", f[i] " not measured on " product)
			return
		}
	verdict(p["hvc.features_2"] <= 1.05 * p["hvc.kvm_features"],
		"FEATURES_2 is no dearer than KVM_FEATURES and 5%",
		sprintf("%.0f and %.0f", p["hvc.features_2"], p["hvc.kvm_features"]))
	split("feature optional", f, " ")
	for (i = 1; i <= 2; i++) {
		k = "list." f[i]
		verdict(p[k] < p["list.whole"], "the " toupper(f[i]) " list is cheaper than the whole",
			sprintf("%d of %d registers, %.2f of it", p["n." k], p["n.list.whole"],
				p[k] / p["list.whole"]))
	}
	split("get set", f, " ")
	for (i = 1; i <= 2; i++) {
		dearest = 0
		for (k in p)
			if (index(k, f[i] ".bitmap") == 1 && p[k] > dearest)
				dearest = p[k]
		verdict(p[f[i] ".hcid"] <= 1.005 * dearest, f[i] " of an HCID register is no dearer than of a bitmap",
			sprintf("%.0f and %.0f", p[f[i] ".hcid"], dearest))
	}
	verdict(p["restore.once.512"] < 1.05 * p["restore.once.1"], "restore by the VM filter is flat",
		sprintf("%.0f for 1 vCPU, %.0f for 512, where each is written %.0f",
			p["restore.once.1"], p["restore.once.512"], p["restore.each.512"]))
	verdict(p["bytes.hcid_idle"] == 0, "an idle HCID window is nothing in the stream",
		sprintf("%d bytes", p["bytes.hcid_idle"]))
}

END {
	for (i = 2; i <= 3; i++)
		if (!(ARGV[i] in ended))
			verdict(0, "all figures of " (i == 2 ? base : product),
				"the run never came to its end")
	if (missed)
		exit 0
	for (i = 1; i <= n; i++)
		if ((l = line_of(order[i])))
			compare(order[i], l)
	for (l = 1; l <= np; l++) {
		if (compared[l] && !(l in bad))
			verdict(1, pattern[l] ": " compared[l] " at most " limit[l], "most: " dearest[l])
		else if (!compared[l])
			verdict(0, pattern[l], "there is no such figure to compare")
	}
	if (all)
		own()
}
