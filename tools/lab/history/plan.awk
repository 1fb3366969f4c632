# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v kernels=KERNELS -v vcpu=FEATURES [-v only=MACHINES] -f plan.awk MACHINES: what to run
# for the history of these kernels, a plan as boot/runner.sh has it; FEATURES are those that
# hcid_vmm asks for.
#
# Each kernel is compared with the one before it, and on machines with guests, one moves
# there and back by hcid_vmm: as its kernel has made it, and back also with the profile of
# the kernel before. Below the run's folder, MACHINE has what migrate/plan.awk describes;
# "listed" beside a saved guest is the list of its registers.

function job(wave, boot, k, limit, what) {
	boot = boot "-" machine "-" k
	print wave, boot, k, machine, "single", ++jobs[boot], limit, what
}

function guest(kind, path) { return machine "/guests/hcid_vmm/" kind "/" path }

# The profile with which guests are pinned
function profile(k) { return machine "/profiles/" vcpu "/" k "/profile" }

function restore(wave, boot, k, kind, from) {
	job(wave, boot, k, 120, "restore hcid_vmm " kind " - " guest(kind, from) " " guest(kind, from "/" k))
}

/^[ \t]*(#|$)/ { next }

NF < 3 {
	print FILENAME ":" FNR ": " NF " columns" >"/dev/stderr"
	exit 1
}

$2 == "guests" && !index($0 " ", " " vcpu " ") && !index($0 " ", "\t" vcpu " ") {
	print FILENAME ":" FNR ": guests are pinned by profiles for " vcpu >"/dev/stderr"
	exit 1
}

only != "" && !index("," only ",", "," $1 ",") { next }

{
	machine = $1
	n = split(kernels, k, " ")
	for (i = 1; i <= n; i++) {
		# kvm_feat tries each value, which takes long with guests at EL2 under the emulator
		for (v = 3; v <= NF; v++)
			job(1, "record", k[i], 240, "dump " $v " " machine "/profiles/" $v "/" k[i])
		if ($2 != "guests")
			continue
		job(1, "record", k[i], 120, "save hcid_vmm default - " guest("default", k[i]))
		job(1, "record", k[i], 60, "list " guest("default", k[i]))
	}
	if ($2 != "guests")
		next
	# The newest first: a pinned guest of the next kernel comes back to this one
	for (i = n; i >= 1; i--) {
		if (i > 1) {
			job(2 + n - i, "move", k[i], 120, "save hcid_vmm pinned " profile(k[i - 1]) " " guest("pinned", k[i]))
			restore(2 + n - i, "move", k[i], "default", k[i - 1])
		}
		if (i < n) {
			restore(2 + n - i, "move", k[i], "default", k[i + 1])
			restore(2 + n - i, "move", k[i], "pinned", k[i + 1])
		}
	}
}
