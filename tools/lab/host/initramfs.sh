#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# initramfs.sh: make build/host/initramfs.cpio: Debian's static arm64 busybox, our
# init, and the jobs.
# initramfs.sh add OUT FILE=PATH...: OUT becomes that with files besides, each FILE
# at PATH in it.
# initramfs.sh board OUT TARBALL: OUT is an emulated board's: the same busybox, what the
# tarball has, and dist/init.

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

# busybox_in FOLDER
busybox_in()
{
	deb=$("$lab/deb/fetch.sh" busybox-static -) || die "no busybox-static for arm64"
	mkdir -p "$1/bin"
	dpkg-deb --fsys-tarfile "$deb" | tar -xO ./bin/busybox >"$1/bin/busybox" ||
		die "no /bin/busybox in $deb"
	chmod 755 "$1/bin/busybox"
}

lock_build
if [ "${1:-}" = board ]; then
	root=$2.root
	rm -rf "$root"
	busybox_in "$root"
	tar -x -C "$root" -f "$3" --exclude='*/boot/Image'
	cp "$lab/dist/init" "$root/init"
	chmod 755 "$root/init"
	pack "$root" >"$2.part"
	mv "$2.part" "$2"
	rm -rf "$root"
	exit 0
fi

if [ -e "$image" ] && [ -z "$(find "$here" -newer "$image")" ]; then
	exit 0
fi

root=$BUILD/host/root
rm -rf "$root"
mkdir -p "$root/jobs"
busybox_in "$root"
"${CROSS_COMPILE}gcc" -static -Os -s -Wall -Wextra "$here/timeout.c" -o "$root/bin/lab-timeout"
cp "$here/init" "$root/init"
cp "$here/jobs"/* "$root/jobs/"
chmod 755 "$root/init" "$root/bin"/* "$root/jobs"/*
pack "$root" >"$image.part"
mv "$image.part" "$image"
say "host: initramfs made"
