# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v out=FOLDER -f unpack.awk FILE: the sections of a file that collect.sh wrote, each
# in FOLDER/NAME, and in FOLDER/sections a line "STATUS NAME" for each. Prints what is wrong
# with the file, and fails then. The file comes from someone else: names are checked, and
# the first fault ends it.

function wrong(why)
{
	if (!bad)
		print why
	bad = 1
	exit 1
}

{ sub(/\r$/, "") }

done { wrong("line " NR " comes after the end") }

/^== begin / {
	if (name != "")
		wrong("line " NR ": section " name " has no end")
	name = substr($0, 10)
	gsub(/ /, "-", name)
	if (name !~ /^[a-z][a-z0-9_,-]*$/ || name == "sections")
		wrong("line " NR ": no name of a section: " $0)
	if (name in seen)
		wrong("line " NR ": section " name " is there twice")
	seen[name]
	printf "" >(out "/" name)
	next
}

/^== end [0-9]+$/ {
	if (name == "")
		wrong("line " NR ": the end of nothing")
	close(out "/" name)
	print $3, name >(out "/sections")
	name = ""
	next
}

$0 == "== complete" {
	if (name != "")
		wrong("line " NR ": section " name " has no end")
	done = NR
	next
}

/^\t/ {
	if (name == "")
		wrong("line " NR " is in no section")
	print substr($0, 2) >(out "/" name)
	next
}

{ wrong("line " NR " was changed on its way, or this is no file of collect.sh: " substr($0, 1, 40)) }

END {
	if (!bad && !NR)
		wrong("it is empty")
	if (!bad && !done)
		wrong("it was cut off" (name == "" ? "" : " in the section " name ", or the machine died there"))
	exit bad
}
