#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fetch.sh [-l] [-a ARCH] PACKAGE SUITE: download a Debian package and print the path
# of the file; with -l, print the names that the suite has for it. The architecture
# is arm64 if none is given. PACKAGE can be a pattern, which stands for the newest;
# SUITE "-" is the machine's own. A list can name what its mirror no longer has: then
# the next newest is taken.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"

arch=arm64
list=
while getopts la: option; do
	case $option in
	l) list=1 ;;
	a) arch=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
package=$1
suite=$2
debs=$BUILD/download/$(folder_of "$suite")

# Is what was downloaded still whole? If not, it goes, to be fetched again.
whole()	# FILE
{
	[ -e "$1" ] || return 1
	if [ -e "$1.sum" ]; then
		(cd "$debs" && sha256sum --status -c "$1.sum") && return
	elif dpkg-deb --fsys-tarfile "$1" >/dev/null 2>&1; then
		(cd "$debs" && sha256sum "${1##*/}" >"$1.sum")
		return
	fi
	echo "${0##*/}: $1 is broken, fetching it again" >&2
	rm -f "$1" "$1.sum"
	return 1
}

if [ -z "$list" ]; then
	for f in "$debs/${package}"_*_"$arch.deb" "$debs/${package}"_*_all.deb; do
		if whole "$f"; then
			echo "$f"
			exit 0
		fi
	done
fi

apt_root "$arch" "$suite"

find_candidates()
{
	found=$(candidates "$package")
	if [ -z "$found" ] && apt_refresh; then
		found=$(candidates "$package")
	fi
	[ -n "$found" ] || not_to_be_had "suite $(folder_of "$suite") has no package $package"
}

# The first that there is; sets $gone to those that there are not.
download()
{
	gone=
	for spec in $found; do
		name=${spec%%=*}
		version=$(echo "${spec#*=}" | sed 's/:/%3a/')
		for f in "$debs/${name}_${version}_"*.deb; do
			if whole "$f"; then
				file=$f
				return 0
			fi
		done
		rm -rf "$debs/new"
		mkdir -p "$debs/new"
		if (cd "$debs/new" && apt-get -c "$conf" download "$spec" >"$apt_log" 2>&1); then
			file=$(echo "$debs/new/"*.deb)
			mv "$file" "$debs/"
			file=$debs/${file##*/}
			(cd "$debs" && sha256sum "${file##*/}" >"$file.sum")
			return 0
		fi
		refused "$apt_log" || die "$spec can't be fetched: $(grep -m 1 '^[EW]:' "$apt_log"), see $apt_log"
		gone="$gone $spec"
	done
	return 1
}

find_candidates
if [ -n "$list" ]; then
	for spec in $found; do
		echo "${spec%%=*}"
	done | uniq
	exit 0
fi
if ! download; then
	if apt_refresh; then
		find_candidates
	fi
	download || not_to_be_had "the mirror lists$gone in suite $(folder_of "$suite") and has none of it, see $apt_log"
fi
[ -z "$gone" ] || echo "${0##*/}: the mirror lists$gone and no longer has it, taking ${file##*/}" >&2
echo "$file"
