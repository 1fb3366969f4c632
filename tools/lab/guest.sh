#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Make the guest's initramfs: Debian's static arm64 busybox and our init.

lab=$(dirname "$0")
. "$lab/lib.sh"

image=$BUILD/guest/initramfs.cpio
if [ -e "$image" ] &&
		[ -z "$(find "$lab/init" "$lab/timeout.c" "$lab/keepvm.c" "$lab/guest.sh" -newer "$image")" ]; then
	exit 0
fi

say "guest: making the initramfs"
deb=$("$lab/fetch.sh" busybox-static -) || die "no busybox-static for arm64"
root=$BUILD/guest/root
rm -rf "$root"
mkdir -p "$root/bin"
dpkg-deb --fsys-tarfile "$deb" | tar -xO ./bin/busybox >"$root/bin/busybox" ||
	die "no /bin/busybox in $deb"
cp "$lab/init" "$root/init"
for c in timeout keepvm; do
	"${CROSS_COMPILE}gcc" -static -Os -s -Wall -Wextra "$lab/$c.c" -o "$root/bin/lab-$c"
done
chmod 755 "$root/init" "$root/bin/"*
(cd "$root" && find . | sort | cpio -o -H newc --reproducible 2>/dev/null) >"$image.tmp"
mv "$image.tmp" "$image"
