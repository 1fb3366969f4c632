# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v to=FOLDER -f unpack.awk FILE: a file with many in it, each behind a line
# "== NAME", becomes a folder.

/^== / {
	if (file != "")
		close(file)
	file = to "/" $2
	folder = file
	sub(/\/[^\/]*$/, "", folder)
	system("mkdir -p '" folder "'")
	printf "" >file
	next
}

{ print >file }
