#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# list.sh [TIERS]: what "make check" (or check.sh TIERS) would run.

lab=$(dirname "$0")
. "$lab/lib.sh"

tiers=${1:-default}
plan=$(awk -v tiers="$tiers" -f "$lab/test/plan.awk" "$lab/tests")
cells=$(for t in "$lab"/cells*; do
	table=${t##*/}
	. "$lab/migrate/lib.sh"
	! has_cells short "$table" || awk -v tier=short -v kernels="$(kernels | tr '\n' ' ')" \
		-v oldest="$(kernel_with oldest)" -v mode="$mode" -f "$lab/migrate/cells.awk" \
		-f "$lab/migrate/list.awk" "$lab/vmms" "$lab/migrate/guests" "$t" | sed "s/$/ $cpu/"
done)

echo "kernels:"
wanted=$({ echo "$plan" | awk '{ print $3 }'; echo "$cells" | awk '{ print $3; print $4; print $5 }'; } | kernels_in 1)
for k in $(kernels); do
	for w in $wanted; do
		case " $(lineage "$w") " in
		*" $k "*)
			printf '  %-10s %-9s %s\n' "$k" "$(field "$k" role)" \
				"$(field "$k" from)$(p=$(field "$k" patches); [ "$p" = - ] || echo " + $p")"
			break
			;;
		esac
	done
done
echo
echo "without a boot: the lab's tests of itself, lint, the model"
case $tiers in
*full*) echo "then: kvm_feat reads broken profiles, for FUZZ_TIME seconds" ;;
esac
echo "in a boot each: what calls cost, in instructions, on the base and the product"
echo "in a boot: what a Linux guest finds of the services that its VM has"
echo
echo "guests that move:"
echo "$cells" | awk '{ printf "  %-13s %-8s %8s -> %-8s %-30s on %s\n", $1, $2, $3, $4, $6, $7 }'
echo
echo "tests of tier $tiers, and how long each may take at most:"
echo "$plan" | awk '{
	b = $2
	limit = $7
	$1 = $2 = $3 = $4 = $5 = $7 = ""
	expect = $6
	$6 = ""
	sub(/^ +/, "")
	printf "  %-20s %-11s <%5d s  %s\n", b, expect, limit, $0
	boots += !seen[b]++
} END { print "  " NR " tests in " boots " boots" }'
