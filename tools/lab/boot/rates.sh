#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rates.sh [-e EMULATOR] [-n NUMBER] [-w WRONG] [-t TEST]: how often does a boot of the
# series' own tests, or of one of them, go wrong on a busy machine? Boots them in VHE,
# $BOOTS at a time, beside two busy loops: NUMBER times (60), or until WRONG boots (5) have
# gone wrong. QEMU=PROGRAM is another emulator than the lab's. Whoever doubts the choice
# that emulator.sh makes can ask. The boots stay in build/run/rates; fails if one was wrong.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

emulator=single want=60 stop=5 name=
while getopts e:n:w:t: o; do
	case $o in
	e) emulator=$OPTARG ;;
	n) want=$OPTARG ;;
	w) stop=$OPTARG ;;
	t) name=$OPTARG ;;
	*) die "usage: ${0##*/} [-e single|threads] [-n NUMBER] [-w WRONG] [-t TEST]" ;;
	esac
done
numbers 1 "$want" "$stop" || die "-n and -w take numbers from 1 on"
product=$(kernel_with product)
check_names "$product" vhe "$emulator"
lock_build
"$lab/series/tree.sh" "$product"
"$lab/build/kernel.sh" "$product"
"$lab/guest/initramfs.sh"
run=$BUILD/run/rates
rm -rf "$run"
mkdir -p "$run"

# shellcheck disable=SC2317 # it is for the trap
idle()
{
	kill "$loop1" "$loop2" 2>/dev/null || true
}
setpriv --pdeathsig KILL sh -c 'while :; do :; done' 9>&- &
loop1=$!
setpriv --pdeathsig KILL sh -c 'while :; do :; done' 9>&- &
loop2=$!
trap idle EXIT
trap 'exit 130' INT TERM HUP

qemu=$("$lab/boot/emulator.sh")
say "$("$qemu" --version | head -n 1), $emulator, $BOOTS at a time, until $want boots or $stop wrong ones"
i=0 wrong=0
while [ "$i" -lt "$want" ] && [ "$wrong" -lt "$stop" ]; do
	: >"$run/plan"
	boots=
	for b in $(seq $((i + 1)) $((i + BOOTS < want ? i + BOOTS : want))); do
		mkdir "$run/$b"
		echo "$product vhe $emulator" >"$run/$b/boot"
		awk -v kernel="$product" -v mode=vhe -v tiers=default -v name="$name" \
			-f "$lab/test/plan.awk" "$lab/tests" |
			awk -v b="$b" -v e="$emulator" -v plan="$run/plan" '$6 == "ok" {
				$2 = b; $5 = e; print >>plan
				line = $1 " " $7 " test"
				for (i = 8; i <= NF; i++)
					line = line " " $i
				print line }' >"$run/$b/jobs"
		boots="$boots $b"
	done
	[ -s "$run/plan" ] || die "the table of tests has no $name for $product: nothing ran"
	# shellcheck disable=SC2086 # a list of boots
	"$lab/boot/pool.sh" rates $boots || true
	awk -v run="$run" -v splats="$splats" -f "$lab/test/judge.awk" "$run/plan" >"$run/judged"
	for b in $boots; do
		i=$((i + 1))
		why=$(awk -F '\t' -v b="$b" '
			$1 == "test" && $3 == b && $4 != "pass" { out = out "; " $7 ": " $5 }
			$1 == "boot" && $2 == b && $3 != "pass" { out = out "; " $4 }
			END { print substr(out, 3) }' "$run/judged")
		[ -z "$why" ] || { wrong=$((wrong + 1)); say "boot $b went wrong: $why"; }
	done
done
say "$i boots, $wrong went wrong"
[ "$wrong" = 0 ]
