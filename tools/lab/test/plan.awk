# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tiers=TIERS [-v kernel= -v machine= -v name= -v repeat=N] -v expect=FILE -f plan.awk
# TABLE-OF-TESTS: what to run, a plan as boot/runner.sh has it. The ID is that of the
# test in its row: the same test on two kernels has the same one. FILE gets what is expected of each, as
# "BOOT ID EXPECTED". With repeat there are N of each boot.

/^[ \t]*(#|$)/ { next }

$1 == "list" {
	n = ++members[$2]
	member[$2, n] = $3
	member_limit[$2, n] = $4
	for (i = 5; i <= NF; i++)
		member_args[$2, n] = member_args[$2, n] " " $i
	next
}

function broken(why)
{
	print (FILENAME == "" ? "-" : FILENAME) ":" FNR ": " why >"/dev/stderr"
	exit 1
}

NF < 7 { broken(NF " columns") }
$4 !~ /^(single|threads|traced)$/ { broken("what is emulator " $4 "?") }
$6 !~ /^(ok|skip|same|same-output)$/ { broken("what is to be expected, " $6 "?") }
$7 !~ /^[0-9]+$/ && !($1 ~ /^@/ && $7 ~ /^x[0-9]+$/) { broken("no limit in seconds: " $7) }
$1 ~ /^@/ && !(substr($1, 2) in members) { broken("no list is called " substr($1, 2)) }

# Does one list have something of the other?
function meet(a, b,  n, i, l) {
	n = split(a, l, ",")
	for (i = 1; i <= n; i++)
		if (index("," b ",", "," l[i] ","))
			return 1
	return 0
}

function plan(test, limit, args,  nk, k, nm, m, i, j, r, boot) {
	id++
	if (!meet($5, tiers) || (name != "" && test != name))
		return
	nk = split($2, k, ",")
	nm = split($3, m, ",")
	for (i = 1; i <= nk; i++)
		for (j = 1; j <= nm; j++)
			if ((kernel == "" || kernel == k[i]) && (machine == "" || machine == m[j]))
				for (r = 1; r <= (repeat ? repeat : 1); r++) {
					boot = k[i] "-" m[j] ($4 == "single" ? "" : "-" $4) (repeat ? "." r : "")
					print 1, boot, k[i], m[j], $4, id, limit, "test", test args
					print boot, id, $6 >expect
				}
}

{
	args = ""
	for (i = 8; i <= NF; i++)
		args = args " " $i
	if ($1 !~ /^@/) {
		plan($1, $7, args)
		next
	}
	list = substr($1, 2)
	for (of = 1; of <= members[list]; of++)
		plan(member[list, of], $7 ~ /^x/ ? substr($7, 2) * member_limit[list, of] : $7, member_args[list, of] args)
}
