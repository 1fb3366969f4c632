#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [-t TIERS] [-k KERNEL] [-m MODE] [-n TEST] [-a ARGUMENTS] [-l LIMIT] [-e EMULATOR]
#
# Boot what the table of tests asks for, judge it, print the table, and leave the
# verdicts for the report. One boot runs all the tests of a kernel in a mode. With -n
# and -k, just that test is run, whether the table has it or not.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/coverage/lib.sh"

tiers=default kernel='' mode='' name='' args='' limit=120 emulator=single
while getopts t:k:m:n:a:l:e: o; do
	case $o in
	t) tiers=$OPTARG ;;
	k) kernel=$OPTARG ;;
	m) mode=$OPTARG ;;
	n) name=$OPTARG ;;
	a) args=$OPTARG ;;
	l) limit=$OPTARG ;;
	e) emulator=$OPTARG ;;
	*) die "usage: ${0##*/} [-t TIERS] [-k KERNEL] [-m MODE] [-n TEST] [-a ARGUMENTS] [-l LIMIT] [-e EMULATOR]" ;;
	esac
done
numbers 1 "$limit" || die "the limit is a number of seconds, not '$limit'"
lock_build

run=$BUILD/run/tests
rm -rf "$run"
mkdir -p "$run"
[ -z "$name" ] || [ -z "$kernel" ] || tiers=this
if [ "$tiers" = this ]; then
	echo "$name $kernel ${mode:-vhe} $emulator this ok $limit $args"
else
	cat "$lab/tests"
fi | awk -v tiers="$tiers" -v kernel="$kernel" -v mode="$mode" -v name="$name" \
	-f "$lab/test/plan.awk" >"$run/plan"
[ -s "$run/plan" ] || die "the table of tests has nothing for that: nothing ran"
"$lab/test/programs.sh" "$run/plan"

# touched KERNEL: the functions that have code of its patches, in which races count
touched()
{
	code_of "$1" "$run"
	"${CROSS_COMPILE}nm" -n "$(obj_of "$1")/vmlinux" >"$run/symbols"
	awk -v tree="$(tree_of "$1")" -f "$lab/coverage/source.awk" -f "$lab/test/touched.awk" \
		"$run/diff" "$run/lines" "$run/symbols"
}

# range KERNEL: where the code of these files is, for an emulator that traces it
range()
{
	"${CROSS_COMPILE}readelf" -W --debug-dump=decodedline "$(obj_of "$1")/vmlinux" | awk '
		$2 ~ /^[0-9]+$/ && $3 ~ /^0x/ {
			if (first == "" || $3 < first)
				first = $3
			if ($3 > last)
				last = $3
		}
		END { print first ".." last }'
}

cd "$top"	# the report's paths are from there
boots=$(awk '!seen[$2]++ { print $2 }' "$run/plan")
for b in $boots; do
	mkdir -p "$run/$b"
	awk -v b="$b" '$2 == b { print $3, $4, $5; exit }' "$run/plan" >"$run/$b/boot"
	awk -v b="$b" '$2 == b {
		line = $1 " " $7 " test"
		for (i = 8; i <= NF; i++)
			line = line " " $i
		print line
	}' "$run/plan" >"$run/$b/jobs"
	read -r k _ e <"$run/$b/boot"
	[ "$e" != traced ] || range "$k" >"$run/$b/range"
	if grep -qs '^CONFIG_KCSAN=y' "$(obj_of "$k")/.config"; then
		touched "$k" >"$run/$b/touched"
	fi
done

# shellcheck disable=SC2086 # a list of boots
"$lab/boot/pool.sh" tests $boots || true	# the judge looks at each
awk -v run="${run#"$top"/}" -v base="$(kernel_with base)" -v splats="$splats" \
	-v races="$lab/test/races" -f "$lab/test/judge.awk" "$run/plan" >"$run/judged"
echo
awk -f "$lab/test/table.awk" "$run/judged"
new_verdicts tests
awk -v run="${run#"$top"/}" -f "$lab/test/verdicts.awk" "$run/judged" >>"$BUILD/verdict/tests"
