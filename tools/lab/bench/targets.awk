# SPDX-License-Identifier: GPL-2.0-only
#
# targets.awk ALLOWANCES O N: are the targets met? One "ok" or "not ok" line
# each. With guard=1, only whether existing calls and ioctls cost no more on N.
# Fails if one is missed, or if there was nothing to compare.

BEGIN { FS = "\t" }

FILENAME ~ /allowances$/ {
	if (!/^#/ && NF >= 3) {
		allowed[$1] = $2
		reason[$1] = $3
	}
	next
}
$1 == "figure" {
	if (!file)
		file = FILENAME
	if (FILENAME == file) {
		o[$2] = $3
		order[++n] = $2
	} else {
		nn[$2] = $3
	}
}

function signed(v) { v = v < 0 ? -int(0.5 - v) : int(v + 0.5); return v ? sprintf("%+d", v) : "0" }

function verdict(good, text) {
	print (good ? "ok " : "not ok ") text
	if (!good)
		missed++
}

END {
	worst = "none"
	for (i = 1; i <= n; i++) {
		k = order[i]
		if (k !~ /^(exit|hvc|list|get|set)\./ || !(k in nn) || o[k] <= 0)
			continue
		compared++
		ratio = nn[k] / o[k]
		limit = k in allowed ? allowed[k] : 1
		good = sprintf("%.2f", ratio) + 0 <= limit + 0
		if (guard || !good || nn[k] - o[k] >= 0.5)
			verdict(good, sprintf("%s N/O %.4f (%s)%s", k, ratio, signed(nn[k] - o[k]),
				k in allowed ? ", allowed " limit ": " reason[k] : ""))
	}
	if (!compared)
		verdict(0, "there is no figure that both O and N have")
	else if (!guard)
		print "(" compared " existing calls and ioctls compared; those above O's count are listed)"
	if (guard)
		exit missed > 0

	if (!("hvc.features_2" in nn)) {
		print "(N has not the capabilities: no further targets)"
		exit missed > 0
	}
	verdict(nn["hvc.features_2"] <= 1.05 * nn["hvc.kvm_features"],
		sprintf("FEATURES_2 %.0f is no dearer than KVM_FEATURES %.0f + 5%%",
			nn["hvc.features_2"], nn["hvc.kvm_features"]))
	whole = nn["list.whole"]
	split("feature clearable", f, " ")
	for (i = 1; i <= 2; i++) {
		k = "list." f[i]
		verdict(nn[k] < whole, sprintf("the %s list, %d of %d registers, costs %.2f of the whole",
			toupper(f[i]), nn["n." k], nn["n.list.whole"], nn[k] / whole))
	}
	split("get set", f, " ")
	for (i = 1; i <= 2; i++) {
		dearest = 0
		for (k in nn)
			if (index(k, f[i] ".bitmap") == 1 && nn[k] > dearest)
				dearest = nn[k]
		verdict(dearest && sprintf("%.2f", nn[f[i] ".hcid"] / dearest) + 0 <= 1,
			sprintf("%s of an HCID register %.0f is no dearer than of a bitmap %.0f",
				f[i], nn[f[i] ".hcid"], dearest))
	}
	if ("restore.once.512" in nn)
		verdict(nn["restore.once.512"] < 1.05 * nn["restore.once.1"],
			sprintf("restore by the VM filter is flat: %.0f for 1 vCPU, %.0f for 512 (each: %.0f)",
				nn["restore.once.1"], nn["restore.once.512"], nn["restore.each.512"]))
	verdict(nn["bytes.hcid_idle"] == 0, "an idle HCID window is " nn["bytes.hcid_idle"] + 0 " bytes in the stream")
	if ("size.kvm_text" in nn) {
		verdict(nn["size.kvm_text"] - o["size.kvm_text"] < 3072,
			"text of KVM grows by " nn["size.kvm_text"] - o["size.kvm_text"] " bytes, less than 3072")
		verdict(nn["sizeof.kvm"] - o["sizeof.kvm"] <= 16,
			"struct kvm grows by " nn["sizeof.kvm"] - o["sizeof.kvm"] " bytes, at most 16")
		verdict(nn["sizeof.kvm_vcpu"] == o["sizeof.kvm_vcpu"],
			"struct kvm_vcpu grows by " nn["sizeof.kvm_vcpu"] - o["sizeof.kvm_vcpu"] " bytes")
	}
	exit missed > 0
}
