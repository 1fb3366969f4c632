#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# case.sh CASE: run a case's cmd, in its folder, for run.sh. The cmd finds the lab at
# $lab and a build folder of its own, empty, at $BUILD. What it prints goes to
# build/selftest/CASE.out, with names for the paths and without the time of day, and
# what it says on stderr to CASE.err.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

c=$1
out=$BUILD/selftest/$c
here=$lab/selftest
rm -rf "$out.build"
mkdir -p "${out%/*}" "$out.build"
cp "$BUILD/CACHEDIR.TAG" "$out.build"

# Nothing that whoever runs this has set reaches the lab under test.
unset V KDIR FORCE SAVE UPDATE QEMU CROSS_COMPILE KERNELS FUZZ_TIME
BUILD=$out.build TZ=UTC JOBS=2 BOOTS=2
# A toy repository that went missing is not to become this one.
GIT_CEILING_DIRECTORIES=$out.build
export lab here BUILD TZ JOBS BOOTS GIT_CEILING_DIRECTORIES
cd "$here/$c"
status=0
timeout 600 sh ./cmd </dev/null >"$out.raw" 2>"$out.err" || status=$?
{
	sed -e "s,$BUILD,BUILD,g; s,${BUILD#"$top"/},BUILD,g; s,$lab,LAB,g; s,$top,TOP,g; s/^\[ *[0-9]*:[0-9][0-9]\] //" "$out.raw"
	echo "exit $status"
} >"$out.out"
rm -f "$out.raw"
