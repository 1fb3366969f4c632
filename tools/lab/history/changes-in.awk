# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the file "changes" (see changes.awk), for what prints it. Pair p of kernels is
# old_of[p] -> new_of[p], with move[p, 1..moves[p]] as text, and, the same line on several
# machines being one, what[p, 1..lines[p]], before, after, seen, breaks, forward, back,
# machines. kernel[1..kernels], release[kernel].
#
# join(p) makes one line of those that differ in the name only, as CCSIDR_3 and CCSIDR_4:
# names[p, 1..joined[p]], and first[p, j] is the line that the rest is of.

BEGIN { FS = "\t" }

$1 == "kernel" {
	kernel[++kernels] = $2
	release[$2] = $3
}

$1 == "kernel" && kernels > 1 {
	old_of[++pairs] = kernel[kernels - 1]
	new_of[pairs] = $2
	pair[kernel[kernels - 1], $2] = pairs
}

($1 == "move" || $1 == "change") && !index(all_machines[pair[$3, $4]] " ", $2 " ") {
	p = pair[$3, $4]
	all_machines[p] = all_machines[p] (all_machines[p] == "" ? "" : " ") $2
}

$1 == "move" {
	p = pair[$3, $4]
	move[p, ++moves[p]] = "a guest on " $2 " moves " ($5 == "back" ? "back with the older profile" : $5) \
		": " $6 ($7 == "" ? "" : ", " $7)
}

$1 == "change" {
	p = pair[$3, $4]
	key = p SUBSEP $5 SUBSEP $6 SUBSEP $7 SUBSEP $8 SUBSEP $9 SUBSEP $10 SUBSEP $11
	if (!(key in line)) {
		i = line[key] = ++lines[p]
		what[p, i] = $5
		before[p, i] = $6
		after[p, i] = $7
		seen[p, i] = $8
		breaks[p, i] = $9
		forward[p, i] = $10
		back[p, i] = $11
	}
	i = line[key]
	machines[p, i] = machines[p, i] (machines[p, i] == "" ? "" : " ") $2
}

# A name and, of one that ends in a number, the number in number_of
function stem(name) {
	number_of = ""
	if (match(name, /_[0-9]+$/)) {
		number_of = substr(name, RSTART + 1) + 0
		name = substr(name, 1, RSTART)
	}
	return name
}

function join(p,  i, j, key, at, n, s, low, high, count, list, part) {
	for (i = 1; i <= lines[p]; i++) {
		s = stem(what[p, i])
		key = before[p, i] SUBSEP after[p, i] SUBSEP seen[p, i] SUBSEP breaks[p, i] SUBSEP \
			forward[p, i] SUBSEP back[p, i] SUBSEP machines[p, i]
		if (!(key in at)) {
			at[key] = ++joined[p]
			first[p, joined[p]] = i
		}
		j = at[key]
		if (number_of == "" || !((j, s) in low)) {
			part[j, ++n[j]] = s
			low[j, s] = high[j, s] = number_of
		}
		count[j, s]++
		list[j, s] = list[j, s] (list[j, s] == "" ? "" : ",") number_of
		if (number_of != "" && number_of < low[j, s])
			low[j, s] = number_of
		if (number_of != "" && number_of > high[j, s])
			high[j, s] = number_of
	}
	for (j = 1; j <= joined[p]; j++)
		for (i = 1; i <= n[j]; i++) {
			s = part[j, i]
			# All from the lowest to the highest, or a few
			if (count[j, s] == 1 || high[j, s] - low[j, s] + 1 != count[j, s])
				number_of = list[j, s]
			else
				number_of = low[j, s] ".." high[j, s]
			names[p, j] = names[p, j] (i > 1 ? ", " : "") s number_of
		}
}
