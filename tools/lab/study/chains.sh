#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# chains.sh [-s SEED] [-n CHAINS] [-l LENGTH]: random guests of hcid_vmm, each moved
# through a random chain of kernels. Every move must end with the guest seeing no
# difference, or be refused for a register that is named while the source runs on.
#
# A guest has the profile of one of its kernels, some of it set to other values that
# this kernel takes: see migrate/chains.awk. The same seed and numbers make the same
# guests and chains as long as the kernels are the same. KERNELS="NAME..." takes these
# instead of those of the table chains.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

seed='' chains=16 length=4
while getopts s:n:l: o; do
	case $o in
	s) seed=$OPTARG ;;
	n) chains=$OPTARG ;;
	l) length=$OPTARG ;;
	*) die "usage: ${0##*/} [-s SEED] [-n CHAINS] [-l LENGTH]" ;;
	esac
done
seed=${seed:-$(date +%s)}
numbers 0 "$seed" || die "-s takes a number"
numbers 1 "$chains" || die "-n takes a number from 1 on"
numbers 2 "$length" || die "-l takes a number from 2 on"
lock_build
here=$lab/migrate
vcpu=$(awk '$1 == "hcid_vmm" { print $3 }' "$lab/vmms")
kernels=${KERNELS:-$(rows chains | tr '\n' ' ')}
for k in $kernels; do
	kernels | grep -qxF "$k" || die "no kernel is called $k"
done
product=$(kernel_with product)
mode=migrate
run=$BUILD/run/chains
rm -rf "$run" "$BUILD/verdict"
mkdir -p "$run"
new_verdicts chains
say "chains of $kernels: seed $seed"

# shellcheck disable=SC2086 # lists of kernels
{
	"$lab/series/tree.sh" "$product" $kernels
	"$lab/build/kernel.sh" "$product"
	"$lab/build/kernel.sh" image $kernels
}
"$lab/guest/initramfs.sh"
run_logged "$log/chains-build.log" "$here/build.sh" || die "see $log/chains-build.log"

# boot STEP: all kernels that have a job in this step of the plan
boot()
{
	awk -v step="$1" -v run="$run" -v mode="$mode" '$1 == step {
		dir = run "/" step "-" $2
		if (!n[$2]++) {
			system("mkdir -p \"" dir "\"")
			print $2, mode, "single" >(dir "/boot")
			print step "-" $2
		}
		k = $2
		$1 = $2 = ""
		print n[k] $0 >(dir "/jobs")
	}' "$run/plan" >"$run/boots"
	# shellcheck disable=SC2046 # a list of boots
	"$lab/boot/pool.sh" chains $(cat "$run/boots") || say "a boot did not come to its end: its chains will tell"
}

for k in $kernels; do
	echo "dump $k 60 dump $vcpu profiles/$k"
done >"$run/plan"
boot dump
for k in $kernels; do
	[ -s "$run/profiles/$k/profile" ] || die "no profile of $k, see $run/dump-$k/console.log"
done
mkdir -p "$run/guests"
(cd "$run" && awk -v seed="$seed" -v chains="$chains" -v steps="$length" -v kernels="$kernels" \
	-f "$here/chains.awk") >>"$run/plan"
for step in $(awk '$1 != "dump" { print $1 }' "$run/plan" | sort -nu); do
	boot "$step"
done

: >"$run/registers"
"$here/names.sh" >"$run/names"
awk -v run="$run" -v names="$run/names" -v kernels="$(kernels | tr '\n' ' ')" -v oldest="$(kernel_with oldest)" \
	-f "$here/cells.awk" -f "$here/judge.awk" "$lab/vmms" "$run/table-of-guests" "$run/cells" \
	>"$run/outcomes"
awk -v again="make study NAME=chains SEED=$seed CHAINS=$chains LENGTH=$length" \
	-f "$here/outcomes.awk" -f "$here/chains-show.awk" "$run/outcomes" >"$run/told"
grep -v '^verdict' "$run/told"
sed -n 's/^verdict\t//p' "$run/told" >>"$BUILD/verdict/chains"
for b in "$run"/*/console.log; do
	complaint=$(tr -d '\r' <"$b" | grep -aE -m 1 "^\[.*\] .*($splats)") || continue
	verdict chains fail "boot $(basename "${b%/*}"): the kernel complains" "$complaint"
done
"$lab/report.sh"
