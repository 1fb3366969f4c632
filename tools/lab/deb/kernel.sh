#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh KERNEL [PATTERN@SUITE,...]: a kernel of Debian's as shipped for arm64, the
# first that can be had of what the table of kernels or the second argument says.
# In build/KERNEL:
#
#	Image		what QEMU boots
#	release		what uname -r will say
#	modules.cpio	/modules/order in the host, and the modules that it names, in
#			the order in which PID 1 loads them: what it needs to see
#			this machine's folders. All else that the lab uses is built in.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"

kernel=$1
specs=${2:-$(field "$kernel" from)}
home=$BUILD/$kernel
if [ "$(cat "$home/from" 2>/dev/null)" = "$specs" ]; then
	exit 0
fi
root=$home/deb
mkdir -p "$home"
rm -rf "$root" "$home/from"

# fetch_kernel NAME SUITE: sets $parts. Up to 6.18 one package has all; later ones are
# empty and depend on an image and on modules.
fetch_kernel()
{
	parts=$("$lab/deb/fetch.sh" "$1" "$2") || return
	case $(dpkg-deb -f "$parts" Depends) in
	*linux-modules-*)
		version=${1#linux-image-}
		image=$("$lab/deb/fetch.sh" "linux-binary-unsigned-$version" "$2") || return
		modules=$("$lab/deb/fetch.sh" "linux-modules-$version" "$2") || return
		parts="$image $modules"
		;;
	esac
}

# only_gone STATUS: did that fail since something is not to be had?
only_gone()
{
	[ "$1" = 3 ] || die "kernel $kernel: $(tail -n 1 "$errors")"
}

# The first that can be had whole; sets $name, $parts and $gone
find_kernel()
{
	gone=
	for spec in $(echo "$specs" | tr , ' '); do
		spec=${spec#*:}
		suite=${spec##*@}
		names=$("$lab/deb/fetch.sh" -l "${spec%@*}" "$suite" 2>>"$errors") || only_gone $?
		for name in $names; do
			progress "$kernel: fetching $name"
			status=0
			fetch_kernel "$name" "$suite" 2>>"$errors" || status=$?
			[ "$status" != 0 ] || return 0
			only_gone "$status"
			gone="$gone $name"
		done
	done
	return 1
}

errors=$log/fetch-$kernel.err
: >"$errors"
find_kernel || not_to_be_had "kernel $kernel: nothing of $specs can be had: $(tr '\n' ' ' <"$errors")"
[ -z "$gone" ] || say "kernel $kernel: not to be had:$gone (see $errors)"
progress "$kernel: unpacking $name"

# The first two are in the image's package, the rest in that of the modules; where
# a driver is built in, or has no folder yet, there is nothing to take.
for deb in $parts; do
	unpack "$deb" "$root" './boot/vmlinuz-*' '*/lib/modules/*/vmlinuz*' \
		'*/kernel/fs/9p/*' '*/kernel/fs/netfs/*' '*/kernel/fs/fscache/*' \
		'*/kernel/net/9p/*' '*/kernel/drivers/virtio/*' 2>>"$log/unpack-$kernel.log" || true
done

set -- "$root"/boot/vmlinuz-* "$root"/usr/lib/modules/*/vmlinuz*
for image; do
	[ ! -e "$image" ] || break
done
[ -e "$image" ] || die "kernel $kernel: no image in $parts"
modules=$(find "$root" -type d -path '*/lib/modules/*/kernel')
[ -d "$modules" ] || die "kernel $kernel: no modules in $parts"
release=$(basename "${modules%/kernel}")
find "$modules" -name '*.ko.xz' -exec xz -d {} +

# load NAME: the modules that one needs, then itself; built in is what has no file
load()
(
	file=$(find "$modules" -name "$1.ko")
	[ -n "$file" ] || exit 0
	for needed in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr , ' '); do
		load "$needed"
	done
	echo "$file"
)

[ -n "$(find "$modules" -name 9pnet_virtio.ko)" ] || die "kernel $kernel: no 9p in $parts"
mkdir -p "$root/initramfs/modules"
for name in virtio_pci 9pnet_virtio 9p; do
	load "$name"
done | awk '!seen[$0]++' | while read -r file; do
	cp "$file" "$root/initramfs/modules/"
	basename "$file" >>"$root/initramfs/modules/order"
done
(cd "$root/initramfs" && find modules -exec touch -d @0 {} + && find modules | LC_ALL=C sort |
	cpio -o -H newc --reproducible 2>/dev/null) >"$home/modules.cpio"
cp "$image" "$home/Image"
echo "$release" >"$home/release"
rm -rf "$root"
echo "$specs" >"$home/from"
say "kernel $kernel: Debian's $release, as shipped"
