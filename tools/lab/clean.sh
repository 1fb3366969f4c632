#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean.sh: remove what was built; downloads and trees stay. clean.sh all: remove the
# build folder whole, but not work in the trees that patches/ lacks (FORCE=1 does). A
# folder that the lab did not make is refused by lib.sh.

lab=$(dirname "$0")
. "$lab/lib.sh"
. "$lab/series/lib.sh"
lock_build

if [ "${1:-}" != all ]; then
	for d in "$BUILD"/*; do
		case ${d##*/} in
		apt|download|emulator|lock|share|tree|CACHEDIR.TAG) ;;
		*)
			if [ -e "$d/tree" ] || [ -e "$d/Image" ]; then
				discard "$d/obj" "$d/lint" "$d/tests"
			else
				discard "$d"
			fi
			;;
		esac
	done
	exit 0
fi

work=$(unexported)
[ -z "$work" ] || [ "${FORCE:-0}" = 1 ] ||
	die "$work: not in any patch. 'make export', or keep it elsewhere, or 'make clean ALL=1 FORCE=1'"
rm -rf "$BUILD"
