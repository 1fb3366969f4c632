#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# chains.sh [plan|judge] [-s SEED] [-n CHAINS] [-l LENGTH]: random guests of hcid_vmm, each
# moved through a random chain of kernels. Every move must change nothing but
# what is corrected by name, or be refused by name while the source runs on.
#
# A guest has the profile of one of its kernels, some of it set to other values that
# this kernel takes: see migrate/chains.awk. The same seed and numbers make the same
# guests and chains as long as the kernels are the same. KERNELS="NAME..." takes these
# instead of those of the table chains.
#
# The first wave dumps profiles, from which the guests are drawn. The next one starts each
# guest on the first kernel of its chain and saves it; each further one restores and saves
# them, and the last one only restores. Each move is a cell that is expected to be "kept":
# see migrate/judge.awk. build/run/chains/settings says what each guest was.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=chains
seed='' chains=16 length=4
while getopts s:n:l: o; do
	case $o in
	s) seed=$OPTARG ;;
	n) chains=$OPTARG ;;
	l) length=$OPTARG ;;
	*) die "usage: ${0##*/} [plan|judge] [-s SEED] [-n CHAINS] [-l LENGTH]" ;;
	esac
done
seed=${seed:-$(date +%s)}
numbers 0 "$seed" || die "-s takes a number"
numbers 1 "$chains" || die "-n takes a number from 1 on"
numbers 2 "$length" || die "-l takes a number from 2 on"
kernels=${KERNELS:-$(rows chains | tr '\n' ' ')}
for k in $kernels; do
	kernels | grep -qxF "$k" || die "no kernel is called $k"
done

command="make study NAME=chains SEED=$seed CHAINS=$chains LENGTH=$length"

plan()
{
	new_run chains
	mkdir -p "$run/guests"
	vcpu=$(entry vmms hcid_vmm vcpu)
	{
		echo "$heading"
		for k in $kernels; do
			echo "1 dump-$k $k migrate single 1 60 dump $vcpu profiles/$k"
		done
		# The chains are drawn when the profiles are there
		echo "2 - - - - draw 60 migrate/draw.sh $seed $chains $length $kernels"
	} >"$run/plan"
	[ -n "$how" ] || say "chains of $kernels: seed $seed"
}

judge()
{
	run=$BUILD/run/chains
	: >"$run/registers"
	"$lab/migrate/names.sh" >"$run/names"
	awk -v run="$run" -v names="$run/names" -v kernels="$(kernels | tr '\n' ' ')" -v oldest="$(kernel_with oldest)" \
		-f "$lab/migrate/cells.awk" -f "$lab/migrate/judge.awk" "$lab/tables/vmms" "$run/table-of-guests" "$run/cells" \
		>"$run/outcomes"
	awk -v again="$command" \
		-f "$lab/migrate/outcomes.awk" -f "$lab/migrate/chains-show.awk" "$run/outcomes" >"$run/told"
	mkdir -p "$BUILD/report"
	grep -v '^verdict' "$run/told" | tee "$BUILD/report/chains.txt"
	sed -n 's/^verdict\t//p' "$run/told" >>"$BUILD/verdict/chains"
	judge_boots chains
}

study
