# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the tables vmms, guests and cells, in this order, for plan.awk and
# judge.awk. Variables: tier, "all", "short" (cells with a *), "story" (cells with a !) or
# "debug" (cells with a ^); kernels, the names in their table, in its order; oldest, the
# one with that role; machine, the machine of these cells; machines, the names in that table, to
# find one that is not there.
#
# Cell i: vmm[i], guest[i], source[i], dest[i], expected[i], and line[i] of the table;
# at[vmm, guest, source, dest] is its i; tabled has all VMMs of the table. VMM v is
# vmm_name[1..vmms], driver[v], vcpu[v]; profile_of[g] and
# registers_of[g] of guest g, which is guest_name[1..guests].

function wrong(what) {
	print FILENAME ":" FNR ": " what >"/dev/stderr"
	failed = 1
	exit 1
}

# The name of a VMM without what is around it
function base_vmm(v) {
	sub(/\+.*/, "", v)
	return v
}

# What a VMM asks KVM for on this machine
function on_machine(words,  w, n, i, part, m, o, j, here, list) {
	n = split(words, w, ",")
	for (i = 1; i <= n; i++) {
		here = split(w[i], part, "@") == 1
		o = here ? 0 : split(part[2], m, "+")
		for (j = 1; j <= o; j++) {
			if (machines != "" && !index(" " machines " ", " " m[j] " "))
				wrong("no machine is called " m[j])
			here = here || m[j] == machine
		}
		if (here)
			list = list "," part[1]
	}
	return substr(list, 2)
}

BEGIN {
	FS = "[ \t]+"
	n = split(kernels, kernel, " ")
	for (k = 1; k <= n; k++)
		known[kernel[k]]
	for (k = n + 1; k in kernel; k++)
		delete kernel[k]
	kernels = n
}

FNR == 1 { table++ }

/^[ \t]*(#|$)/ { next }

table == 1 {
	if (NF != 8)
		wrong(NF " columns")
	vmm_name[++vmms] = $1
	driver[$1] = $2
	vcpu[$1] = on_machine($3)
	next
}

table == 2 {
	if (NF < 3)
		wrong(NF " columns")
	if ($2 !~ /^(-|oldest)$/ && !($2 in known))
		wrong("no kernel is called " $2)
	guest_name[++guests] = $1
	profile_of[$1] = $2
	registers_of[$1] = $3
	for (k = 4; k <= NF; k++)
		registers_of[$1] = registers_of[$1] " " $k
	next
}

# A kernel, or KERNEL@MACHINE: on that machine, behind the kernels in their order
function check_kernel(k,  part) {
	split(k, part, "@")
	if (!(part[1] in known))
		wrong("no kernel is called " part[1])
	if (part[2] != "" && machines != "" && !index(" " machines " ", " " part[2] " "))
		wrong("no machine is called " part[2])
	if (!(k in known))
		kernel[++kernels] = k
	known[k]
}

# The first line says which kernels the columns are
!columns {
	columns = NF
	for (k = 4; k <= NF; k++) {
		check_kernel($k)
		column[k] = $k
	}
	next
}

NF != columns { wrong(NF " columns, " columns " in the first line") }
!(base_vmm($1) in driver) { wrong("no VMM is called " $1) }
!($2 in profile_of) { wrong("no guest is called " $2) }

{
	tabled[base_vmm($1)]
	n = split($3, link, ">")
	for (k = 1; k <= n; k++)
		check_kernel(link[k])
	for (k = 4; k <= NF; k++) {
		want = $k
		mark = match(want, /[*!^]+$/) ? substr(want, RSTART) : ""
		sub(/[*!^]+$/, "", want)
		if (want == "-" || (tier == "short" && mark !~ /\*/) || (tier == "story" && mark !~ /!/) ||
				(tier == "debug" && mark !~ /\^/))
			continue
		vmm[++cells] = $1
		guest[cells] = $2
		source[cells] = $3
		dest[cells] = column[k]
		expected[cells] = want
		line[cells] = FNR
		at[$1, $2, $3, column[k]] = cells
	}
}

END {
	if (!failed && !cells)
		print FILENAME ": no cells for " tier >"/dev/stderr"
	if (!cells || failed)
		exit 1
}

# The folder of cell i's guest after a path, kernels with a > between them: each
# kernel is a folder in that of the one before
function folder(path, i) {
	gsub(/>/, "/", path)
	return "guests/" vmm[i] "/" guest[i] "/" path
}

function source_folder(i) { return folder(source[i], i) }
function dest_folder(i) { return folder(source[i] ">" dest[i], i) }
# What the kernel of the destination makes of such a guest itself
function own_folder(i) { return folder(dest[i], i) }

function profile_folder(k, v) { return "profiles/" vcpu[base_vmm(v)] "/" k }

function profile_kernel(i) {
	return profile_of[guest[i]] == "oldest" ? oldest : profile_of[guest[i]]
}

# The guests whose profiles are made of this kernel's, each with a blank before it
function guests_of(k,  i, g, list) {
	for (i = 1; i <= guests; i++) {
		g = guest_name[i]
		if (registers_of[g] ~ /=/ && (profile_of[g] == "oldest" ? oldest : profile_of[g]) == k)
			list = list " " g
	}
	return list
}

# The profile of cell i's guest, of the source's kernel; - for none
function profile(i) {
	if (profile_of[guest[i]] == "-")
		return "-"
	return profile_folder(profile_kernel(i), vmm[i]) "/" \
		(registers_of[guest[i]] ~ /=/ ? guest[i] "." : "") "profile"
}

# What the jobs save, restore and relay are told of it
function words(i) { return vmm[i] " " guest[i] " " profile(i) }
