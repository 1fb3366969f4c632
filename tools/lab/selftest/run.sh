#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [PATTERN]: the lab's tests of itself, or those of them whose names begin
# with PATTERN. They take seconds and need nothing built. A case is a folder:
#
#	cmd	what it does, a sh script: see case.sh
#	expect	what it prints, and last its exit status
#
# UPDATE=1: write the expectations anew. What "git diff" then says is to be read.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

here=$lab/selftest
out=$BUILD/selftest
rm -rf "$out"
mkdir -p "$out"
new_verdicts selftest "${1:-}"

cases=$(cd "$here" && find . -name cmd | sed 's,^\./,,; s,/cmd$,,' | LC_ALL=C sort)
for c in $cases; do
	case $c in
	"${1:-}"*) echo "$c" ;;
	esac
done >"$out/cases"
progress "the lab's tests of itself"
[ -s "$out/cases" ] || die "no case ${1:-} in $here"
# A case that cannot be run has no output, which is not what it should have.
xargs -n 1 -P "$JOBS" "$here/case.sh" <"$out/cases" || true

while read -r c; do
	if [ "${UPDATE:-0}" = 1 ]; then
		! cmp -s "$out/$c.out" "$here/$c/expect" || continue
		cp "$out/$c.out" "$here/$c/expect"
		say "selftest $c: expectation written anew"
	elif diff -u --label "$c/expect" --label "$c as it is" "$here/$c/expect" "$out/$c.out" \
			>"$out/$c.diff" 2>&1; then
		verdict selftest pass "$c"
	else
		verdict selftest fail "$c" "see ${out#"$top"/}/$c.diff"
		say "selftest $c: FAIL"
		sed 's/^/  /' "$out/$c.diff"
		sed 's/^/  stderr: /' "$out/$c.err" 2>/dev/null || true
	fi
done <"$out/cases"

say "the lab's tests of itself: $(grep -c '^pass' "$BUILD/verdict/selftest" || true) of $(wc -l <"$out/cases") pass"
! grep -q '^fail' "$BUILD/verdict/selftest"
