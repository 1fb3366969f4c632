# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v tree=FOLDER/ -f complaints.awk TOUCHED LOG: the complaints of gcc and sparse in
# a build's log about the files that are listed in TOUCHED, with paths from the tree.

FILENAME == ARGV[1] { touched[$0]; next }

{
	sub(/^(\.\.\/)*tree\//, "")
	if (index($0, tree) == 1)
		$0 = substr($0, length(tree) + 1)
	file = $0
	sub(/:.*/, "", file)
}

file in touched && /^[^ :]+:[0-9]+:([0-9]+:)? *(warning|error|.*sparse)/
