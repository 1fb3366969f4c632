#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh TIERS: what "make check" does, from nothing to the verdict.
# check.sh fuzz: only the fuzzer of kvm_feat, for FUZZ_TIME seconds.
# check.sh lint: only the checks that need no boot.
# check.sh run -k KERNEL ARGUMENTS-OF-RUN.SH: build one kernel, run one test.

lab=$(dirname "$0")
. "$lab/lib.sh"

# Two of these at a time would write over each other.
exec 9>"$BUILD/lock"
flock -n 9 || { say "waiting for another make in $BUILD"; flock 9; }

if [ "$1" = lint ]; then
	"$lab/tree.sh" N O
	exec "$lab/lint.sh"
fi

fuzz()
{
	"$lab/setup.sh" clang libclang-rt-dev
	say "fuzzing kvm_feat for $FUZZ_TIME s"
	mkdir -p "$BUILD/kvm_feat"
	run_logged "$log/fuzz.log" make -C "$(tree_of N)/tools/kvm/kvm_feat" O="$BUILD/kvm_feat" \
		CLANG=clang FUZZ_TIME="$FUZZ_TIME" fuzz && grep '^Done ' "$log/fuzz.log"
}

if [ "$1" = fuzz ]; then
	"$lab/tree.sh" N
	fuzz || { tail -n 20 "$log/fuzz.log" >&2; die "a finding, or no fuzzer: see $log/fuzz.log"; }
	exit 0
fi

if [ "$1" = run ]; then
	shift
	kernel=$2
	case "$*" in
	*"-n  "*) die "which test? make run TEST=arm64/hypercalls" ;;
	esac
	"$lab/tree.sh" "$kernel"
	"$lab/build.sh" "$kernel"
	"$lab/guest.sh"
	exec "$lab/run.sh" "$@"
fi

# Kernels that the wanted tiers ask for, in the order of the table of kernels.
kernels=$(awk -v tiers=",$1," '!/^#/ && index(tiers, "," $4 ",") {
		n = split($2, k, ",")
		for (i = 1; i <= n; i++)
			print k[i]
	}' "$lab/tests" | sort -u)
want=
for k in $(awk '!/^#/ { print $1 }' "$lab/kernels"); do
	if echo "$kernels" | grep -qxF "$k"; then
		want="$want $k"
	fi
done

# shellcheck disable=SC2086 # a list of kernels
{
	"$lab/tree.sh" $want
	"$lab/build.sh" $want
}
"$lab/guest.sh"
LAB_EXTRA=$BUILD/lint
export LAB_EXTRA
"$lab/lint.sh" || true	# the report counts what it found
# No existing call or ioctl may get dearer: counts of instructions, no timing
if BENCH_BUILD=0 "$lab/bench.sh" guard >"$log/guard.log" 2>&1; then
	echo "ok instructions of existing calls" >>"$LAB_EXTRA"
	say "instructions of existing calls: as on O"
else
	echo "bad instructions of existing calls, see $log/guard.log" >>"$LAB_EXTRA"
	tail -n 20 "$log/guard.log" >&2
fi
case $1 in
*full*)
	if fuzz; then
		echo "ok fuzz kvm_feat, $FUZZ_TIME s" >>"$LAB_EXTRA"
	else
		echo "bad fuzz kvm_feat, see $log/fuzz.log" >>"$LAB_EXTRA"
	fi
	;;
esac
# Real guests between kernels: the cells that matter most
say "migrating guests with QEMU between kernels"
if MATRIX_BUILD=0 "$lab/matrix.sh" short >"$log/matrix.log" 2>&1; then
	say "migrated guests: as expected"
else
	say "migrated guests: not as expected"
	tail -n 20 "$log/matrix.log" >&2
	echo "bad migrated guests, see $log/matrix.log" >>"$LAB_EXTRA"
fi
sed -n '/^ok /p; s/^not ok /bad /p' "$log/matrix.log" >>"$LAB_EXTRA"
"$lab/run.sh" -t "$1"
