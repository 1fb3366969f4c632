#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# userland.sh NAME SUITES COMPILED PACKAGE...: make build/share/vmm/NAME/root, an arm64 userland
# with packages of Debian's and what they need; the first one is the VMM, whose version
# is in build/share/vmm/NAME/version. SUITES have commas between: the first that has
# them all. Packages are only unpacked: nothing of them runs here.
#
# COMPILED is a script of the lab, DIR/PROGRAM.sh, that compiles the VMM, and leaves it in
# build/PROGRAM/bin, and its version in build/PROGRAM/version; or -.
#
# Not by mmdebstrap: it is no faster, its default mode needs root or user namespaces
# even for --variant=extract, and the choice of the suite and the version would be ours
# all the same.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"

name=$1
suites=$2
compiled=
if [ "$3" != - ]; then
	"$lab/$3"
	compiled=$BUILD/$(basename "$3" .sh)
fi
shift 3
home=${share:?}/vmm/$name

# What is compiled can be newer than the userland that it goes into
add_compiled()
{
	[ -n "$compiled" ] || return 0
	cp -p "$compiled/bin"/* "$home/root/usr/bin/"
	cp "$compiled/version" "$home/version"
}

if [ "$(cat "$home/from" 2>/dev/null)" = "$suites $*" ]; then
	add_compiled
	exit 0
fi
rm -rf "$home"
mkdir -p "$home"
archives=$BUILD/apt/archives-$name
userland_log=$log/userland-$name.log

# Backports stand on their suite.
try()	# SUITE PACKAGE...
{
	suite=$1
	shift
	case $suite in
	*-backports)
		(apt_root arm64 "${suite%-backports},$suite") || return $?
		apt_root arm64 "${suite%-backports},$suite"
		set -- -t "$suite" install "$@"
		;;
	*)
		(apt_root arm64 "$suite") || return $?
		apt_root arm64 "$suite"
		set -- install "$@"
		;;
	esac
	download "$@" || { apt_refresh && download "$@"; }
}

download()
{
	rm -rf "$archives"
	mkdir -p "$archives/partial"
	apt-get -c "$conf" -o Dir::Cache::archives="$archives" -y --download-only \
		--no-install-recommends "$@" >"$userland_log.apt" 2>&1 && return
	cat "$userland_log.apt"
	! refused "$userland_log.apt" || return 3
	return 1
}

: >"$userland_log"
found=
for s in $(echo "$suites" | tr , ' '); do
	progress "$name: fetching from suite $(folder_of "$s")"
	status=0
	try "$s" "$@" >>"$userland_log" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		found=1
		break
	fi
	[ "$status" = 3 ] || die "$name: $(grep -E '^([EW]|[a-z]+\.sh):' "$userland_log" | tail -n 1), see $userland_log"
done
[ -n "$found" ] || not_to_be_had "no $* for arm64 in $suites, see $userland_log"

# A merged /usr, as in the suites themselves
progress "$name: unpacking"
root=$home/root
for d in bin sbin lib; do
	mkdir -p "$root/usr/$d"
	ln -s "usr/$d" "$root/$d"
done
for deb in "$archives"/*.deb; do
	unpack "$deb" "$root"
done
# What links of alternatives and triggers would have made
[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/lab" "$root/out"

set -- "$suites $*" "$archives/${1}_"*.deb
dpkg-deb -f "$2" Version | sed 's/^[0-9]*://; s/[+-].*//' >"$home/version"
rm -rf "$archives"
add_compiled
echo "$1" >"$home/from"
what=${compiled:-${2%%_*}}
say "$name: ${what##*/} $(cat "$home/version") for arm64 and what it needs"
