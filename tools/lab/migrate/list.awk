# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tier= -v kernels= -v oldest= -f cells.awk -f list.awk vmms guests cells: a line for
# each cell, "VMM GUEST FROM TO PROFILE EXPECTED", where PROFILE is the kernel whose profile
# the guest has, or "-".

END {
	if (failed || !cells)
		exit 1
	for (i = 1; i <= cells; i++)
		print vmm[i], guest[i], source[i], dest[i],
			profile_of[guest[i]] == "-" ? "-" : profile_kernel(i), expected[i]
}
