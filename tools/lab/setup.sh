#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# setup.sh [PACKAGE...]: install the Debian packages that the lab needs, and these,
# or say which are missing.

lab=$(dirname "$0")
. "$lab/lib.sh"

wanted="$(grep -v '^#' "$lab/tables/packages") $*"

if ! command -v dpkg-query >/dev/null; then
	for tool in "${CROSS_COMPILE}gcc" git flex bison bc cpio rsync; do
		command -v "$tool" >/dev/null ||
			die "no $tool: this is not Debian, install what tools/lab/tables/packages lists"
	done
	exit 0
fi

missing=
for p in $wanted; do
	dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	sudo=sudo
else
	die "packages are missing; run: sudo apt-get install --no-install-recommends$missing"
fi

say "installing$missing"
install()
{
	# shellcheck disable=SC2086 # both are lists
	$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing
}
run_logged "$log/setup.log" install ||
	{ $sudo apt-get update >"$log/setup-update.log" 2>&1 && run_logged "$log/setup.log" install; } ||
	die "apt-get failed, see $log/setup.log; wanted:$missing"
