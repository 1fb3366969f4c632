#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean.sh: remove what was built. clean.sh all: remove build/ whole, but not
# work in build/tree that patches/ lacks.

lab=$(dirname "$0")
. "$lab/lib.sh"

if [ "${1:-}" != all ]; then
	rm -rf "$BUILD"/*/obj "$BUILD"/*/lint "$BUILD"/*/tests "$BUILD/guest" "$BUILD/run" \
		"$BUILD/report" "$BUILD/lint" "$log" \
		"$BUILD/bench" "$BUILD/kvm_feat" "$BUILD/matrix/run" "$BUILD/matrix/lab" "$BUILD/matrix/kvm_feat"
	exit 0
fi

tree=$(tree_of N)
if [ -e "$tree/.git" ] && [ "${FORCE:-0}" != 1 ]; then
	if [ "$(git -C "$tree" rev-parse hcid)" != "$(git -C "$tree" rev-parse refs/lab/hcid)" ] ||
			[ -n "$(git -C "$tree" status --porcelain --untracked-files=no)" ]; then
		die "build/tree has work that patches/ has not: 'make export' first, or 'make distclean FORCE=1'"
	fi
fi
rm -rf "$BUILD"
