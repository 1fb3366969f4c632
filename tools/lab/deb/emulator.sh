#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# emulator.sh: make build/emulator/qemu-system-aarch64, the QEMU that boots kernels,
# and print its version. It has to emulate FEAT_NV2, for guests that run at EL2, which
# 7.2 does not; 10.0 is the oldest that the lab was tried with. The machine's own is
# taken if it is new enough; else Debian's, from the machine's suite or its backports,
# is unpacked here together with the libraries that the machine lacks.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"

oldest=10
home=$BUILD/emulator
qemu=$home/qemu-system-aarch64

version()	# QEMU
{
	"$1" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p'
}

if [ -n "$(version "$qemu")" ]; then
	version "$qemu"
	exit 0
fi
rm -rf "$home"
mkdir -p "$home"

own=$(command -v qemu-system-aarch64 || true)
v=$(version "${own:-false}")
if [ "${v:-0}" != 0 ] && [ "${v%%.*}" -ge "$oldest" ]; then
	ln -s "$own" "$qemu"
	say "emulator: the machine's own QEMU $v" >&2
	echo "$v"
	exit 0
fi
command -v dpkg >/dev/null ||
	die "QEMU $oldest or newer is needed, ${own:-none} is ${v:-not there}: this is not Debian, install it"

arch=$(host_arch)
backports=$(codename)-backports
# Debian's testing has no backports, and needs none.
suites=-,$backports
(apt_root "$arch" "$suites") || { [ $? = 3 ] || exit 1; suites=-; }
apt_root "$arch" "$suites"
own_version=$(apt-cache -c "$conf" policy qemu-system-arm | sed -n 's/^ *Candidate: //p')
for spec in "$own_version" $(candidates qemu-system-arm); do
	v=${spec#*=}
	v=${v#*:}
	v=${v%%[+-]*}
	[ "${v%%.*}" -lt "$oldest" ] || break
done
[ "${v%%.*}" -ge "$oldest" ] ||
	die "no QEMU $oldest for $arch in this machine's suite and $backports: install one"

# Its other packages have to come from the same suite. What is on the machine need not
# be fetched: its status is read, and not changed.
set --
[ "$spec" = "$own_version" ] || set -- -t "$backports"
progress "emulator: fetching QEMU $v"
rm -f "$apt_dir/cache/archives"/*.deb
apt-get -c "$conf" -o Dir::State::status=/var/lib/dpkg/status -y --download-only \
	--no-install-recommends "$@" install qemu-system-arm >"$log/emulator.log" 2>&1 ||
	die "QEMU $v is not to be had: $(grep -m 1 '^[EW]:' "$log/emulator.log"), see $log/emulator.log"
progress "emulator: unpacking QEMU $v"
for deb in "$apt_dir/cache/archives"/*.deb; do
	unpack "$deb" "$home/root"
done
rm -f "$apt_dir/cache/archives"/*.deb

# shellcheck disable=SC2016 # the wrapper's variable
libraries=$(cd "$home/root" && find . -name 'lib*.so*' -exec dirname {} + | sort -u |
	sed 's,^\.,$root,' | paste -s -d :)
cat >"$qemu.new" <<EOF
#!/bin/sh
root=\$(dirname "\$0")/root
export LD_LIBRARY_PATH="$libraries"
exec "\$root/usr/bin/qemu-system-aarch64" -L "\$root/usr/share/qemu" "\$@"
EOF
chmod 755 "$qemu.new"
v=$(version "$qemu.new")
[ -n "$v" ] || die "QEMU does not start: $("$qemu.new" --version 2>&1 | head -n 1)"
mv "$qemu.new" "$qemu"
say "emulator: Debian's QEMU $v" >&2
echo "$v"
