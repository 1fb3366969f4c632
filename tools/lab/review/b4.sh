#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# b4.sh: "b4 am" finds the series whole in a thread, and takes this patch from there as it is
#
# shellcheck disable=SC2154 # what study/review.sh sets

. "$lab/lib.sh"
. "$lab/review/lib.sh"

need b4
rm -rf "$work"
mkdir -p "$work/home" "$work/out"
HOME=$work/home XDG_CONFIG_HOME=$work/home XDG_CACHE_HOME=$work/home XDG_DATA_HOME=$work/home
export HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME

n=${patch#*/}
n=${n#"${n%%[!0]*}"}
# The python of today refuses to copy a header of several lines, which b4 0.12 does
git format-patch --thread=shallow --no-signature --stdout "$commit~$n..${patch%/*}" | awk '
	/^From [0-9a-f]+ Mon Sep 17 00:00:00 2001$/ { header = 1 }
	header && /^[ \t]/ { sub(/^[ \t]+/, " "); line = line $0; next }
	{ if (line != "") print line; line = "" }
	header && /^$/ { header = 0 }
	header { line = $0; next }
	{ print }' >"$work/thread"
b4 --offline-mode --no-interactive am --no-cache -P "$n" -m "$work/thread" -o "$work/out" >"$work/log" 2>&1 || {
	cat "$work/log"
	exit 1
}
cat "$work/out"/*.mbx >"$work/mail"
git mailinfo "$work/body" "$work/diff" <"$work/mail" >"$work/info"
[ "$(git patch-id --stable <"$work/diff" | cut -d' ' -f1)" = "$(git show "$commit" | git patch-id --stable | cut -d' ' -f1)" ] ||
	{ echo "what b4 makes of the patch is another one"; exit 1; }
[ "$(sed -n 's/^Subject: //p' "$work/info")" = "$(git log -1 --format=%s "$commit")" ] ||
	{ echo "what b4 makes of the patch has another subject"; exit 1; }
