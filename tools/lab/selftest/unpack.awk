# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v to=FOLDER -f unpack.awk FILE: a file with many in it, each behind a line
# "== NAME", becomes a folder. "== NAME = LINE" is a file of this line, and "== NAME as OTHER"
# one like the other, which came before; "== FOLDER/ as OTHER/" are all that this one has.
# A line "+ OTHER" stands for all lines of that file.

function add(lines) {
	printf "%s", lines >file
	text[name] = text[name] lines
}

function begin(as,  folder) {
	if (file != "")
		close(file)
	file = to "/" name
	folder = file
	sub(/\/[^\/]*$/, "", folder)
	if (!made[folder]++)
		system("mkdir -p '" folder "'")
	text[name] = text[as]
	printf "%s", text[name] >file
}

/^== .*\/ as / {
	for (old in text)
		if (index(old, $4) == 1 && index(substr(old, length($4) + 1), "/") == 0) {
			name = $2 substr(old, length($4) + 1)
			begin(old)
		}
	next
}

/^== / {
	name = $2
	begin($3 == "as" ? $4 : "")
	if ($3 == "=")
		add(substr($0, index($0, " = ") + 3) "\n")
	next
}

{ add($1 == "+" && $2 in text ? text[$2] : $0 "\n") }
