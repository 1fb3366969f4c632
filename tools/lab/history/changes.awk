# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v run=FOLDER-OF-MACHINE -v machine= -v old=KERNEL -v new=KERNEL -v vcpus="VCPU..." \
#	-v guests= -f changes.awk NAMES: what changes for a guest from one kernel to the other, a
# line each, with tabs between:
#
#	change	MACHINE OLD NEW WHAT BEFORE AFTER SEEN BREAKS FORWARD BACK
#
# WHAT is a register, what a profile has of a device, the first word of a line of a guest's
# record, or "vCPU FEATURES".
# BEFORE and AFTER are what it was, or "-" for not there; SEEN where, with blanks between:
# the vCPUs' features, "list" (KVM_GET_REG_LIST) or "guest" (its record). BREAKS: which
# moves of a VMM that writes back all that it has read: "forward", "back", "both", or "no"
# if each kernel takes what the other has. What only the guest sees breaks "silently" if
# it has changed under a guest that moved, is "governed" by a register of another line if it
# has not, and is "unknown" if none got that far. FORWARD and BACK say what the rule makes of
# it, by a guest that has moved: "carried", "corrected" (KVM has changed it, and the VMM has
# named it), "refused" (for this register), "changed" (the guest has seen it change, and
# nobody has said so), or "-": no guest moved, or it was refused for another one.
# BACK is that of a guest that was started with the older kernel's profile.
#
# And how it went, for the whole of a guest:
#
#	move	MACHINE OLD NEW DIRECTION OUTCOME ABOUT

function key_of(what, seen) {
	if (!(what in where))
		order[++n] = what
	if (index(" " where[what] " ", " " seen " ") == 0)
		where[what] = where[what] (where[what] == "" ? "" : " ") seen
}

function read(file, v,  l, w, in_record, first) {
	split("", v)
	while ((getline l <file) > 0) {
		sub(/\r$/, "", l)
		if (file ~ /serial$/) {
			# The first record
			if (l == "probe" && !first) {
				in_record = first = 1
				continue
			}
			if (l == "end")
				in_record = 0
			# The other vCPUs have the same, or a cell is broken
			if (!in_record || l ~ /^(cpu[0-9]+:|REGISTERS )/)
				continue
			split(l, w, " ")
			v[w[1] in name ? name[w[1]] : w[1]] = substr(l, length(w[1]) + 2)
		} else if (l ~ /^[A-Za-z]/) {
			split(l, w, " ")
			# A profile has the ID first, and what is of a device behind that word
			v[w[w[1] == "device" ? 2 : 1]] = file ~ /profile$/ ? w[3] : "listed"
		}
	}
	close(file)
}

function count(v,  k, c) {
	for (k in v)
		c++
	return c + 0
}

function differ(a, b, seen,  k, m, names, j) {
	for (k in a)
		names[++m] = k
	for (k in b)
		if (!(k in a))
			names[++m] = k
	sort(names, m)
	for (j = 1; j <= m; j++) {
		k = names[j]
		if ((k in a) && (k in b) && a[k] == b[k])
			continue
		key_of(k, seen)
		if (!(k in before)) {
			before[k] = k in a ? a[k] : "-"
			after[k] = k in b ? b[k] : "-"
		}
	}
}

function sort(v, m,  i, j, t) {
	for (i = 2; i <= m; i++) {
		t = v[i]
		for (j = i - 1; j > 0 && v[j] > t; j--)
			v[j + 1] = v[j]
		v[j + 1] = t
	}
}

# The registers for which kvm_feat says that a profile does not fit
function misfits(file, v,  l) {
	while ((getline l <file) > 0)
		if (l ~ /^ +[A-Z][A-Za-z0-9_]*[.:]/) {
			sub(/^ +/, "", l)
			sub(/[.:].*/, "", l)
			v[l]
		}
	close(file)
}

function among(word, list) { return index(" " list " ", " " word " ") > 0 }

# REGISTER=VALUE, or REGISTER.FIELD=OLD->NEW, with blanks between: the registers
function names(list) {
	gsub(/[.=][^ ]*/, "", list)
	return list
}

# What a move says of one change
function said(direction, what) {
	if (!(direction in outcome) || outcome[direction] ~ /^(unstarted|)$/)
		return "-"
	if (outcome[direction] == "same")
		return "carried"
	if (outcome[direction] == "corrected")
		return among(what, names(about[direction])) ? "corrected" : "carried"
	if (outcome[direction] == "refused")
		return among(what, names(about[direction])) ? "refused" : "-"
	# The list of differences is whole
	if (index(why[direction], "The guest's answers have changed") != 1)
		return "-"
	return index(", " about[direction], ", " what " ") ? "changed" : "carried"
}

function read_moves(file,  l, f, d) {
	while ((getline l <file) > 0) {
		split(l, f, "\t")
		if (f[1] != "cell")
			continue
		d = f[5] == old ? "forward" : f[4] == "pinned" ? "back" : "back as it is"
		outcome[d] = f[7]
		about[d] = f[8]
		why[d] = f[12]
		print "move", machine, old, new, d, f[7], f[8]
	}
	close(file)
}

# An ID register as the guest calls it, and as all others do
{ name[$1] = $2 }

function breaks(w,  f, k, moved) {
	if (w ~ /^vCPU /)
		return after[w] == "-" ? "forward" : "back"
	if (where[w] == "guest") {
		moved = said("forward", w) " " said("back as it is", w) " " said("back", w)
		return moved ~ /changed/ ? "silently" : moved ~ /carried/ ? "governed" : "unknown"
	}
	f = w in no_forward || (where[w] ~ /list/ && !(w in lb))
	k = w in no_back || (where[w] ~ /list/ && !(w in la))
	return f && k ? "both" : f ? "forward" : k ? "back" : "no"
}

# The answers that are only counted, if one that is named tells it, too
function told(w,  family, j, o) {
	if (w !~ /^OTHER_/)
		return 0
	family = substr(w, 7)
	for (j = 1; j <= n; j++) {
		o = order[j]
		if (o != w && where[o] ~ /guest/ && (index(o, family "(") == 1 || (family == "CALLS" && o !~ /^(OTHER_|.*\()/)))
			return 1
	}
	return 0
}

END {
	OFS = "\t"
	m = run "/moves/" old "-" new
	read_moves(m "/outcomes")
	nv = split(vcpus, vcpu, " ")
	for (i = 1; i <= nv; i++) {
		read(run "/profiles/" vcpu[i] "/" old "/profile", a)
		read(run "/profiles/" vcpu[i] "/" new "/profile", b)
		if (!count(a) || !count(b)) {
			if (count(a) != count(b)) {
				key_of("vCPU " vcpu[i], vcpu[i])
				before["vCPU " vcpu[i]] = count(a) ? "there" : "-"
				after["vCPU " vcpu[i]] = count(b) ? "there" : "-"
			}
			continue
		}
		differ(a, b, vcpu[i])
		misfits(m "/" vcpu[i] "." new, no_forward)
		misfits(m "/" vcpu[i] "." old, no_back)
	}
	if (guests == "guests") {
		read(run "/guests/hcid_vmm/default/" old "/listed", la)
		read(run "/guests/hcid_vmm/default/" new "/listed", lb)
		if (count(la) && count(lb))
			differ(la, lb, "list")
		read(run "/guests/hcid_vmm/default/" old "/serial", a)
		read(run "/guests/hcid_vmm/default/" new "/serial", b)
		if (count(a) && count(b))
			differ(a, b, "guest")
	}
	for (i = 1; i <= n; i++) {
		w = order[i]
		if (told(w))
			continue
		print "change", machine, old, new, w, before[w], after[w], where[w], breaks(w),
			said("forward", w), said("back", w)
	}
}
