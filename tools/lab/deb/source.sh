#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# source.sh PACKAGE@SUITE FOLDER: unpack the kernel tree of one of Debian's packages
# linux-source-* into a folder, and print the package's name and version.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

# With the first of them all begins
free=$(df -Pk "$BUILD" | awk 'NR == 2 { print int($4 / 1048576) }')
[ -e "$BUILD/tree" ] || [ "$free" -ge 9 ] ||
	die "$free GB are free for $BUILD, and it takes 9: BUILD=DIR takes another folder"

deb=$("$lab/deb/fetch.sh" "${1%@*}" "${1##*@}")
name=${deb##*/}
name=${name%%_*}
mkdir -p "$2"
dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$name.tar.xz" |
	tar -xJ -C "$2" --strip-components=1
[ -e "$2/Kbuild" ] || die "no kernel tree in ${deb##*/}"
# Debian's packaging ignores everything that is not its own.
sed -i '\,^/\*$,d; \,^!/debian/$,d' "$2/.gitignore"
name=${deb##*/}
echo "${name%_*}"
