#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fetch.sh PACKAGE SUITE: download a Debian package for arm64 and print the
# path of the file. SUITE "-" is the machine's own suite.
#
# This goes through an apt root of its own below build/, so that the
# machine's apt configuration stays as it is. The mirror is the machine's;
# what it sends is verified with Debian's installed keyring.

lab=$(dirname "$0")
. "$lab/lib.sh"

package=$1
suite=$2
root=$BUILD/apt/$suite
deb=$BUILD/download
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

for f in "$deb/${package}_"*.deb; do
	if [ -e "$f" ]; then
		echo "$f"
		exit 0
	fi
done

[ -e "$keyring" ] || die "no $keyring: install debian-archive-keyring"

# "URI suite component" of what the machine's own apt is configured to use,
# whichever of the two formats that is written in.
own_sources()
{
	# shellcheck disable=SC2016 # apt's fields, not the shell's
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' | sort -u
}

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$deb"
own_sources | awk -v suite="$suite" -v code="$codename" -v key="$keyring" '
	suite == "-" && index($2, code) == 1 {
		print "deb [signed-by=" key "]", $1, $2, $3
	}
	suite != "-" && $2 == code && $3 == "main" && !done {
		print "deb [signed-by=" key "]", $1, suite, $3
		done = 1
	}' >"$root/sources.list"
[ -s "$root/sources.list" ] ||
	die "apt knows no Debian mirror for ${codename:-this system} (apt-get indextargets)"

# The machine's proxies and the like still apply, its hooks do not.
cat >"$root/apt.conf" <<EOF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Etc::SourceList "$root/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$root/lists";
Dir::State::status "/dev/null";
Dir::Cache "$root/cache";
EOF

try="$log/fetch-$package.log"
cd "$root"
if ! ls "$root"/lists/*_Packages* >/dev/null 2>&1; then
	apt-get -c "$root/apt.conf" update >"$try" 2>&1 ||
		die "no package list of suite $suite, see $try"
fi
# A list may be older than the pool: look again before giving up.
download()
{
	apt-get -c "$root/apt.conf" download "$package" >>"$try" 2>&1
}
download ||
	{ apt-get -c "$root/apt.conf" update >>"$try" 2>&1 && download; } ||
	die "suite $suite has no package $package, see $try"

set -- "${package}_"*.deb
mv "$1" "$deb/"
echo "$deb/$1"
