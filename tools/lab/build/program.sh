#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# program.sh OUT SRC... [-- CFLAGS]: compile a program of the lab as Makefile.kvm
# compiles a test, and link it with the library of the product's selftests, which have
# been built. A SRC is a .c file or an object. What is up to date stays.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

product=$(kernel_with product)
tree=$(tree_of "$product")
obj=$(obj_of "$product")
kvm=$tree/tools/testing/selftests/kvm
lib=$obj/kselftest/kvm
[ -d "$lib/lib" ] || die "no selftest library in $lib"

out=$(realpath -m "$1")
shift
work=$BUILD/program/${out##*/}
command="$out $*"
sources=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	sources="$sources $(realpath "$1")"
	shift
done
[ $# = 0 ] || shift

libs=$(sed -n "s,^LIBKVM\(_arm64\|_STRING\)\? += \(.*\)\.[cS]\$,$lib/\2.o,p" "$kvm/Makefile.kvm")
cgroup=$(find "$lib/lib" -name cgroup_util.o)

# Nothing is newer than the program, headers (the compiler has noted them) included
if [ -e "$out" ] && [ "$(cat "$work/command" 2>/dev/null)" = "$command" ]; then
	headers=$(cat "$work"/*.d /dev/null | sed 's/^[^:]*://; s/\\$//')
	# shellcheck disable=SC2086 # lists of files
	[ -n "$(find $sources $libs $headers -newer "$out" 2>&1)" ] || exit 0
fi

mkdir -p "$work" "${out%/*}"
rm -f "$work"/*
objects=
for s in $sources; do
	o=$s
	if [ "${s%.c}" != "$s" ]; then
		o=${s##*/}
		o=$work/${o%.c}.o
		"${CROSS_COMPILE}gcc" -Wall -Wstrict-prototypes -Wuninitialized -O2 -g -std=gnu99 -MD \
			-D_GNU_SOURCE= -DCONFIG_64BIT -U_FORTIFY_SOURCE \
			-fno-builtin-memcmp -fno-builtin-memcpy -fno-builtin-memset \
			-fno-builtin-strnlen -fno-stack-protector -fno-PIE -fno-strict-aliasing \
			-I"$tree/tools/include" -I"$tree/tools/arch/arm64/include" \
			-I"$obj/usr/include" -I"$kvm/include" -I"$kvm/include/arm64" \
			-I"$kvm/../rseq" -I"$kvm/.." -isystem "$obj/usr/include" \
			-I"$obj/tools/arch/arm64/include/generated" "$@" -c "$s" -o "$o"
	fi
	objects="$objects $o"
done
# shellcheck disable=SC2086 # lists of files
"${CROSS_COMPILE}gcc" -static -pthread -no-pie $objects $libs $cgroup -o "$out"
echo "$command" >"$work/command"
