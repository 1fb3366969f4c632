# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v as=text|html [-v skipped=KERNELS] -f changes-in.awk -f show.awk CHANGES: tells
# the history, for each kernel what has changed since the one before.

# "all CPUs" only if there are several
function modes_of(p, i) { return modes[p, i] == all_modes[p] && modes[p, i] ~ / / ? "all CPUs" : modes[p, i] }

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
				modes_of(p, i), seen[p, i], breaks[p, i], forward[p, i], back[p, i]
		}
	}
	print "\n" summary()
}

function escape(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function html(  p, i, j) {
	print "<!DOCTYPE html><meta charset=\"utf-8\"><title>What each kernel changed for guests</title>"
	print "<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}" \
		"td,th{border:1px solid #ccc;padding:2px 8px;text-align:left;vertical-align:top}" \
		".changed,.silently{background:#ffc9c9}.refused{background:#ffec99}.corrected{background:#d0ebff}.carried{background:#d3f9d8}</style>"
	print "<h1>What each arm64 kernel changed for a guest</h1><img src=\"history.svg\" alt=\"\">"
	print "<pre>" escape(legend) "</pre>"
	if (skipped != "")
		print "<p>Not to be had: " escape(skipped) "</p>"
	for (p = 1; p <= pairs; p++) {
		print "<h2>" escape(old_of[p] " -> " new_of[p] " (" release[new_of[p]] ")") "</h2>"
		for (j = 1; j <= moves[p]; j++)
			print "<div>" escape(move[p, j]) "</div>"
		if (!lines[p]) {
			print "<p>nothing</p>"
			continue
		}
		print "<table><tr><th>what<th>before<th>after<th>on<th>seen by<th>breaks<th>rule, forward<th>rule, back"
		join(p)
		for (j = 1; j <= joined[p]; j++) {
			i = first[p, j]
			print "<tr><td>" escape(names[p, j]) "<td>" escape(value(before[p, i])) "<td>" \
				escape(value(after[p, i])) "<td>" escape(modes_of(p, i)) "<td>" escape(seen[p, i]) \
				"<td class=\"" breaks[p, i] "\">" breaks[p, i] "<td class=\"" forward[p, i] "\">" \
				forward[p, i] "<td class=\"" back[p, i] "\">" back[p, i]
		}
		print "</table>"
	}
	print "<p>" escape(summary()) "</p>"
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
	if (as == "html")
		html()
	else
		text()
}
