# SPDX-License-Identifier: GPL-2.0-only
#
# What has become of the cells that cells.awk has read, by what their jobs have
# left in run (see guest.sh), names being the file that names.sh has printed. Prints the outcomes, with tabs between:
#
#	kernel	NAME RELEASE HAS		in the order of the table of kernels
#	vmm	NAME TITLE ORIGIN VCPU
#	cell	VERDICT VMM GUEST FROM TO OUTCOME ABOUT EXPECTED LINE FOLDER WHY
#
# HAS is "rule" for a kernel with the series, which tells by what rule to migrate, or "-".
# ORIGIN is "stock" for a VMM as Debian has it, or "-". VCPU is what it asks KVM for.
# VERDICT is "pass" if the cell has ended as EXPECTED in LINE of the table of cells, else
# "fail". OUTCOME is "same", "corrected", "refused", "unstarted" or "broken". ABOUT has the
# registers that were refused, REGISTER=VALUE with blanks between, as far as the value
# is known, else REGISTER; or those that were corrected, REGISTER.FIELD=OLD->NEW; or it
# says what is broken. WHY is a longer explanation, whose lines end with "\n". All that
# prints results reads only this.

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
	return t == "" ? "" : t + 0
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

# The vCPU's registers in QEMU's migration streams, as stream.c has found them
function read_registers(  l, w, n) {
	while ((getline l <(run "/registers")) > 0) {
		split(l, w, " ")
		sub(/\/state$/, "", w[1])
		sub(/^\.\//, "", w[1])
		n = ++registers[w[1]]
		reg_of[w[1], n] = w[2]
		value_of[w[1], w[2]] = w[3]
	}
}

function among(word, list) { return index(" " list " ", " " word " ") > 0 }

# The list with one more REGISTER=VALUE, if it is not among its registers; a value that
# its VMM does not tell is that of the guest as it was saved in folder src
function with(list, name, value, src,  names) {
	if (value == "" || value == "?")
		value = value_of[src, name]
	names = list
	gsub(/=[^ ]*/, "", names)
	return among(name, names) ? list : list (list == "" ? "" : " ") name (value == "" ? "" : "=" value)
}

# The registers that a VMM has named
function named(dir, src,  l, n, j, w, list) {
	n = split(text(dir, "refused"), l, "\n")
	for (j = 1; j <= n; j++)
		if (l[j] ~ /^[A-Za-z]/) {
			split(l[j], w, /:? /)
			list = with(list, w[1], w[2], src)
		}
	return list
}

# Those for which a destination has given up; "who" says so
function refused(i,  list, src, own, j) {
	src = source_folder(i)
	list = named(dest_folder(i), src)
	who = vmm[i] ~ /\+/ ? "the preload" : "the VMM itself"
	if (list != "")
		return list
	who = "the lab, the VMM does not"
	own = own_folder(i)
	for (j = 1; registers[own] && j <= registers[src]; j++)
		if (!((own, reg_of[src, j]) in value_of))
			list = with(list, reg_of[src, j], "", src)
	return list
}

# Corrections

# What guests call ID registers, and what all others call them
function read_names(  l, w) {
	while (names != "" && (getline l <names) > 0) {
		split(l, w, " ")
		name_of[w[1]] = w[2]
	}
}

# The fields that a VMM says KVM has corrected; was[REGISTER] and is[REGISTER] are the
# values of the whole register
function corrections(dir, was, is,  l, n, j, w, reg, list) {
	split("", was)
	split("", is)
	n = split(text(dir, "corrected"), l, "\n") - 1
	for (j = 1; j <= n; j++) {
		# REGISTER.FIELD OLD -> NEW (VALUE reads back as VALUE)
		split(l[j], w, /[ ()]+/)
		reg = w[1]
		sub(/\..*/, "", reg)
		was[reg] = w[5]
		is[reg] = w[9]
		list = list (list == "" ? "" : " ") w[1] "=" w[2] "->" w[4]
	}
	return list
}

function register_of(word) {
	sub(/[.=].*/, "", word)
	return word
}

# What a list of corrections says of these registers
function those_of(registers, list,  n, w, j, out) {
	n = split(list, w, " ")
	for (j = 1; j <= n; j++)
		if (register_of(w[j]) in registers)
			out = out (out == "" ? "" : " ") w[j]
	return out
}

# The registers of a list of corrections, each once, with commas between
function registers_in(list,  n, w, j, out) {
	n = split(list, w, " ")
	for (j = 1; j <= n; j++) {
		w[j] = register_of(w[j])
		if (!index("," out ",", "," w[j] ","))
			out = out (out == "" ? "" : ",") w[j]
	}
	return out
}

# Judging

# The longest job of those that a guest's folder comes from
function longest(dir,  t, max) {
	for (; dir ~ /\//; sub(/\/[^\/]*$/, "", dir))
		if ((t = text(dir, "seconds") + 0) > max)
			max = t
	return max
}

# The name is the first word of a line; what comes twice would hide something. A clock
# that was ahead by no more than the time of a job, on a machine that is slow or has much
# else to do, is as it should be.
function answers(record, max, value, key,  l, n, j, k) {
	n = split(record, l, "\n") - 1
	for (j = 1; j <= n; j++) {
		k = l[j]
		sub(/ .*/, "", k)
		if (k in value)
			k = k "#" j
		if (!seen[k]++)
			key[++key["n"]] = k
		value[k] = substr(l[j], index(l[j] " ", " ") + 1)
	}
	if ("CLOCK" in value && value["CLOCK"] ~ /^jumped by/) {
		split(value["CLOCK"], l, " ")
		if (l[3] + 0 <= max)
			value["CLOCK"] = "steady"
	}
}

# What the other vCPUs of a record say that the first one does not: see payload/cpus.c
function vcpu_of(key) { return match(key, /^cpu[0-9]+:/) ? substr(key, 1, RLENGTH) : "" }

# A register that each vCPU has for itself: MPIDR, and what the guest writes there
function is_own(name) { return name ~ /^(S3_0_C0_C0_5|p15_0_c0_c0_5|TPIDR_EL1|TPIDRPRW|CNTVOFF_EL2)$/ }

# Of PMCR_EL0, the low bits are state, which CPU_ON resets
function machine_of(name, value) {
	if (name !~ /^PMCR(_EL0)?$/)
		return value
	value = substr("00000000" substr(value, 3), length(value) - 1)
	return substr(value, 1, 5) (substr(value, 6, 1) ~ /[89a-f]/)
}

# Each tells those of its registers that are not as the first vCPU's, and how many are
function vcpus_differ(v, key, moved,  j, k, c, name, n, out) {
	for (j = 1; j <= key["n"]; j++) {
		k = key[j]
		c = vcpu_of(k)
		if (c == "" || !(k in v))
			continue
		name = substr(k, length(c) + 1)
		if (name == "OFF" ? !moved : name == "COUNTER" && v[k] == "agrees")
			continue
		if (name == "EQUAL" || is_own(name) || (name in v && machine_of(name, v[k]) == machine_of(name, v[name])))
			n[c] += name == "EQUAL" ? v[k] : 1
		else
			out = out ", " k " " v[k] (name in v ? ", the first vCPU has " v[name] : "")
	}
	for (c in n)
		if (n[c] != v["REGISTERS"] && out == "")
			out = ", " c "EQUAL of " v["REGISTERS"] " registers"
	return out
}

# The differences of two records, as text. One that a correction (from was to is) explains goes
# into corrected[] instead. A correction of a value that the guest already had is the profile's.
# Jobs took at most max seconds. moved: was there a move between the records?
function difference(before, after, max, was, is, moved,  a, b, key, j, k, x, y, r, out) {
	split("", seen)
	answers(before, max, a, key)
	answers(after, max, b, key)
	for (j = 1; j <= key["n"]; j++) {
		k = key[j]
		x = k in a ? a[k] : "nothing"
		y = k in b ? b[k] : "nothing"
		if ((r = vcpu_of(k)) != "") {
			if (k in a && k in b && x != y && is_own(substr(k, length(r) + 1)))
				out = out ", " k " " x " -> " y
			continue
		}
		r = name_of[k]
		if (r != "" && r in was && x == was[r] && y == is[r])
			corrected[r]
		else if (x != y || (r != "" && r in was && x != is[r]))
			out = out ", " k " " x " -> " y
	}
	return substr(out vcpus_differ(a, key, 0) vcpus_differ(b, key, moved), 3)
}

function verdict(i, o, a, y) {
	outcome[i] = o
	about[i] = a
	why[i] = y
}

function judge(i,  src, dst, st, errors, notes, before, after, about, saved, j, out, none, was, is) {
	src = source_folder(i)
	dst = dest_folder(i)
	serial(src, before)
	if (!has(src, "state")) {
		errors = text(src, "errors")
		if (status(src) > 0 && before["ticks"] == "" && has(src, "refused"))
			return verdict(i, "unstarted", named(src, src), errors)
		return verdict(i, "broken", "nothing was saved", errors text(src, "notes"))
	}
	st = status(dst)
	if (st == "")
		return verdict(i, "broken", "nothing was restored", "the kernel did not get that far")
	errors = text(dst, "errors")
	notes = text(dst, "notes")
	serial(dst, after)
	if (!before["records"])
		return verdict(i, "broken", "the guest did not run before it was saved")
	saved = text(src, "runs-on") + 0
	if (!saved)
		return verdict(i, "broken", "the source did not run on after the save", text(src, "notes"))
	if (after["ticks"] == "" && !after["records"] && st > 0 && st < 128 && errors != "") {
		about = refused(i)
		if (about == "")
			return verdict(i, "broken", "gave up for no reason that can be named", errors)
		return verdict(i, "refused", about, "Named by " who ".\n" errors)
	}
	if (st != 0 || notes != "")
		return verdict(i, "broken", st ? "the VMM ended with status " st : "the lab did not expect that", errors notes)
	if (!after["records"] || after["ticks"] == "")
		return verdict(i, "broken", "the guest did not run on", errors)
	# The list as a number is its first tick
	j = after["ticks"] - saved
	if (after["start"] || (j != 1 && j != 2))
		return verdict(i, "broken", "the guest did not go on where it was",
			saved " ticks, then [" after["ticks"] "]")
	for (j = 2; j <= before["records"] && out == ""; j++)
		out = difference(before[1], before[j], longest(src), none, none, 0)
	about = corrections(dst, was, is)
	split("", corrected)
	for (j = 1; j <= after["records"] && out == ""; j++)
		out = difference(before[1], after[j], longest(dst), was, is, 1)
	if (out != "")
		return verdict(i, "broken", out, "The guest's answers have changed: " out)
	about = those_of(corrected, about)
	j = gsub(/\n/, "\n", after[1]) - split(registers_in(about), none, ",")
	verdict(i, about == "" ? "same" : "corrected", about, j (about == "" ? "" : " other") \
		" answers are the same; tick " saved ", then " after["ticks"] + 0)
}

function as_expected(i,  want, what, names) {
	want = what = expected[i]
	sub(/:.*/, "", want)
	what = what ~ /:/ ? substr(what, index(what, ":") + 1) : ""
	# The guest is as it was but for what was named, or still where it was, and it is known why
	if (want == "kept")
		return outcome[i] == "same" || (outcome[i] ~ /^(corrected|refused|unstarted)$/ && about[i] != "")
	if (outcome[i] != want)
		return 0
	if (what == "")
		return 1
	if (want == "broken")
		return index(about[i], what) > 0
	if (want == "corrected")
		return registers_in(about[i]) == what
	names = about[i]
	gsub(/=[^ ]*/, "", names)
	return among(what, names)
}

# As one field of a line
function plain(s) {
	gsub(/\r/, "", s)
	gsub(/\t/, " ", s)
	sub(/\n+$/, "", s)
	gsub(/\n/, "\\n", s)
	return s
}

END {
	if (failed)
		exit 1
	OFS = "\t"
	while ((getline l <(run "/heads")) > 0) {
		split(l, head, "\t")
		print l (head[1] == "vmm" ? OFS vcpu[head[2]] : "")
	}
	read_registers()
	read_names()
	for (i = 1; i <= cells; i++)
		judge(i)
	for (i = 1; i <= cells; i++) {
		# A guest that was refused elsewhere must still be good where it comes from. That a
		# kernel refuses its own guest is for the table to expect, as of a changed stream.
		j = at[vmm[i], guest[i], source[i], source[i]]
		if (outcome[i] == "refused" && j && j != i && outcome[j] != "same")
			verdict(i, "broken", "refused, and lost on its own kernel, too", why[j])
	}
	for (i = 1; i <= cells; i++)
		print "cell", as_expected(i) ? "pass" : "fail", vmm[i], guest[i], source[i], dest[i],
			outcome[i], plain(about[i]), expected[i], line[i], dest_folder(i), plain(why[i])
}
