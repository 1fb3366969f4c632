#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# uapi.sh: the exported headers that the series touch, each alone and twice, in several
# standards of C and C++
#
# shellcheck disable=SC2154 # what study/review.sh sets

. "$lab/lib.sh"
. "$lab/review/lib.sh"

headers=$(git diff --name-only --diff-filter=d "$root" "$top_commit" -- include/uapi arch/arm64/include/uapi | sed 's,.*/uapi/,,')
compile()
{
	mkdir -p "$work/obj"
	make -C "$PWD" O="$work/obj" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" -j"$JOBS" headers || return
	for h in $headers; do
		printf '#include <%s>\n#include <%s>\n' "$h" "$h" >"$work/header.c"
		for std in c90 gnu99 c11 gnu2x; do
			gcc -x c -std=$std -Wall -Wextra -fsyntax-only -I"$work/obj/usr/include" "$work/header.c" 2>&1 || return
		done
		for std in c++98 c++17 c++20; do
			g++ -x c++ -std=$std -Wall -Wextra -fsyntax-only -I"$work/obj/usr/include" "$work/header.c" 2>&1 || return
		done
	done
}

keep "$@" "$headers"
step compile
