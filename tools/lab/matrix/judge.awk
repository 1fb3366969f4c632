# SPDX-License-Identifier: GPL-2.0-only
#
# What has become of the cells that cells.awk has read, by what their jobs have
# left in run: outcome[i], what[i] it is about, and why[i], a longer explanation.
# Also in run/outcomes, as "vmm guest source dest outcome what".

# What a job has left

function has(dir, file,  l, found) {
	file = run "/" dir "/" file
	found = (getline l <file) >= 0
	close(file)
	return found
}

function text(dir, file,  l, t) {
	file = run "/" dir "/" file
	while ((getline l <file) > 0)
		t = t l "\n"
	close(file)
	return t
}

# Empty if the job has not ended
function status(dir,  t) {
	t = text(dir, "status")
	gsub(/[ \n]/, "", t)
	return t
}

# What the guest has said: its complete records in s[1], s[2]... s["records"], the
# list of its ticks in s["ticks"], and whether it has started
function serial(dir, s,  l, n, j, open) {
	split("", s)
	s["records"] = 0
	s["ticks"] = ""
	n = split(text(dir, "serial"), l, "\n")
	for (j = 1; j <= n; j++) {
		if (l[j] ~ /^tick [0-9]+$/)
			s["ticks"] = s["ticks"] (s["ticks"] == "" ? "" : ", ") substr(l[j], 6)
		if (l[j] ~ /(^|[ \t])start([ \t]|$)/)
			s["start"] = 1
		if (open && l[j] == "end") {
			s["records"]++
			open = 0
		} else if (open) {
			s[s["records"] + 1] = s[s["records"] + 1] l[j] "\n"
		} else if (l[j] == "probe") {
			s[s["records"] + 1] = ""
			open = 1
		}
	}
}

# Registers

# The ID, in hex, of what a macro with such arguments makes; its upper half left out
function id(call,  w) {
	split(call, w, /[(, )]+/)
	if (w[1] ~ /SYS_?REG$/)
		return sprintf("%016x", 19 * 65536 + w[2] * 16384 + w[3] * 2048 + w[4] * 128 + w[5] * 8 + w[6])
	if (w[1] ~ /HCID$/)
		return sprintf("%016x", 20 * 65536 + 4096 + w[2] * 64 + w[3])
	return sprintf("%016x", (w[1] ~ /BMAP/ ? 22 : 20) * 65536 + w[2])
}

# The names that kvm_feat has for registers
function read_names(  l, w, owner, o, n) {
	while ((getline l <table) > 0)
		if (match(l, /\{ "[A-Za-z0-9_]+", (SYSREG|FW_REG|FW_FEAT_BMAP_REG)\([^)]*\)/)) {
			split(substr(l, RSTART, RLENGTH), w, "\"")
			name_of[substr(id(substr(w[3], 3)), 10)] = w[2]
			n++
		}
	if (!n) {
		print "judge.awk: no registers in " table >"/dev/stderr"
		exit 1
	}
	split("0 ARCH 4 STD 5 STD_HYP 6 VENDOR_HYP", owner, " ")
	for (o = 1; o < 8; o += 2)
		for (n = 0; n < 8; n++)
			name_of[substr(id("HCID(" owner[o] ", " n ")"), 10)] = "HCID_" owner[o + 1] "_" n
}

function name(r) { return substr(r, 10) in name_of ? name_of[substr(r, 10)] : "REG_" r }

# The vCPU's registers in QEMU's migration streams, as stream.c has found them
function read_registers(  l, w, part, n) {
	while ((getline l <(run "/registers")) > 0) {
		split(l, w, " ")
		split(w[1], part, "/")
		n = ++registers[part[2]]
		reg_of[part[2], n] = w[2]
		value_of[part[2], w[2]] = w[3]
	}
}

function unique(list,  w, n, j, known, out) {
	n = split(list, w, " ")
	for (j = 1; j <= n; j++)
		if (!known[w[j]]++)
			out = out (out == "" ? "" : " ") w[j]
	return out
}

# The register that hcid_vmm says was refused, if it says so by that macro
function macro(l, which) {
	if (match(l, "^refused: " which "\\([0-9, ]+\\):"))
		return " " name(id(substr(l, 10, RLENGTH - 10)))
}

# Names of the registers that a preload, a VMM or QEMU 11 says were refused
function said(errors,  l, n, j, w, s) {
	n = split(errors, l, "\n")
	for (j = 1; j <= n; j++) {
		if (l[j] ~ /^hcid: [^ \t]+ 0x[^ \t]+ refused/) {
			split(l[j], w, " ")
			s[1] = s[1] " " w[2]
		}
		if (match(l[j], /op0:[0-9]+ op1:[0-9]+ crn:[0-9]+ crm:[0-9]+ op2:[0-9]+/)) {
			w[1] = substr(l[j], RSTART, RLENGTH)
			gsub(/[a-z]+[0-9]?:/, "", w[1])
			s[2] = s[2] " " name(id("SYSREG(" w[1] ")"))
		}
		s[3] = s[3] macro(l[j], "ARM64_SYS_REG")
		s[4] = s[4] macro(l[j], "KVM_REG_ARM_HCID")
		s[5] = s[5] macro(l[j], "KVM_REG_ARM_FW_(FEAT_BMAP_)?REG")
		if (match(l[j], /fw reg [0-9]+ to/))
			s[6] = s[6] " " name(id("FW_REG(" substr(l[j], RSTART + 7, RLENGTH - 10) ")"))
	}
	return unique(s[1] s[2] s[3] s[4] s[5] s[6])
}

# Names of the registers for which a destination has given up; "who" says so
function refused(i,  names, src, own, j) {
	names = said(text(dest_job(i), "errors"))
	who = vmm[i] ~ /\+/ ? "the preload" : "the VMM itself"
	if (names != "")
		return names
	who = "the lab, QEMU does not"
	src = source_job(i)
	own = job(dest[i], i)
	for (j = 1; registers[own] && j <= registers[src]; j++)
		if (!((own, reg_of[src, j]) in value_of))
			names = names " " name(reg_of[src, j])
	return unique(names)
}

# Judging

function answers(record, value, key,  l, n, j, w, k) {
	n = split(record, l, "\n") - 1
	for (j = 1; j <= n; j++) {
		split(l[j], w, " ")
		k = w[1]
		if ((k ~ /FEATURES$/ && k != "KVM_FEATURES") || k == "FEATURES_2")
			k = k " " w[2]
		if (!seen[k]++)
			key[++key["n"]] = k
		value[k] = substr(l[j], length(k) + 2)
	}
}

# What two records of a guest differ in, as text; empty if in nothing
function difference(before, after,  a, b, key, j, k, x, y, out) {
	split("", seen)
	answers(before, a, key)
	answers(after, b, key)
	for (j = 1; j <= key["n"]; j++) {
		k = key[j]
		x = k in a ? a[k] : "nothing"
		y = k in b ? b[k] : "nothing"
		if (x != y)
			out = out ", " k " " x " -> " y
	}
	return substr(out, 3)
}

function verdict(i, o, w, y) {
	outcome[i] = o
	what[i] = w
	why[i] = y
}

# hcid_vmm compares the guest's records itself, and tells by its exit status
function judge_ours(i,  st, t, l, n) {
	st = status(dest_job(i))
	t = text(dest_job(i), "serial") text(dest_job(i), "errors")
	gsub(/^[ \t\n]+|[ \t\n]+$/, "", t)
	n = split(t, l, "\n")
	if (st == "0" && t ~ /answers are the same/)
		verdict(i, "same")
	else if (st == "3")
		verdict(i, "refused", refused(i), t)
	else
		verdict(i, "BROKEN", n ? l[n] : "status " (st == "" ? "None" : st), t)
}

function judge(i,  src, dst, st, errors, notes, before, after, names, saved, j, out) {
	src = source_job(i)
	dst = dest_job(i)
	serial(src, before)
	if (!has(src, "state")) {
		errors = text(src, "errors")
		names = said(errors)
		if (status(src) > 0 && before["ticks"] == "" && (names != "" || errors ~ /refused: /))
			return verdict(i, "unstarted", names, errors)
		return verdict(i, "BROKEN", "nothing was saved", errors text(src, "notes"))
	}
	if (vmm[i] == "hcid_vmm")
		return judge_ours(i)
	if (!before["records"])
		return verdict(i, "BROKEN", "the guest did not run before it was saved")
	saved = text(src, "runs-on") + 0
	if (!saved)
		return verdict(i, "BROKEN", "the source did not run on after the save", text(src, "notes"))

	st = status(dst)
	errors = text(dst, "errors")
	notes = text(dst, "notes")
	serial(dst, after)
	if (st == "")
		return verdict(i, "BROKEN", "nothing was restored", "the kernel did not get that far")
	if (after["ticks"] == "" && !after["records"] && st > 0 && st < 128 && errors != "") {
		names = refused(i)
		if (names == "")
			return verdict(i, "BROKEN", "gave up for no reason that can be named", errors)
		return verdict(i, "refused", names, "Named by " who ".\n" errors)
	}
	if (st != 0 || notes != "")
		return verdict(i, "BROKEN", "QEMU ended with status " st, errors notes)
	if (!after["records"] || after["ticks"] == "")
		return verdict(i, "BROKEN", "the guest did not run on", errors)
	# The list as a number is its first tick
	j = after["ticks"] - saved
	if (after["start"] || (j != 1 && j != 2))
		return verdict(i, "BROKEN", "the guest did not go on where it was",
			saved " ticks, then [" after["ticks"] "]")
	for (j = 2; j <= before["records"] && out == ""; j++)
		out = difference(before[1], before[j])
	for (j = 1; j <= after["records"] && out == ""; j++)
		out = difference(before[1], after[j])
	if (out != "")
		return verdict(i, "BROKEN", out, "The guest's answers have changed: " out)
	verdict(i, "same", "", gsub(/\n/, "\n", after[1]) " answers are the same; tick " \
		saved ", then " after["ticks"] + 0)
}

END {
	read_names()
	read_registers()
	for (i = 1; i <= cells; i++)
		judge(i)
	for (i = 1; i <= cells; i++) {
		# A guest that was refused elsewhere must still be good where it comes from
		j = at[vmm[i], guest[i], source[i], source[i]]
		if (outcome[i] == "refused" && j && outcome[j] != "same")
			verdict(i, "BROKEN", "refused, and lost on its own kernel, too", why[j])
	}
	for (i = 1; i <= cells; i++)
		print vmm[i] " " guest[i] " " source[i] " " dest[i] " " outcome[i] " " what[i] >(run "/outcomes")
}
