# SPDX-License-Identifier: GPL-2.0-only
#
# awk -f syzkaller.awk PATCH: C that compiles if the constants are right that the patch
# adds to syzkaller's descriptions. Those that it defines itself come first.

{ sub(/\r$/, "") }

/^\+define / {
	name = $2
	sub(/^\+define[ \t]+[^ \t]+[ \t]+/, "")
	print "#define " name " " $0
}

/^\+[A-Z][A-Z0-9_]* = arm64:/ {
	value = $3
	sub(/.*:/, "", value)
	asserts = asserts "_Static_assert(" substr($1, 2) " == " value "ULL, \"" substr($1, 2) "\");\n"
}

END { printf "%s", asserts }
