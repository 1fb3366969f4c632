# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v base=TREE -v prefix=FILE -f keys.awk SCRIPTS CHECKS -: what decides about each check of
# a patch, for study/review.sh, in PREFIX-NUMBER-CHECK: see the table of reviews. A check of
# which the patch changes nothing has no such file. SCRIPTS has checksums, CHECKS the rows of
# the table. The lines of stdin begin with
#
#	patch	git diff-tree: what the patch changes
#	before	what those before it change in the base
#	after	the same with this patch
#	message	its author and message

FILENAME == ARGV[1] { sub(/.*\//, "", $2); script[$2] = $1; next }
FILENAME == ARGV[2] {
	row[++n] = $0
	name[n] = $1
	by[n] = $3
	paths[n] = $4
	text[n] = $0 "\n" script[$6] "\n" ($3 == "tree" ? base "\n" : "")
	next
}

{
	kind = $1
	path = $0
	sub(/[^\t]*\t/, "", path)
	for (i = 1; i <= n; i++) {
		if (kind == "message") {
			if (by[i] == "patch")
				text[i] = text[i] $0 "\n"
		} else if (matches(path, paths[i])) {
			if (kind == "patch")
				concerned[i]
			if ((kind == "patch") == (by[i] == "patch"))
				text[i] = text[i] $0 "\n"
		}
	}
}

END {
	for (i = 1; i <= n; i++)
		if (i in concerned)
			printf "%s", text[i] >(sprintf("%s-%02d-%s", prefix, i, name[i]))
}

# As git does with these: a file or folder, or "*" and the end of a name
function matches(path, list,  k, i, p) {
	k = split(list, p, ",")
	for (i = 1; i <= k; i++)
		if (p[i] == "." || index(path "/", p[i] "/") == 1 ||
				(sub(/^\*/, "", p[i]) && length(path) > length(p[i]) &&
				substr(path, length(path) - length(p[i]) + 1) == p[i]))
			return 1
	return 0
}
