# SPDX-License-Identifier: GPL-2.0-only
#
# For the scripts that read what boots have left.

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
