# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v fault=NAME -f mutate.awk FAULTS SOURCE: print the source with that fault in
# it. The faults are
#
#	= NAME
#	what is wrong
#	-lines that are there, once
#	+lines that take their place
#
# Fails if the lines are not there, or more than once.

function complain(why) {
	print fault ": " why >"/dev/stderr"
	failed = 1
	exit 1
}

NR == FNR {
	if (/^= /)
		here = $2 == fault
	else if (here && /^-/)
		old = old substr($0, 2) "\n"
	else if (here && /^\+/)
		new = new substr($0, 2) "\n"
	next
}

{ source = source $0 "\n" }

END {
	if (failed)
		exit 1
	if (old == "")
		complain("no such fault")
	at = index("\n" source, "\n" old)
	if (!at)
		complain("the lines are not there")
	if (index(substr(source, at + 1), "\n" old))
		complain("the lines are there more than once")
	printf "%s%s%s", substr(source, 1, at - 1), new, substr(source, at + length(old))
}
