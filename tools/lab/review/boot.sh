#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# boot.sh: the kernel and all KVM selftests build. If the patch changes the kernel or the
# tests' library, all tests run that the series bring or touch, as far as they are there by
# then; else those that the patch touches.
#
# The table of tests says how they run on the product. It is VHE where a test has that. A test
# without it runs if the patch touches it, on the first machine that it has.
#
# shellcheck disable=SC2154 # what study/review.sh sets

. "$lab/lib.sh"
. "$lab/review/lib.sh"

product=$(kernel_with product)
kvm=tools/testing/selftests/kvm
build=$(dirname "$(dirname "$PWD")")	# the lab's build folder, with this tree as the product's
obj=$build/$product/obj
run=$build/run/review

# in_work COMMAND...: with that as the build folder
in_work()
{
	BUILD=$build LAB_LOCKED=$build BOOTS=1 "$@"
}

# What the base has compiled is where the first patch begins
if [ ! -e "$obj/.lab-config" ]; then
	at "$root"
	rm -rf "$obj"
	rsync -a --exclude='/.lab-sources' --exclude='/.lab-index' "$(obj_of "$root")/" "$obj/"
	find "$obj" \( -name '.*.cmd' -o -name '*.d' -o -name Makefile -o -name '*.mk' \) \
		-exec grep -lFZ "$BUILD/$root/" {} + | xargs -0 -r sed -i "s,$BUILD/$root/,$build/$product/,g"
	ln -sfn "$PWD" "$obj/source"
	find "$obj" -exec touch -h -d "$(date)" {} +
	at "$commit"
fi
for f in host emulator share; do
	ln -sfn "$BUILD/$f" "$build/$f"
done
in_work "$lab/build/kernel.sh" "$product"

# Part of some tests is in a folder of the architecture
touched=$(changed "$kvm" | sed -n "s,^$kvm/\(.*\)\.c\$,\1,p" | sed 'p; s,^arm64/,,' | tr '\n' ' ')
all=
if [ -n "$(changed arch drivers include virt)" ] ||
		[ -n "$(git diff-tree -r --name-only --diff-filter=M "$before" "$commit" -- "$kvm/lib" "$kvm/include")" ]; then
	all=1
fi

mkdir -p "$run"
awk -v tiers=default -v kernel="$product" -v machine= -v expect="$run/expect" -f "$lab/test/plan.awk" "$lab/tables/tests" |
	awk '$5 == "single"' >"$run/rows"
git diff --name-only --diff-filter=d "$root" "$top_commit" -- "$kvm" | sed -n "s,^$kvm/\(.*\)\.c\$,\1,p" |
	while read -r t; do
		[ ! -e "$kvm/$t.c" ] || echo "$t"
	done >"$run/there"
awk -v touched=" $touched" -v all="$all" '
	FILENAME == ARGV[1] { there[$1]; next }
	!again { if ($4 == "vhe") vhe[$9]; next }
	!($9 in there) || ($9 in done && done[$9] != $4) { next }
	$9 in vhe && $4 != "vhe" { next }
	index(touched, " " $9 " ") || (all && $9 in vhe) { done[$9] = $4; print }' \
	"$run/there" "$run/rows" again=1 "$run/rows" >"$run/plan"
if [ ! -s "$run/plan" ]; then
	echo "it builds; no test to run"
	[ -z "$all" ]
	exit
fi
rm -rf "${run:?}"/*/
in_work "$lab/boot/runner.sh" boot review
awk -v run="$run" -f "$lab/boot/read.awk" -f "$lab/test/judge.awk" "$run/expect" "$run/plan" | tee "$run/judged"
cat "$run/boots"
awk -F '\t' '
	FILENAME ~ /boots$/ { if ($2 == "fail") { print "boot " $1 ": " $3; bad = 1 }; next }
	$1 == "test" && $4 == "pass" { n++; next }
	$1 == "test" { print $7 " on " $3 ": " $5 " " $8; bad = 1 }
	END { print n + 0 " tests pass"; exit bad || !n }' "$run/boots" "$run/judged"
