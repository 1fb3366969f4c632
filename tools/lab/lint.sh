#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The checks that need no boot. Leaves a line for each in build/lint:
# "ok NAME" or "bad NAME: what is wrong".

lab=$(dirname "$0")
. "$lab/lib.sh"

tree=$(tree_of N)
verdicts=$BUILD/lint
: >"$verdicts"

# verdict NAME LOG: for a check that leaves its complaints, if any, in LOG
verdict()
{
	if [ -s "$2" ]; then
		echo "bad $1, see ${2#"$top"/}" >>"$verdicts"
		say "$1: $(wc -l <"$2") lines of complaints"
		head -n 20 "$2" | sed 's/^/  /' >&2
	else
		echo "ok $1" >>"$verdicts"
		say "$1: nothing to complain of"
	fi
}

cd "$top"

# The lab itself
shellcheck -x "$lab"/*.sh "$lab/init" "$lab/cpp" "$lab/matrix"/*.sh "$lab/matrix/init" .ci/run >"$log/shellcheck" 2>&1 || true
verdict shellcheck "$log/shellcheck"

# patches/ against the copies
"$lab/sync.sh" >"$log/sync" 2>&1 || true
verdict "patches and copies" "$log/sync"

[ -n "$(patches_in patches)$(patches_in patches/demo)" ] || exit 0

# checkpatch.ignore says which complaints are let pass, and why
ignore=$(sed -n 's/^\([A-Z_]*\).*/\1/p' "$lab/checkpatch.ignore" | paste -sd, -)
rm -f "$log/checkpatch.new"
[ -e "$log/checkpatch" ] || rm -f "$BUILD/checkpatch"
# Debian's own python3 is the one that has the modules that checkpatch uses.
if [ "$(cat "$BUILD/checkpatch" 2>/dev/null)" != "$ignore $(digest patches) $(digest patches/demo)" ]; then
	for p in $(patches_in patches) $(patches_in patches/demo); do
		progress "checkpatch: ${p##*/}"
		(cd "$tree" && PATH=/usr/bin:$PATH ./scripts/checkpatch.pl --strict --quiet \
			--no-summary --show-types ${ignore:+--ignore "$ignore"} "$top/$p" 2>&1) \
			>>"$log/checkpatch.new" || true
	done
	mv "$log/checkpatch.new" "$log/checkpatch"
	echo "$ignore $(digest patches) $(digest patches/demo)" >"$BUILD/checkpatch"
fi
verdict "checkpatch --strict" "$log/checkpatch"

# All of kvm_feat that needs no KVM: it runs on any machine
mkdir -p "$BUILD/kvm_feat"
if make -C "$tree/tools/kvm/kvm_feat" O="$BUILD/kvm_feat" test >"$log/kvm_feat.log" 2>&1; then
	: >"$log/kvm_feat"
else
	grep -E '^not ok|rror' "$log/kvm_feat.log" >"$log/kvm_feat" || tail "$log/kvm_feat.log" >"$log/kvm_feat"
fi
grep -q '^ok ' "$log/kvm_feat.log" || echo "no test of kvm_feat ran, see $log/kvm_feat.log" >>"$log/kvm_feat"
verdict "kvm_feat" "$log/kvm_feat"

# W=1 and sparse on KVM, in a build folder of its own: complaints about files
# that the series touches, and that the base does not have, count.
complaints()	# KERNEL
{
	progress "W=1 and sparse on $1"
	"$lab/build.sh" lint "$1" >"$log/lint-build-$1" 2>&1 ||
		{ cat "$log/lint-build-$1" >&2; die "see $log/lint-build-$1"; }
	sed "s,$(tree_of "$1")/,,; s,^\(\.\./\)*tree/,," "$log/lint-$1.log" |
		grep -E '^[^ :]+:[0-9]+:([0-9]+:)? *(warning|error|.*sparse)' | sort -u
}
git -C "$tree" diff --name-only base | sed 's/$/:/' >"$log/touched"
complaints N | grep -Ff "$log/touched" >"$log/lint-N" || true
if [ ! -s "$log/lint-N" ]; then
	rm -f "$BUILD/N/lint/.lab-again"
	: >"$log/lint-new"
else
	# Compare without line numbers: they move.
	complaints O | sed 's/:[0-9]*:[0-9]*:/:/' | sort -u >"$log/lint-O"
	while read -r line; do
		echo "$line" | sed 's/:[0-9]*:[0-9]*:/:/' | grep -qxFf "$log/lint-O" || echo "$line"
	done <"$log/lint-N" >"$log/lint-new"
fi
verdict "W=1 and sparse" "$log/lint-new"

! grep -q '^bad' "$verdicts"
