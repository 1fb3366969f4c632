# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v run=FOLDER -v base=KERNEL -f ../boot/read.awk -f judge.awk EXPECT PLAN: what became
# of the tests of a plan, by what their boots have left in FOLDER/BOOT/: ID.log, ID.time.
# EXPECT has "BOOT ID EXPECTED" for each: see plan.awk. Prints, with tabs between:
#
#	test ID BOOT VERDICT OUTCOME SECONDS TITLE REASON
#
# VERDICT	pass, fail or skip
# OUTCOME	how the test itself ended: ok, skip, not-ok, timeout, lost (it never
#		ended) or norun
# TITLE		the test and its arguments
#
# It decides and nothing else: the report is a function of what it prints.

BEGIN { OFS = "\t" }

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

/^#/ { next }

FILENAME == ARGV[1] {
	expected[$1, $2] = $3
	next
}

{
	n++
	boot[n] = $2; kernel[n] = $3; machine[n] = $4; emulator[n] = $5; id[n] = $6
	expect[n] = expected[$2, $6]
	title[n] = $9
	for (i = 10; i <= NF; i++)
		title[n] = title[n] " " $i
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
			on_base[id[i], machine[i], emulator[i]] = i
	}
	for (i = 1; i <= n; i++) {
		key = id[i] SUBSEP machine[i] SUBSEP emulator[i]
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
}
