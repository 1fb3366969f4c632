#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz.sh: let the fuzzer of kvm_feat break profiles for FUZZ_TIME seconds.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

FUZZ_TIME=${FUZZ_TIME:-600}
"$lab/setup.sh" clang libclang-rt-dev
product=$(kernel_with product)
"$lab/series/tree.sh" "$product"
new_verdicts fuzz
say "fuzzing kvm_feat for $FUZZ_TIME s"
mkdir -p "$BUILD/kvm_feat"
if run_logged "$log/fuzz.log" make -C "$(tree_of "$product")/tools/kvm/kvm_feat" CROSS_COMPILE= O="$BUILD/kvm_feat" \
		CLANG=clang FUZZ_TIME="$FUZZ_TIME" fuzz && grep '^Done ' "$log/fuzz.log"; then
	verdict fuzz pass "fuzz kvm_feat, $FUZZ_TIME s"
else
	verdict fuzz fail "fuzz kvm_feat" "a finding, or no fuzzer: see $log/fuzz.log"
	tail -n 20 "$log/fuzz.log" >&2
	exit 1
fi
