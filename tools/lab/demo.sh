#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Build N, boot it, and show what the demo program in it prints. Then move a guest
# of QEMU's between N and LTS, and show what kvm_feat says of the two.

lab=$(dirname "$0")
. "$lab/lib.sh"

exec 9>"$BUILD/lock"
flock -n 9 || { say "waiting for another make in $BUILD"; flock 9; }

"$lab/tree.sh" N
"$lab/build.sh" N
"$lab/guest.sh"
say "booting N under emulated EL2"
"$lab/run.sh" -t demo -k N >"$log/demo.log" 2>&1 || {
	cat "$log/demo.log" >&2
	exit 1
}
# The programs' own words: what kselftest's runner put a "# " before.
for f in "$BUILD"/run/*/[0-9]*.log; do
	echo
	sed -n '/^# selftests: /,$ { /^# selftests: /d; s/^# //p; }' "$f" |
		grep -vE '^(overriding timeout|timeout set|Totals:|Random seed)' || true
done
say "a guest of QEMU's, saved on one kernel and restored on another"
MATRIX_BUILD=0 "$lab/matrix.sh" story
