# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tier=all -v kernels=KERNELS -v oldest=KERNEL -v machine=MACHINE \
#	-f cells.awk -f live.awk vmms guests live-updates: what to run for live updates.
# The plan that it prints is as that of plan.awk, and so are the folders in it. Its boots:
#
#	dump	makes the profiles of guests that have one
#	K1-K2	begins on KERNEL K1. "kexec K2" has that one go on with the job behind it
#		in the same boot, and so on

function row(wave, boot, k, limit, job) {
	if (!((boot, job) in planned))
		print wave, boot, k, machine, "single", ++jobs[boot], limit, job
	planned[boot, job]
}

function begins(path, with) { return index(path ">", with ">") == 1 }

# Of the cells of this guest, does any go on behind this path?
function goes_on(guest, path,  i) {
	for (i = 1; i <= cells; i++)
		if (words(i) == guest && path_of[i] != path && begins(path_of[i], path))
			return 1
	return 0
}

# The jobs of a boot whose path this is
function print_boot(path,  link, links, l, i, boot, at, before, seen) {
	links = split(path, link, ">")
	boot = path
	gsub(/>/, "-", boot)
	for (l = 1; l <= links; l++) {
		if (l > 1)
			row(2, boot, link[1], 240, "kexec " link[l])
		before = at
		at = at (l > 1 ? ">" : "") link[l]
		for (i = 1; i <= cells; i++) {
			if (!begins(path_of[i], at) || (words(i), l) in seen)
				continue
			seen[words(i), l]
			if (l == 1)
				row(2, boot, link[1], 240, "save " words(i) " " folder(at, i))
			else
				row(2, boot, link[1], 240, (goes_on(words(i), at) ? "relay " : "restore ") \
					words(i) " " folder(before, i) " " folder(at, i))
		}
	}
}

END {
	if (failed)
		exit 1
	for (i = 1; i <= cells; i++) {
		path_of[i] = source[i] ">" dest[i]
		if (profile_of[guest[i]] != "-")
			row(1, "dump", profile_kernel(i), 60, "dump " vcpu[base_vmm(vmm[i])] " " \
				profile_folder(profile_kernel(i), vmm[i]) guests_of(profile_kernel(i)))
	}
	for (i = 1; i <= cells; i++) {
		part = 0
		for (j = 1; j <= cells; j++)
			if (path_of[j] != path_of[i] && begins(path_of[j], path_of[i]))
				part = 1
		if (part || path_of[i] in boots)
			continue
		boots[path_of[i]]
		split(path_of[i], first, ">")
		if (first[1] in begun)
			wrong("two paths begin with " first[1])
		begun[first[1]]
		print_boot(path_of[i])
	}
}
