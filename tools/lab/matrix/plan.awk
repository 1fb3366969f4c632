# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tier=TIER -v run=RUN -f cells.awk -f plan.awk CELLS: what to run for the
# cells. Writes RUN/*.jobs for tools/lab/matrix/init, and prints the boots:
# "NAME KERNEL JOBS".

function profile_job(k, v) {
	sub(/\+.*/, "", v)
	return "profile." k "." v
}

function profile_arg(i) {
	if (guest[i] == "default")
		return "-"
	return profile_job(oldest, vmm[i]) (guest[i] == "pinned" ? "" : "+" guest[i])
}

# Profiles come first, links of chains before what follows from them
function add(phase, k, verb, name, args,  early) {
	if ((phase, k, name) in planned)
		return
	planned[phase, k, name]
	count[phase, k]++
	early = verb ~ /^(dump|check|relay)$/
	jobs[phase, k, early] = jobs[phase, k, early] verb " " name " " args "\n"
}

function boots(phase, order,  n, w, j, k) {
	n = split(order, w, " ")
	for (j = 1; j <= n; j++) {
		k = w[j]
		if (!count[phase, k])
			continue
		printf "%s", jobs[phase, k, 1] jobs[phase, k, 0] >(run "/" phase "-" k ".jobs")
		print phase "-" k, k, count[phase, k]
	}
}

END {
	# kvm_feat says what it makes of each kernel, and then of each other's profile
	involved[oldest]
	for (i = 1; i <= cells; i++) {
		split(source[i] ">" dest[i], link, ">")
		for (l in link)
			involved[link[l]]
	}
	# What the vCPU of each VMM has, for kvm_feat
	for (k in involved) {
		add("save", k, "dump", profile_job(k, "qemu"), "psci_0_2,pmu_v3,sve,ptrauth")
		add("save", k, "dump", profile_job(k, "hcid_vmm"), "psci_0_2")
		add("restore", k, "check", "check." k ".qemu", "qemu")
		add("restore", k, "check", "check." k ".hcid_vmm", "hcid_vmm")
		add("restore", k, "tests", "tests." k)
	}
	for (i = 1; i <= cells; i++) {
		args = vmm[i] " " profile_arg(i)
		links = split(source[i], link, ">")
		path = link[1]
		add("save", path, "save", job(path, i), args)
		# The lab names what QEMU does not: by what the kernel itself saves
		if (expected[i] ~ /^refused/)
			add("save", dest[i], "save", job(dest[i], i), args)
		# The links of a chain but the last
		for (l = 2; l <= links; l++) {
			add("restore", link[l], "relay", job(path ">" link[l], i), args " " job(path, i))
			path = path ">" link[l]
		}
	}
	for (i = 1; i <= cells; i++)
		add("restore", dest[i], "restore", dest_job(i),
			vmm[i] " " profile_arg(i) " " source_job(i))
	# Two boots go side by side. All saves are done before the first restore; the
	# profile of LTS is there before N and N+1 start guests with it.
	boots("save", "LTS O N N+1")
	boots("restore", "N+1 O N LTS")
}
