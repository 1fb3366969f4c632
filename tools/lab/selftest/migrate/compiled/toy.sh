#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# toy.sh: compiles the VMM of this case

mkdir -p "$BUILD/toy/bin"
version=$(cat "$BUILD/wanted")
[ "$version" != broken ] || exit 1
echo "the program of version $version" >"$BUILD/toy/bin/toy"
echo "$version with a patch" >"$BUILD/toy/version"
