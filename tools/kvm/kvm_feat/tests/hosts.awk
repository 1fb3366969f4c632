# SPDX-License-Identifier: GPL-2.0
#
# Makes a profile, DIR/NAME, of each line of hosts: those with a @ if -v rack=1, else the
# others.

!/^#/ && (/^@/ == (rack == 1)) {
	name = $1; kernel = $2; midr = $3; el0 = $5; pa = $6; mpam = $7
	sub(/^@/, "", name)
	out = dir "/" name
	old = kernel == "6.1"
	# Newer kernels hide a field that the CPU has, and take it from a guest that saw it
	nv = mpam && (old || kernel == "6.12") ? 2 : 0
	psci = old || kernel == "6.12" ? "0x10001" : "0x10003"
	print "# kvm_feat profile 2\n# kernel " kernel > out
	print "# features psci_0_2" > out
	print "# classes " (kernel == "next" ? "kernel" : "built-in") > out

	print "MIDR_EL1 0x603000000013c000 " midr ($4 == "yes" ? " 0xffffffff" : " 0x0") > out
	printf "ID_AA64PFR0_EL1 0x603000000013c020 0x%x%08x%s\n", old * mpam * 256, 4368 + el0,
		old ? "" : " 0xff" > out
	printf "ID_AA64MMFR0_EL1 0x603000000013c038 0x%x%s\n", pa, old ? "" : " 0xf" > out
	printf "ID_AA64MMFR2_EL1 0x603000000013c03a 0x%x000000%s\n", nv, old ? "" : " 0xf" > out
	mask = old ? "" : el0 == 2 ? " 0xf0" : " 0x0"
	print "ID_PFR0_EL1 0x603000000013c008 " (el0 == 2 ? "0x131" : "0x0") mask > out
	print "CLIDR_EL1 0x603000000013c801 " $8 > out
	print "CCSIDR_0 0x6020000000110000 " $9 > out
	print "PSCI_VERSION 0x6030000000140000 " psci > out
	print "STD_BMAP 0x6030000000160000 0x1 0x1" > out
	print "# host CNTFRQ_EL0 " $10 "\n# host DCZID_EL0 0x4" > out
	takes = "# takes PSCI_VERSION 31:0=0x2,0x10000-" psci
	if (!old) {
		# Newer kernels have CCSIDRs of all caches that could be there
		print "CCSIDR_9 0x6020000000110009 0x2" > out
		if (kernel != "6.12")
			print "VENDOR_HYP_BMAP_2 0x6030000000160003 0x0 0x3" > out
		takes = takes "\n# optional VENDOR_HYP_BMAP_2"
		takes = takes "\n# takes ID_AA64PFR0_EL1 " (mpam ? "43:40=0,~1 " : "") "3:0=1-" el0
		takes = takes "\n# takes ID_AA64MMFR0_EL1 3:0=0-" pa
		if (!nv)
			takes = takes "\n# takes ID_AA64MMFR2_EL1 27:24=0,~1-2"
		# Without AArch32 its ID registers ignore writes
		takes = takes "\n# takes ID_PFR0_EL1 " \
			(el0 == 2 ? "7:4=0-3" : "63:0=0,~0-0xffffffffffffffff")
		takes = takes "\n# takes CLIDR_EL1 46:30=0-0x1ffff 29:21=0-0x1ff 20:0=0-0x1fffff"
		for (i = 0; i <= 9; i += 9)
			takes = takes "\n# takes CCSIDR_" i " 31:3=0-0x1fffffff 2:0=2-7"
	}
	if (kernel == "next") {
		print "PMMIR_EL1 0x603000000013c4f6 0x0" > out
		print "HCID_VENDOR_HYP_1 0x6030000000141181 0x0 0x8000000000000000" > out
		takes = takes "\n# optional PMMIR_EL1 HCID_VENDOR_HYP_1"
	}
	print takes "\n# end" > out
	close(out)
}
