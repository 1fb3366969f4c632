#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# model.sh: let spin try all orders of "set while the first vCPU runs" (first_run.pml).
# As the kernel does it, none may be wrong; without any part of that, one must be.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build
new_verdicts model

work=$BUILD/model
mkdir -p "$work"

# errors [DEFINE]: how many orders are wrong, to the first one; nothing if spin did not
# come to an end
errors()
{
	rm -rf "${work:?}"/*
	(cd "$work" && spin ${1:+-D"$1"} -a "$lab/model/first_run.pml" && cc -w -DSAFETY -o pan pan.c && ./pan -m100000) \
		>"$log/model${1:+-$1}.log" 2>&1 || true
	grep -E '^(pan:.*(too small|out of memory)|error: max search)' "$log/model${1:+-$1}.log" >/dev/null ||
		sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$log/model${1:+-$1}.log"
}

model=$lab/model/first_run.pml
found=$(errors)
if [ "$found" = 0 ]; then
	verdict model pass "model: the first run ends what can be set"
	say "model: no order is wrong, of $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$log/model.log") states"
else
	verdict model fail "model: the first run ends what can be set" "an order is wrong, or spin fails: see $log/model.log"
fi

without=0
for part in $(sed -n 's/^#ifn\{0,1\}def \([A-Z_]*\)$/\1/p' "$model" | sort -u); do
	found=$(errors "$part")
	if [ "${found:-0}" -gt 0 ]; then
		verdict model pass "model: $part is noticed"
	else
		verdict model fail "model: $part is noticed" "no order is wrong, or spin fails: see $log/model-$part.log"
	fi
	without=$((without + 1))
done
[ "$without" -gt 0 ] || die "$model has nothing that can be left out"
say "model: $without ways to break it, tried one by one"

awk -F '\t' '$1 == "fail" { print "not ok: " $2 ": " $3 }' "$BUILD/verdict/model"
! grep -q '^fail' "$BUILD/verdict/model"
