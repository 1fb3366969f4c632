# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Which code of a kernel is its patches', for those who look at it. Sourced behind lib.sh.

# code_of KERNEL FOLDER: leaves what the patches change there, diff, and the address of each
# line of the kernel, lines
code_of()
{
	git -C "$(tree_of "$1")" diff -U0 --no-renames "$(root_of "$1")" -- \
		'arch/*.[ch]' 'virt/*.[ch]' 'include/*.[ch]' >"$2/diff"
	"${CROSS_COMPILE}readelf" -W --debug-dump=decodedline "$(obj_of "$1")/vmlinux" >"$2/lines"
}
