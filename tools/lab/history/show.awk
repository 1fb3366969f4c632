# SPDX-License-Identifier: GPL-2.0-only
#
# awk [-v skipped=KERNELS] -f changes-in.awk -f show.awk CHANGES: tells
# the history, for each kernel what has changed since the one before.

# "all CPUs" only if there are several
function machines_of(p, i) { return machines[p, i] == all_machines[p] && machines[p, i] ~ / / ? "all CPUs" : machines[p, i] }

function value(v) {
	# Three zeroes behind an answer say nothing
	sub(/ 0x0 0x0 0x0$/, "", v)
	return v == "-" ? "not there" : v
}

function text(  p, i, j) {
	print "What each arm64 kernel changed for a guest, from one to the next."
	print ""
	for (i = 1; i <= kernels; i++)
		printf "  %-8s %s\n", kernel[i], release[kernel[i]]
	if (skipped != "")
		print "\nNot to be had: " skipped
	print legend
	for (p = 1; p <= pairs; p++) {
		printf "\n%s -> %s\n", old_of[p], new_of[p]
		for (j = 1; j <= moves[p]; j++)
			print "  " move[p, j]
		if (!lines[p])
			print "  nothing"
		join(p)
		for (j = 1; j <= joined[p]; j++) {
			i = first[p, j]
			printf "  %s: %s -> %s\n", names[p, j], value(before[p, i]), value(after[p, i])
			printf "      on %s; seen by %s; breaks %s; by the rule: forward %s, back %s\n", \
				machines_of(p, i), seen[p, i], breaks[p, i], forward[p, i], back[p, i]
		}
	}
	print "\n" summary()
}

function summary(  p, i, n, c, k, r, s, o) {
	for (p = 1; p <= pairs; p++)
		for (i = 1; i <= lines[p]; i++) {
			n++
			c += forward[p, i] == "carried" || back[p, i] == "carried"
			k += forward[p, i] == "corrected" || back[p, i] == "corrected"
			r += forward[p, i] == "refused" || back[p, i] == "refused"
			s += forward[p, i] == "changed" || back[p, i] == "changed"
			o += forward[p, i] back[p, i] !~ /carried|corrected|refused|changed/
		}
	return sprintf("%d changes; in one direction at least %d carried, %d corrected by name, %d refused by name, %d seen by a guest that moved; for %d no guest got that far", n, c, k, r, s, o)
}

END {
	if (!pairs) {
		print "no history: nothing ran" >"/dev/stderr"
		exit 1
	}
	legend = "\nA change breaks \"forward\" (old -> new) or \"back\" a VMM that writes all that it has read;\n" \
		"\"both\"; \"no\": each kernel takes what the other has; \"governed\": an answer that goes with a register\n" \
		"of another line; \"silently\": the guest sees it change, and no register could tell;\n" \
		"\"unknown\": no register could, and no guest has got that far.\n" \
		"By the rule: \"carried\", proven by a guest that has moved and sees no difference, back with the\n" \
		"older kernel's profile; \"corrected\": the guest has moved, KVM has changed a value that older kernels\n" \
		"showed by mistake, and the VMM has named it; \"refused\" by this name; \"changed\": the guest has seen it,\n" \
		"and nobody has said so; \"-\": no guest\n" \
		"got that far.\nKernels with a number are Debian's, as shipped; the others are built here, with another configuration."
	text()
}
