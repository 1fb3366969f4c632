#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [CASE...]: the scripts of the migration matrix, on recorded input. A case is a
# folder: "cmd" is run there, and has to print what is in "expect", its exit status
# included. Prints KTAP. With UPDATE=1, "expect" is written anew, to be read in a diff.
#
# For cmd: $lab, $tmp, an empty folder, and the function
#	unpack FILE FOLDER	make the files that FILE has, each behind "== PATH"

here=$(cd "$(dirname "$0")" && pwd)
export lab="$here/../.." LC_ALL=C
# shellcheck disable=SC2046 # a list of folders
[ $# != 0 ] || set -- $(cd "$here" && echo */)
tmp=$(mktemp -d)
export tmp
trap 'rm -rf "$tmp"' EXIT

echo "TAP version 13"
echo "1..$#"
n=0
failed=0
for c; do
	c=${c%/}
	n=$((n + 1))
	rm -rf "${tmp:?}"/*
	(cd "$here/$c" && . "$here/lib.sh" && . ./cmd; echo "exit $?") >"$tmp.out" 2>&1
	[ -z "${UPDATE:-}" ] || cp "$tmp.out" "$here/$c/expect"
	if diff -u "$here/$c/expect" "$tmp.out" >"$tmp.diff"; then
		echo "ok $n migrate $c"
	else
		echo "not ok $n migrate $c"
		sed 's/^/# /' "$tmp.diff"
		failed=1
	fi
	rm -f "$tmp.out" "$tmp.diff"
done
exit "$failed"
