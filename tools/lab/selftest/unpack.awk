# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v to=FOLDER -f unpack.awk FILE: a file with many in it, each behind a line
# "== NAME", becomes a folder. "== NAME = LINE" is a file of this line, and "== NAME as OTHER"
# one like the other, which came before.

function add(line) {
	print line >file
	text[name] = text[name] line "\n"
}

/^== / {
	if (file != "")
		close(file)
	name = $2
	file = to "/" name
	folder = file
	sub(/\/[^\/]*$/, "", folder)
	if (!made[folder]++)
		system("mkdir -p '" folder "'")
	text[name] = $3 == "as" ? text[$4] : ""
	printf "%s", text[name] >file
	if ($3 == "=")
		add(substr($0, index($0, " = ") + 3))
	next
}

{ add($0) }
