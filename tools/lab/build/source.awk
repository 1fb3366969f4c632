# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tree=FOLDER -f source.awk -f ...: in readelf's table of lines, which source is told of:
# source, below FOLDER, and name, all that is told in the lines themselves. One can begin in
# a header.

/^(CU: )?[.\/].*:( *\[.*\])?$/ {
	source = $0
	sub(/^CU: /, "", source)
	sub(/:[^:]*$/, "", source)
	if (index(source, tree "/") == 1)
		source = substr(source, length(tree) + 2)
	name = source
	sub(/.*\//, "", name)
	next
}
