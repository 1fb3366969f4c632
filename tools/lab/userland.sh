#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# userland.sh NAME SUITES: make build/matrix/NAME/root, an arm64 userland with
# Debian's QEMU and what its migration to "exec:cat" wants. Packages are
# only unpacked: nothing of them runs here.

lab=$(dirname "$0")
. "$lab/lib.sh"

name=$1
suites=$2
home=$BUILD/matrix/$name
[ ! -e "$home/root/.lab-done" ] || exit 0
packages="qemu-system-arm dash coreutils"

rm -rf "$home"
mkdir -p "$home"
for suite in $(echo "$suites" | tr , ' '); do
	# An apt root of its own for each: versions of one package differ
	progress "$name: package lists of suite $suite"
	if BUILD=$home "$lab/fetch.sh" qemu-system-arm "$suite" >"$home/deb" 2>"$home/fetch.err"; then
		break
	fi
	rm -f "$home/deb"
done
[ -s "$home/deb" ] || die "no arm64 QEMU in $suites: $(cat "$home/fetch.err")"

conf=$home/apt/$suite/apt.conf
basename "$(cat "$home/deb")" | sed 's/^[^_]*_//; s/.*%3a//; s/[+_].*//' >"$home/version"
say "$name: QEMU $(cat "$home/version") for arm64 and what it needs"
# shellcheck disable=SC2086 # a list of packages
apt-get -c "$conf" install -y --download-only --no-install-recommends $packages \
	>"$log/userland-$name.log" 2>&1 || die "see $log/userland-$name.log"

# A merged /usr, as in the suites themselves
rm -rf "$home/root.new"
mkdir -p "$home/root.new"
for d in bin sbin lib; do
	mkdir -p "$home/root.new/usr/$d"
	ln -s "usr/$d" "$home/root.new/$d"
done
for deb in "$home/apt/$suite"/cache/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$home/root.new" --keep-directory-symlink \
		--exclude=./usr/share/doc --exclude=./usr/share/locale --exclude=./usr/share/man ||
		die "$deb does not unpack"
done
# What links of alternatives and triggers would have made
[ -e "$home/root.new/bin/sh" ] || ln -s dash "$home/root.new/bin/sh"
mkdir -p "$home/root.new/proc" "$home/root.new/sys" "$home/root.new/dev" \
	"$home/root.new/tmp" "$home/root.new/lab" "$home/root.new/out"
[ -x "$home/root.new/usr/bin/qemu-system-aarch64" ] || die "no qemu-system-aarch64 in the packages"
rm -rf "$home/root" "$home/apt/$suite/cache"
mv "$home/root.new" "$home/root"
touch "$home/root/.lab-done"
