# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v checks="CHECK..." -v verdicts=FILE -f judge.awk TITLES WANTED RESULTS: a table, patch by
# check, and below it what was found and how long it took. TITLES has the patches, with
# their subjects behind a tab, WANTED "KEY PATCH CHECK" for each check that concerns a patch,
# RESULTS is that of study/review.sh. FILE gets a verdict for each.
#
#	ok	nothing to complain of
#	FAIL	said below
#	skip	it cannot be done here: said below
#	-	the patch has nothing that this looks at
#	?	not done

FILENAME == ARGV[1] {
	tab = index($0, "\t")
	patch[++np] = substr($0, 1, tab - 1)
	title[patch[np]] = substr($0, tab + 1)
	next
}

FILENAME == ARGV[2] {
	key[$2, $3] = $1
	order[++nw] = $2 " " $3
	looked[$2]
	next
}

# The last word counts
{
	detail = $0
	sub(/^[^ ]* [^ ]* [^ ]* [^ ]* [^ ]* ?/, "", detail)
	outcome[$1] = $4
	seconds[$1] = $5
	why[$1] = detail
}

END {
	OFS = "\t"
	nc = split(checks, check, " ")
	line = sprintf("%-15s", "patch")
	for (c = 1; c <= nc; c++)
		line = line " " sprintf("%-*s", width(check[c]), check[c])
	sub(/ +$/, "", line)
	print line
	for (p = 1; p <= np; p++) {
		if (!(patch[p] in looked))
			continue
		line = sprintf("%-15s", patch[p])
		for (c = 1; c <= nc; c++)
			line = line " " sprintf("%-*s", width(check[c]), cell(patch[p], check[c]))
		sub(/ +$/, "", line)
		print line
	}

	print ""
	for (w = 1; w <= nw; w++) {
		split(order[w], pc, " ")
		k = key[pc[1], pc[2]]
		o = outcome[k]
		if (o == "ok") {
			passed++
			print "pass", order[w] >verdicts
		} else if (o == "skip") {
			print "skip", order[w], why[k] >verdicts
			if (!skipped[pc[2], why[k]]++)
				print pc[2] " skipped: " why[k]
		} else if (o == "fail") {
			print "fail", order[w], why[k] "; see build/review/log" >verdicts
			print order[w] " fails: " why[k]
			print "    (" title[pc[1]] ")"
		} else {
			missing++
			print "fail", order[w], "not done" >verdicts
		}
		if (o != "") {
			n[pc[2]]++
			s[pc[2]] += seconds[k]
		}
	}
	if (missing)
		print "not done: " missing
	if (!passed) {
		print "fail", "review", "nothing was checked" >verdicts
		print "nothing was checked"
	}
	line = ""
	for (c = 1; c <= nc; c++)
		if (n[check[c]])
			line = line ", " check[c] " " s[check[c]]
	if (line != "")
		print "\nseconds: " substr(line, 3)
}

function width(s)
{
	return length(s) > 4 ? length(s) : 4
}

function cell(p, c)
{
	if (!((p, c) in key))
		return "-"
	if (!(key[p, c] in outcome))
		return "?"
	return outcome[key[p, c]] == "fail" ? "FAIL" : outcome[key[p, c]]
}
