# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tier=TIER -v kernels=KERNELS -v oldest=KERNEL -v machine=MACHINE -v table_name=TABLE [-v as=KERNEL+NAME] \
#	-f cells.awk -f plan.awk vmms guests cells: what to run for the cells, a plan as
# boot/runner.sh has it. Boots are "save-KERNEL" and "restore-KERNEL", and
# "profile-KERNEL" where profiles have to be there before. "as" is booted in KERNEL's
# place. The folders among the arguments are below the run's:
#
#	profiles/VCPU/KERNEL	what kvm_feat dumped there: profile. Also, for each kind of
#				guest with this profile and registers of its own,
#				GUEST.profile
#	checks/VCPU/KERNEL	what kvm_feat on KERNEL says of all these profiles
#	feat-tests/KERNEL	kvm_feat's own tests
#	guests/VMM/GUEST/KERNEL	a guest that was started and saved there
#	.../KERNEL2		what has become of it where it was restored

# Profiles come first, links of chains before what follows from them
function add(phase, k, limit, verb, args,  early) {
	if ((phase, k, args) in planned)
		return
	planned[phase, k, args]
	early = verb ~ /^(dump|check|relay)$/
	jobs[phase, k, early] = jobs[phase, k, early] limit " " verb " " args "\n"
}

# The boot of a kernel in this phase needs what that of another leaves
function after(phase, k, other) {
	if (k != other)
		earlier[phase, k, other]
}

# A kernel whose profile others wait for, and that waits for one itself, dumps it in a boot
# of its own: two may need each other's
function split_profiles(  j, k, o, waits, awaited) {
	for (j = 1; j <= kernels; j++) {
		k = kernel[j]
		waits = awaited = 0
		for (o in involved) {
			waits += ("save", k, o) in earlier
			awaited += ("save", o, k) in earlier
		}
		if (!waits || !awaited)
			continue
		jobs["profile", k, 1] = jobs["save", k, 1]
		delete jobs["save", k, 1]
		for (o in involved)
			delete earlier["save", o, k]
	}
}

# Prints the boots of a phase in waves, each as early as it can be
function print_waves(phase,  j, k, o, rest, ready, now, l, n, i, host) {
	for (j = 1; j <= kernels; j++)
		if ((phase, kernel[j], 1) in jobs || (phase, kernel[j], 0) in jobs)
			rest[kernel[j]]
	for (;;) {
		split("", now)
		n = 0
		for (j = 1; j <= kernels; j++) {
			if (!((k = kernel[j]) in rest))
				continue
			ready = 1
			for (o in rest)
				if ((phase, k, o) in earlier)
					ready = 0
			if (ready)
				now[++n] = k
		}
		if (!n)
			break
		wave++
		for (j = 1; j <= n; j++) {
			k = now[j]
			delete rest[k]
			o = split(jobs[phase, k, 1] jobs[phase, k, 0], l, "\n") - 1
			split(k, host, "@")
			for (i = 1; i <= o; i++)
				print wave, phase "-" k, index(as, host[1] "+") == 1 ? as : host[1],
					host[2] ? host[2] : machine, "single", i, l[i]
		}
	}
	for (k in rest) {
		print "plan.awk: chains of cells go round in a circle at " k >"/dev/stderr"
		exit 1
	}
}

END {
	if (failed)
		exit 1
	# kvm_feat says what it makes of each kernel, and then of each other's profile.
	# The story tells of one VMM, and of no tests
	if (table_name == "cells")
		involved[oldest]
	for (i = 1; i <= cells; i++) {
		used[base_vmm(vmm[i])]
		if (profile_of[guest[i]] != "-")
			involved[profile_kernel(i)]
		split(source[i] ">" dest[i], link, ">")
		for (l in link)
			involved[link[l]]
	}
	for (j = 1; j <= kernels; j++) {
		k = kernel[j]
		if (!(k in involved) || k ~ /@/)
			continue
		for (n = 1; n <= vmms; n++) {
			v = vmm_name[n]
			if (tier == "story" || table_name != "cells" ? !(v in used) : !(v in tabled))
				continue
			add("save", k, 60, "dump", vcpu[v] " " profile_folder(k, v) guests_of(k))
			add("restore", k, 120, "check", vcpu[v] " checks/" vcpu[v] "/" k)
		}
		if (tier != "story" && table_name == "cells")
			add("restore", k, 240, "feat-tests", "feat-tests/" k)
	}
	for (i = 1; i <= cells; i++) {
		links = split(source[i], link, ">")
		path = link[1]
		add("save", path, 240, "save", words(i) " " folder(path, i))
		if (profile(i) != "-")
			after("save", path, profile_kernel(i))
		# The lab names what QEMU does not: by what the kernel itself saves
		if (expected[i] ~ /^refused/ && dest[i] !~ /@/) {
			add("save", dest[i], 240, "save", words(i) " " own_folder(i))
			if (profile(i) != "-")
				after("save", dest[i], profile_kernel(i))
		}
		# The links of a chain but the last
		for (l = 2; l <= links; l++) {
			add("restore", link[l], 240, "relay",
				words(i) " " folder(path, i) " " folder(path ">" link[l], i))
			after("restore", l < links ? link[l + 1] : dest[i], link[l])
			path = path ">" link[l]
		}
	}
	for (i = 1; i <= cells; i++)
		add("restore", dest[i], 240, "restore", words(i) " " source_folder(i) " " dest_folder(i))
	split_profiles()
	print_waves("profile")
	print_waves("save")
	# All profiles are there: what could a guest have on each of these kernels?
	print ++wave, "-", "-", "-", "-", "baseline", 600, "migrate/feat.sh baseline", table_name
	print_waves("restore")
}
