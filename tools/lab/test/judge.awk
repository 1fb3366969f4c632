# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v run=FOLDER -v base=KERNEL -v splats=RE -v races=FILE -f judge.awk PLAN: what
# became of the tests of a plan (see plan.awk), by what their boots have left in
# FOLDER/BOOT/: console.log, hung, ID.log, ID.time; and touched, the functions that the
# product changes, where races that are not about one of them, or that FILE (see "races")
# excuses, are to be nobody's fault here. Prints, with tabs between:
#
#	test ID BOOT VERDICT OUTCOME SECONDS TITLE REASON
#	boot BOOT VERDICT REASON
#
# VERDICT	pass, fail or skip
# OUTCOME	how the test itself ended: ok, skip, not-ok, timeout, lost (it never
#		ended) or norun
# TITLE		the test and its arguments
#
# It decides and nothing else: the report is a function of what it prints.

BEGIN {
	OFS = "\t"
	while (races != "" && (getline line <races) > 0)
		if (line !~ /^(#|$)/)
			elsewhere[substr(line, 1, index(line, "\t") - 1)]
}

# The whole of a file, or nothing; there[file] says whether there was one.
function read(file,  l, t) {
	t = ""
	there[file] = 0
	while ((getline l <file) > 0) {
		sub(/\r$/, "", l)
		t = t l "\n"
		there[file] = 1
	}
	close(file)
	return t
}

# Some tests give a reason for a skip, others just say so, and exit.
function why_skipped(log_text,  l, n, i, s, last) {
	n = split(log_text, l, "\n")
	for (i = 1; i <= n; i++) {
		s = l[i]
		if (s !~ /^# /)
			continue
		if (sub(/^# .*SKIP[ :-]*/, "", s) && s != "")
			return s
		s = substr(l[i], 3)
		if (s !~ /^(selftests:|overriding timeout|timeout set|Totals:|Random seed|[0-9]+ skipped test)/ && s !~ /SKIP/)
			last = s
	}
	return last
}

# The assertion or subtest that failed, and the three lines behind it
function why_failed(log_text,  l, n, i, out, left) {
	n = split(log_text, l, "\n")
	for (i = 1; i <= n && length(out) < 200; i++) {
		if (l[i] ~ /^not ok 1 selftests/)
			continue
		if (l[i] ~ /Test Assertion|not ok|^# Warning: file/)
			left = 4
		if (left-- > 0) {
			sub(/^(# *)+/, "", l[i])
			gsub(/ *[pt]id=[0-9]*/, "", l[i])
			out = out " " l[i]
		}
	}
	gsub(/[ \t]+/, " ", out)
	out = substr(out, 2, 160)
	sub(/ $/, "", out)
	return out
}

# Sets outcome and reason from kselftest's result line
function judge_log(log_text,  l, n, i, last) {
	outcome = "lost"
	reason = "never ended"
	n = split(log_text, l, "\n")
	for (i = 1; i <= n; i++)
		if (l[i] ~ /^(not )?ok 1 selftests:/)
			last = l[i]
	if (last ~ /# SKIP/) {
		outcome = "skip"
		reason = why_skipped(log_text)
		if (reason == "")
			reason = "no reason given"
	} else if (last ~ /^ok 1 /) {
		outcome = "ok"
		reason = ""
	} else if (last ~ /# TIMEOUT/) {
		outcome = "timeout"
		reason = last
		sub(/.*# TIMEOUT ?/, "stopped after ", reason)
	} else if (last ~ /^not ok /) {
		outcome = "not-ok"
		reason = why_failed(log_text)
		if (sub(/.*# /, "", last))
			reason = last (reason == "" ? "" : ": " reason)
		if (reason == "")
			reason = "no reason given"
	}
}

# What a test prints must not depend on the kernel, but for the seed it draws
function printed(log_text,  l, n, i, out) {
	n = split(log_text, l, "\n")
	for (i = 1; i <= n; i++)
		if (l[i] !~ /^# Random seed/)
			out = out l[i] "\n"
	return out
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

function judge_boot(b,  l, n, i, test, in_test, first, seen, file, t, mine, others) {
	file = run "/" b "/touched"
	n = split(read(file), t, "\n")
	for (i = 1; i <= n; i++)
		mine[t[i]]
	n = split(read(run "/" b "/console.log"), l, "\n")
	for (i = 1; i <= n; i++) {
		if (l[i] ~ /^lab: begin/) {
			split(l[i], test, " ")
			in_test = test[5]
		} else if (l[i] ~ /^lab: done/) {
			ended[b]
		} else if (l[i] ~ /BUG: KCSAN:/ && there[file] && (race_elsewhere(l[i], mine) || !race_in(mine, l, n, i))) {
			others++
		} else if (l[i] ~ /^\[ *[0-9]+\.[0-9]+\]/ && l[i] ~ splats) {
			if (first == "")
				first = l[i]
			if (!seen[in_test]++)
				where[b] = where[b] (where[b] == "" ? "" : ",") (in_test == "" ? "boot" : in_test)
		}
	}
	hung = read(run "/" b "/hung")
	sub(/\n.*/, "", hung)
	if (first != "")
		print "boot", b, "fail", "the kernel complains in " where[b] ": " first
	else if (hung != "")
		print "boot", b, "fail", hung
	else if (!(b in ended))
		print "boot", b, "fail", "the guest never came to its end"
	else
		print "boot", b, "pass", others ? "reports of races elsewhere: " others : ""
}

{
	n++
	id[n] = $1; boot[n] = $2; kernel[n] = $3; mode[n] = $4; emulator[n] = $5; expect[n] = $6
	title[n] = $8
	for (i = 9; i <= NF; i++)
		title[n] = title[n] " " $i
	if (!(boot[n] in known))
		order[++boots] = boot[n]
	known[boot[n]]
}

END {
	for (i = 1; i <= n; i++) {
		file = run "/" boot[i] "/" id[i] ".log"
		text[i] = read(file)
		if (there[file]) {
			judge_log(text[i])
		} else {
			outcome = "norun"
			reason = "did not run"
		}
		out[i] = outcome
		why[i] = reason
		seconds[i] = "-"
		if (split(read(run "/" boot[i] "/" id[i] ".time"), t, /[ \n]/) > 1)
			seconds[i] = sprintf("%.1f", t[2] - t[1])
		if (kernel[i] == base)
			on_base[id[i], mode[i], emulator[i]] = i
	}
	for (i = 1; i <= n; i++) {
		key = id[i] SUBSEP mode[i] SUBSEP emulator[i]
		b = key in on_base ? on_base[key] : 0
		verdict = out[i] == "ok" ? "pass" : "fail"
		ran = out[i] !~ /^(lost|norun)$/
		if (expect[i] ~ /^same/ && b && b != i && out[b] != out[i]) {
			verdict = "fail"
			why[i] = "ends differently: " out[b] " on " base ", " out[i] " here" (why[i] == "" ? "" : "; " why[i])
		} else if (expect[i] == "same-output" && b && b != i && printed(text[b]) != printed(text[i])) {
			verdict = "fail"
			why[i] = "prints something else than on " base ": diff -u " run "/" boot[b] "/" id[i] ".log " \
				run "/" boot[i] "/" id[i] ".log"
		} else if (out[i] == "skip") {
			verdict = "skip"
			if (expect[i] == "ok" || (expect[i] == "skip" && why[i] == "no reason given")) {
				verdict = "fail"
				why[i] = (expect[i] == "ok" ? "skipped, must not: " : "skipped, must say why: ") why[i]
			}
		} else if (out[i] != "ok" && ran && expect[i] ~ /^same/ && b) {
			# It is the base that fails here, and the product is no different.
			verdict = "skip"
			why[i] = "fails on " base ": " why[i]
		}
		print "test", id[i], boot[i], verdict, out[i], seconds[i], title[i], why[i]
	}
	for (i = 1; i <= boots; i++)
		judge_boot(order[i])
}
