# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v splats=RE -v races=FILE -f read.awk -f ended.awk PLAN: how each boot of a plan
# ended, by console.log, hung and touched in its folder. Prints, with tabs between, "BOOT
# pass|fail WHY": one that the kernel complains in, or that did not come to its end, has
# failed. A race counts only if it concerns a function in touched, which the product
# changes, and FILE does not excuse it (see lib.sh).

BEGIN {
	OFS = "\t"
	while (races != "" && (getline line <races) > 0)
		if (line !~ /^(#|$)/)
			elsewhere[substr(line, 1, index(line, "\t") - 1)]
}

# Is the report of a race that begins in line i about one of these functions? One that
# has no end is taken to be; what an interrupt came upon has no part in it.
function race_in(mine, l, n, i,  w, interrupted) {
	while (++i <= n && l[i] !~ /\] =====/) {
		if (l[i] ~ /\] *$/)
			interrupted = 0
		if (!interrupted && match(l[i], / [A-Za-z_0-9.]+\+0x[0-9a-f]+\/0x/)) {
			w = substr(l[i], RSTART + 1, RLENGTH - 1)
			sub(/\+.*/, "", w)
			if (w in mine)
				return 1
			interrupted = w ~ /^el1h?_64_(irq|fiq)$/
		}
	}
	return i > n
}

# Is it one that the kernel has without the product, going by its title? In what the product
# changes nothing is taken to be.
function race_elsewhere(title, mine,  r, w, n, i) {
	sub(/.* data-race in /, "", title)
	n = split(title, w, " / ")
	for (i = 1; i <= n; i++)
		if (w[i] in mine)
			return 0
	for (r in elsewhere)
		if (title ~ r)
			return 1
	return 0
}

function judge_boot(b,  l, n, i, test, doing, first, seen, file, t, mine, others, hung) {
	file = b "/touched"
	n = split(read(file), t, "\n")
	for (i = 1; i <= n; i++)
		mine[t[i]]
	n = split(read(b "/console.log"), l, "\n")
	for (i = 1; i <= n; i++) {
		if (l[i] ~ /^lab: begin/) {
			split(l[i], test, " ")
			doing = test[4] ~ /^(test|leaks)$/ ? test[5] : test[4]
		} else if (l[i] ~ /^lab: done/) {
			ended[b]
		} else if (l[i] ~ /BUG: KCSAN:/ && there[file] && (race_elsewhere(l[i], mine) || !race_in(mine, l, n, i))) {
			others++
		} else if (l[i] ~ /^\[ *[0-9]+\.[0-9]+\]/ && l[i] ~ splats) {
			if (first == "")
				first = l[i]
			if (!seen[doing]++)
				where[b] = where[b] (where[b] == "" ? "" : ",") (doing == "" ? "boot" : doing)
		}
	}
	hung = read(b "/hung")
	sub(/\n.*/, "", hung)
	if (first != "")
		print b, "fail", "the kernel complains in " where[b] ": " first
	else if (hung != "")
		print b, "fail", hung
	else if (!(b in ended))
		print b, "fail", "the host never came to its end"
	else
		print b, "pass", others ? "reports of races elsewhere: " others : ""
}

!/^#/ && $2 != "-" && !seen[$2]++ { judge_boot($2) }
