#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# initramfs.sh: make build/host/initramfs.cpio: Debian's static arm64 busybox, our
# init, and the jobs.
# initramfs.sh add OUT FILE=PATH...: OUT becomes that with files besides, each FILE
# at PATH in it.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

image=$BUILD/host/initramfs.cpio
here=$lab/host

pack()	# FOLDER
{
	(cd "$1" && find . -exec touch -h -d @0 {} + && find . | LC_ALL=C sort |
		cpio -o -H newc --reproducible 2>/dev/null)
}

if [ "${1:-}" = add ]; then
	out=$2
	shift 2
	root=$out.root
	rm -rf "$root"
	for f; do
		mkdir -p "$root/$(dirname "${f#*=}")"
		cp "${f%%=*}" "$root/${f#*=}"
	done
	pack "$root" >"$out.part"
	cat "$image" "$out.part" >"$out"
	rm -rf "$root" "$out.part"
	exit 0
fi

lock_build
if [ -e "$image" ] && [ -z "$(find "$here" -newer "$image")" ]; then
	exit 0
fi

deb=$("$lab/deb/fetch.sh" busybox-static -) || die "no busybox-static for arm64"
root=$BUILD/host/root
rm -rf "$root"
mkdir -p "$root/bin" "$root/jobs"
dpkg-deb --fsys-tarfile "$deb" | tar -xO ./bin/busybox >"$root/bin/busybox" ||
	die "no /bin/busybox in $deb"
"${CROSS_COMPILE}gcc" -static -Os -s -Wall -Wextra "$here/timeout.c" -o "$root/bin/lab-timeout"
cp "$here/init" "$root/init"
cp "$here/jobs"/* "$root/jobs/"
chmod 755 "$root/init" "$root/bin"/* "$root/jobs"/*
pack "$root" >"$image.part"
mv "$image.part" "$image"
say "host: initramfs made"
