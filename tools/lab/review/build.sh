#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh CONFIG OPTION=VALUE,...|- VARIABLE=VALUE,... TARGET...: it compiles with that, and
# the compiler says nothing that it has not said of the base. Only what the patch changes is
# compiled anew. "touched" is each object of the kernel whose source the series touch.
#
# shellcheck disable=SC2154 # what study/review.sh sets

. "$lab/lib.sh"
. "$lab/review/lib.sh"

keep "$@"
config=$1 options=$2 variables=$(echo "$3" | tr , ' ')
shift 3
targets=$*
for v in $variables; do
	case $v in
	CROSS_COMPILE=*) need "${v#*=}gcc" ;;
	LLVM=*) need "clang${v#*=}" "ld.lld${v#*=}" ;;
	C=*) need sparse ;;
	esac
done

kmake()
{
	# shellcheck disable=SC2086 # a list of variables
	make -C "$PWD" O="$work/obj" $variables CHECK="$lab/lint/sparse" -j"$JOBS" "$@"
}
objects()
{
	git diff --name-only "$root" "$top_commit" -- 'arch/*.c' 'drivers/*.c' 'virt/*.c' | while read -r f; do
		[ ! -e "$f" ] || echo "${f%.c}.o"
	done
}
build()
{
	if [ ! -e "$work/obj/.lab-config" ]; then
		mkdir -p "$work/obj"
		kmake "$config" || return
		if [ "$options" != - ]; then
			echo "$options" | tr , '\n' | sed 's/^/CONFIG_/' >>"$work/obj/.config"
			kmake olddefconfig || return
			echo "$options" | tr , '\n' | sed 's/^/CONFIG_/; s/^\(.*\)=n$/# \1 is not set/' >"$work/options"
			# Off is also what cannot be chosen any more
			if grep -v '^#' "$work/options" | grep -vxFf "$work/obj/.config" ||
					sed -n 's/^# \(.*\) is not set/\1=y/p' "$work/options" | grep -xFf "$work/obj/.config"; then
				echo "error: the configuration cannot be had"
				return 1
			fi
		fi
		touch "$work/obj/.lab-config"
	fi
	# shellcheck disable=SC2046 # a list of targets
	kmake $(if [ "$targets" = touched ]; then objects; else echo "$targets"; fi)
}

step build
