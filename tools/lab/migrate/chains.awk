# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v seed=SEED -v chains=N -v steps=L -v kernels=KERNELS -f chains.awk: in the
# folder of a run, read profiles/KERNEL/profile, and make N guests and for each a chain
# of L kernels. Prints rows of a plan, as boot/runner.sh has it: step 1, in wave 3, is the
# save on the first kernel, and each step has one boot of each kernel. Writes, there:
#
#	profiles/GUEST.profile	the profile of a guest
#	table-of-guests, cells	as the tables guests and cells, a cell for each move;
#				what it is expected to be is "kept"
#	settings		GUEST KERNEL CHAIN SETTING...: the chain, and what was
#				changed in that kernel's profile

# The same on every awk: rand() is not. 0 <= random(n) < n
function random(n) {
	seed = seed * 16807 % 2147483647
	return int(seed / 2147483647 * n)
}

function digit(c) { return index("0123456789abcdef", c) - 1 }

# 64 bits are more than a number has: hexadecimal to a string of 64 bits, and back
function to_bits(hex,  i, d, b, out) {
	hex = tolower(substr(hex, 3))
	for (i = 1; i <= length(hex); i++) {
		d = digit(substr(hex, i, 1))
		for (b = 8; b >= 1; b /= 2) {
			out = out (d >= b)
			d -= d >= b ? b : 0
		}
	}
	while (length(out) < 64)
		out = "0" out
	return out
}

function to_hex(bits,  i, b, d, out) {
	for (i = 1; i <= 64; i += 4) {
		d = 0
		for (b = 0; b < 4; b++)
			d = 2 * d + substr(bits, i + b, 1)
		out = out substr("0123456789abcdef", d + 1, 1)
	}
	sub(/^0+/, "", out)
	return "0x" (out == "" ? "0" : out)
}

function number(hex,  i, n) {
	if (hex !~ /^0x/)
		return hex + 0
	for (i = 3; i <= length(hex); i++)
		n = 16 * n + digit(tolower(substr(hex, i, 1)))
	return n
}

# The value with n in its bits msb to lsb
function put(value, msb, lsb, n,  b, i, field) {
	for (i = lsb; i <= msb; i++) {
		field = n % 2 field
		n = int(n / 2)
	}
	b = to_bits(value)
	return to_hex(substr(b, 1, 63 - msb) field substr(b, 65 - lsb))
}

# One of the values in a list like 0,~0xf,0x2-0x5; those behind a ~ have no effect
function pick(list,  n, i, w, part, take, low) {
	n = split(list, w, ",")
	take = 0
	for (i = 1; i <= n; i++)
		if (w[i] !~ /^~/)
			part[++take] = w[i]
	if (!take)
		return -1
	list = part[1 + random(take)]
	low = list
	sub(/-.*/, "", low)
	sub(/.*-/, "", list)
	return number(low) + random(number(list) - number(low) + 1)
}

# Some of the bits of a mask
function some(mask,  b, i, out) {
	b = to_bits(mask)
	for (i = 1; i <= 64; i++)
		out = out (substr(b, i, 1) == "1" && random(2))
	return to_hex(out)
}

function read_profile(k,  file, l, w) {
	file = "profiles/" k "/profile"
	while ((getline l <file) > 0) {
		lines[k, ++nr[k]] = l
		if (split(l, w, " ") >= 3 && w[1] !~ /^(#|device$)/)
			value[k, w[1]] = w[3]
		if (w[1] == "#" && w[2] == "takes")
			takes[k, w[3]] = l
	}
	close(file)
}

# Writes the profile of guest g, that of kernel k with other values
function change_profile(g, k,  i, w, n, f, v, file, part, settings) {
	file = "profiles/" g ".profile"
	for (i = 1; i <= nr[k]; i++) {
		w[4] = ""
		n = split(lines[k, i], w, " ")
		v = ""
		if (w[1] ~ /^(#|device$)/ || n < 3) {
			# no register
		} else if ((k, w[1]) in takes) {
			# A version every other time, any field of ID registers now and then
			if (!random(w[1] ~ /^PSCI/ ? 2 : 6)) {
				n = split(takes[k, w[1]], f, " ")
				split(f[4 + random(n - 3)], part, /[:=]/)
				v = pick(part[3])
				v = v < 0 ? "" : put(w[3], part[1], part[2], v)
			}
		} else if (w[1] ~ /_BMAP|^HCID_/ && n >= 4 && w[4] != "0x0" && random(2)) {
			v = some(w[4])
		}
		if (v == "" || v == w[3]) {
			print lines[k, i] >file
			continue
		}
		settings = settings " " w[1] "=" v
		print w[1], w[2], v (w[4] == "" ? "" : " " w[4]) >file
	}
	close(file)
	return settings
}

function row(s, k, job) {
	print s + 2, s "-" k, k, "migrate", "single", ++jobs[s, k], 240, job
}

BEGIN {
	seed = 1 + seed % 2147483646
	for (i = 0; i < 10; i++)
		random(2)
	nk = split(kernels, kernel, " ")
	for (i = 1; i <= nk; i++)
		read_profile(kernel[i])
	printf "vmm guest from" >"cells"
	for (i = 1; i <= nk; i++)
		printf " %s", kernel[i] >"cells"
	print "" >"cells"
	for (c = 1; c <= chains; c++) {
		g = "c" c
		# No kernel twice in a row
		path = ""
		for (s = 1; s <= steps; s++) {
			do
				at = kernel[1 + random(nk)]
			while (nk > 1 && s > 1 && at == step[s - 1])
			step[s] = at
			path = path (s > 1 ? ">" : "") at
		}
		# As a fleet is pinned, or not
		of = step[1 + random(steps)]
		if (random(2))
			for (i = nk; i >= 1; i--)
				for (s = 1; s <= steps; s++)
					if (step[s] == kernel[i])
						of = kernel[i]
		print g, of, path change_profile(g, of) >"settings"
		print g, of, "-" >"table-of-guests"
		folder = "guests/hcid_vmm/" g "/" step[1]
		row(1, step[1], "save hcid_vmm " g " profiles/" g ".profile " folder)
		from = step[1]
		for (s = 2; s <= steps; s++) {
			row(s, step[s], (s < steps ? "relay" : "restore") " hcid_vmm " g " - " folder " " folder "/" step[s])
			printf "hcid_vmm %s %s", g, from >"cells"
			for (i = 1; i <= nk; i++)
				printf " %s", kernel[i] == step[s] ? "kept" : "-" >"cells"
			print "" >"cells"
			folder = folder "/" step[s]
			from = from ">" step[s]
		}
	}
}
