#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests of kvm_feat. Prints KTAP.
#
# Usage: run.sh KVM_FEAT [SYSREG [RANDOM]], where RANDOM is random.c, compiled
#
# Where a golden file differs on purpose: UPDATE=1 run.sh ..., and read the diff.

cd "$(dirname "$0")" || exit 1
case $1 in
/*) bin=$1 ;;
*) bin=$OLDPWD/$1 ;;
esac
case $3 in
/* | "") random=$3 ;;
*) random=$OLDPWD/$3 ;;
esac
case ${2:-../../../../arch/arm64/tools/sysreg} in
/*) sysreg=$2 ;;
*) sysreg=${2:+$OLDPWD/}${2:-../../../../arch/arm64/tools/sysreg} ;;
esac
. ./lib.sh

# golden NAME STATUS ARG...
golden() {
	name=$1
	shift
	run "$@" || { false; result "$name"; return; }
	[ -z "$UPDATE" ] || cp "$tmp/out" "$name.golden"
	diff -u "$name.golden" "$tmp/out" > "$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; false; }
	result "$name"
}

# one REG VALUE MASK LINE: a profile with this register, which is R in LINE
one() {
	profile "$1 $("$bin" id "$1") $2 $3" "$(echo "$4" | sed "s/ R\>/ $1/")"
}

# fits WANT REG A B MASK [LINE]: can value A go to the host of B, which has this line?
fits() {
	one "$2" "$3" "" "$6" > "$tmp/a"
	one "$2" "$4" "$5" "$6" > "$tmp/b"
	"$bin" check "$tmp/a" "$tmp/b" > "$tmp/out" 2>&1
	grep -q "a -> .*b: $1" "$tmp/out"
}

# base WANT REG A TAKES B TAKES: the common value, or none, of hosts that take so much
base() {
	one "$2" "$3" "" "# takes R $4" > "$tmp/a"
	one "$2" "$5" "" "# takes R $6" > "$tmp/b"
	"$bin" baseline "$tmp/a" "$tmp/b" > "$tmp/out" 2> "$tmp/err" ||
		echo "$2 id none" > "$tmp/out"
	grep -q "^$2 [^ ]* $1\( \|\$\)" "$tmp/out"
}

echo "TAP version 13"

# Every field of every register, found by other means than gen-regs.awk does:
# expand each block by name, then print it under each register that uses it
awk '{ sub(/#.*/, "") }
     $1 ~ /^Sysreg(Fields)?$/ { name = $2; if ($1 == "Sysreg") order[++n] = name; next }
     $1 ~ /^End(Sysreg|SysregFields)$/ { name = "" }
     $1 == "Prefix" { pre = $2 "_" }
     $1 == "EndPrefix" { pre = "" }
     $1 == "Fields" || $1 == "Mapping" { body[name] = "=" $2 }
     $1 !~ /^0b/ && $2 ~ /^[0-9]+(:[0-9]+)?$/ {
	bits = $2 ~ /:/ ? $2 : $2 ":" $2
	body[name] = body[name] " " (pre $3 == "" ? "-" : pre $3) " " bits " " $1 "\n"
     }
     END {
	for (i = 1; i <= n; i++) {
		b = body[order[i]]
		while (b ~ /^=/)
			b = body[substr(b, 2)]
		gsub(/(^|\n)/, "&" order[i], b)
		sub(/[^\n]*$/, "", b)
		printf "%s", b
	}
     }' "$sysreg" > "$tmp/want"
"$bin" explain --all | grep -v ' \(Service\|Attribute\)$' > "$tmp/got"
fields=$(wc -l < "$tmp/want")
diff "$tmp/want" "$tmp/got" | sed 's/^/# /' > "$tmp/diff"
! grep . "$tmp/diff" && [ "$fields" -gt 4000 ]
result "names of all $fields fields of sysreg"
# The other names, as the kernel's header has them, which takes some of its own for timers
awk '/^#define[ \t]+SYS_[A-Z0-9_]+[ \t]+sys_reg\([0-9, ]+\)/ && !/AARCH32/ {
	split($0, f, /[(,)]/)
	printf "S%d_%d_C%d_C%d_%d %s\n", f[2], f[3], f[4], f[5], f[6], substr($2, 5)
     }' "${sysreg%/*}/../include/asm/sysreg.h" > "$tmp/want"
cut -d ' ' -f 1 "$tmp/want" | "$bin" name | paste -d ' ' - "$tmp/want" |
	awk 'NR == FNR { skip[$2] = $1 == "Sysreg"; next }
	     $1 != $2 && $1 != $3 && $1 !~ /TIMER_/ && !skip[$1]' "$sysreg" - > "$tmp/out"
! grep . "$tmp/out" && [ -s "$tmp/want" ]
result "names that sysreg does not have"

golden explain-id 0 explain ID_PFR2_EL1
golden explain-hcid 0 explain 0x6030000000141181
golden explain-state 0 explain CSSELR_EL1
golden explain-unknown 0 explain S3_0_C0_C7_7
golden diff 1 diff old.profile new.profile
golden check 1 check --both old.profile new.profile
golden baseline 0 baseline old.profile new.profile
golden show 0 show new.profile
# Another CPU, another physical address size that cannot be changed, two registers less
sed '/^ID_AA64MMFR0/s/6 0xff00ffffffffff0f/7 0xff00fffffffff000/; /^MIDR/s/0510/0511/
     /^CLIDR/d; /^ID_AA64PFR0/d' \
	new.profile > "$tmp/fixed"
run 1 baseline old.profile new.profile "$tmp/fixed" && {
	[ -z "$UPDATE" ] || sed "s|$tmp/||" "$tmp/out" > impossible.golden
	sed "s|$tmp/||" "$tmp/out" | diff impossible.golden - > "$tmp/diff" ||
		{ sed 's/^/# /' "$tmp/diff"; false; }
}
result impossible

run 0 diff new.profile new.profile && ! [ -s "$tmp/out" ]
result "no difference to itself"
sed 's/\( 0x[^ ]* 0x[^ ]*\) 0x[^ ]*$/\1 0x0/' new.profile > "$tmp/masks"
run 0 diff new.profile "$tmp/masks" && ! [ -s "$tmp/out" ]
result "masks alone are no difference"
profile "PSCI_VERSION 0x6030000000140000 0x10001" > "$tmp/a"
profile "PSCI_VERSION 0x6030000000140000 0x10001" "PMMIR_EL1 0x603000000013c4f6 0x0" \
	"# optional PMMIR_EL1" > "$tmp/b"
run 0 diff "$tmp/a" "$tmp/b" && grep -q "^PMMIR_EL1: not there -> 0x0" "$tmp/out"
result "absent or zero: named, but no difference"
profile "PSCI_VERSION 0x6030000000140000 0x10001" "HCID_STD_7 0x6030000000141107 0x0" \
	"# optional HCID_STD_7" > "$tmp/b"
run 0 diff "$tmp/b" "$tmp/a" && ! [ -s "$tmp/out" ]
result "the HCID window is reserved: not named either"
"$bin" baseline new.profile new.profile | grep -v '^# kernel' > "$tmp/out"
grep -v '^# kernel\|^# takes' new.profile | diff - "$tmp/out" > /dev/null
result "a profile of one kind is its own baseline, byte for byte"
"$bin" baseline -o "$tmp/base" old.profile new.profile 2> /dev/null &&
	"$bin" check "$tmp/base" old.profile | grep -q "base -> old.profile: yes" &&
	"$bin" check "$tmp/base" new.profile | grep -q "base -> new.profile: yes"
result "the baseline fits all of its inputs"

vls=0x8000$(printf '%0120d' 0)0001
profile "SVE_VLS 0x606000000015ffff $vls" > "$tmp/a"
"$bin" baseline "$tmp/a" "$tmp/a" | grep -q " $vls\$"
result "512 bits survive"
sort -c "$tmp/base" 2> /dev/null || grep -v '^#' "$tmp/base" | LC_ALL=C sort -c
result "registers are sorted by name"

all=0xffffffffffffffff
takes="# takes R 19:16=0-0x1 15:12=0x2,~0x3,0x8-0x9"
fits yes ID_AA64PFR0_EL1 0x12000 0x12000 0x0 "$takes" &&
	fits yes ID_AA64PFR0_EL1 0x2000 0x12000 0x0 "$takes" &&
	fits yes ID_AA64PFR0_EL1 0x19000 0x12000 0x0 "$takes" &&
	fits no ID_AA64PFR0_EL1 0x1a000 0x12000 0x0 "$takes" &&
	fits no ID_AA64PFR0_EL1 0x22000 0x12000 $all "$takes" &&
	fits no ID_AA64PFR0_EL1 0x112000 0x12000 $all "$takes"
result "what a host says that it takes, whatever the mask"
fits yes ID_AA64PFR0_EL1 0x13000 0x12000 0x0 "$takes" &&
	grep -q "note: .*EL3: 3 accepted, but the guest will see AARCH32 (2)" "$tmp/out"
result "what a host ignores fits, and is noted"
fits yes PSCI_VERSION 0x10001 0x10003 "" "# takes R 31:0=0x2,0x10000-0x10003" &&
	fits no PSCI_VERSION 0x7 0x10003 "" "# takes R 31:0=0x2,0x10000-0x10003" &&
	grep -q "takes only 0x2 (PSCI 0.2), 0x10000 (PSCI 1.0) to 0x10003 (PSCI 1.3)" "$tmp/out"
result "versions of PSCI"
fits yes CCSIDR_0 0x700fe07b 0x700fe01a "" "# takes R 27:13=0-0x7fff 12:3=0-0x3ff 2:0=0x2-0x7" &&
	fits no CCSIDR_0 0x1 0x700fe01a "" "# takes R 27:13=0-0x7fff 12:3=0-0x3ff 2:0=0x2-0x7" &&
	fits no CCSIDR_0 0x700fe07b 0x700fe01a "" "# takes R 2:0=2"
result "caches, also of a host that takes only its own"
fits yes ID_AA64PFR0_EL1 0x11 0x12 $all && fits no ID_AA64PFR0_EL1 0x12 0x11 $all
result "not asked: unsigned, lower is safe"
fits yes ID_AA64PFR0_EL1 0xf0000 0x0 $all && fits no ID_AA64PFR0_EL1 0x0 0xf0000 $all
result "not asked: signed, -1 is lower than 0"
fits no ID_AA64PFR0_EL1 0x11 0x12 0xfffffffffffffff0 && fits no ID_AA64PFR0_EL1 0x11 0x12 0x7
result "not asked: nothing outside the mask"
fits yes S3_0_C0_C7_7 0x0 0x5 $all && fits no S3_0_C0_C7_7 0x5 0x0 0x0
result "not asked: unallocated ID register, zero is safe"
fits yes CCSIDR_0 0x3 0x2 "" && fits no CCSIDR_0 0x1 0x2 "" &&
	fits yes CLIDR_EL1 0xa200023 0x2000021 "" && fits no CLIDR_EL1 0x2000021 0xa200023 ""
result "not asked: longer cache lines, less coherence"
fits yes SVE_VLS 0x3 0xb "" && fits no SVE_VLS 0xb 0xf "" && fits no SVE_VLS 0x0 0xf ""
result "vector lengths: none above the first that differs"
fits yes PMMIR_EL1 0x0 0x4 "" "# optional R" && fits no PMMIR_EL1 0x4 0x0 "" "# optional R"
result "optional: the same or zero"
fits yes MIDR_EL1 0x410fd490 0x413fd0c1 0xffffffff && fits no MIDR_EL1 0x410fd490 0x413fd0c1 0x0
result "identity: what the mask allows"

base 0x1 ID_AA64PFR0_EL1 0x2 3:0=0-2 0x1 3:0=0-1 && base 0x0 ID_AA64PFR0_EL1 0x0 3:0=0-2 0x0 3:0=0-1
result "baseline: the greatest of the hosts' own values"
base 0x1 ID_AA64PFR0_EL1 0x2 3:0=1-2 0x3 3:0=1,3 &&
	base 0xf ID_AA64PFR0_EL1 0x0 3:0=0,5,14-15 0x1 3:0=1,5,14-15
result "baseline: else the greatest that all take"
base none ID_AA64PFR0_EL1 0x2 3:0=0-2 0x3 3:0=3
result "baseline: none"
base 0x2 ID_AA64PFR0_EL1 0x2 3:0=2 0x0 3:0=0,~2 &&
	grep -q "note: .*(2) is not kept by all" "$tmp/err" &&
	base 0x0 ID_AA64PFR0_EL1 0x2 3:0=0,2 0x0 3:0=0,~2 && ! grep -q note "$tmp/err"
result "baseline: ignored only if there is nothing better"
base 0x10001 PSCI_VERSION 0x10001 31:0=2,0x10000-0x10001 0x10003 31:0=2,0x10000-0x10003
result "baseline: PSCI"
base 0x1 SVE_VLS 0x10000000000000003 "" 0x10000000000000001 ""
result "baseline: vector lengths"

psci=0x6030000000140000 ccsidr=0x6020000000110000 clidr=0x603000000013c801
pmmir=0x603000000013c4f6 pfr0=0x603000000013c020
{
	profile "CCSIDR_0 $ccsidr 0x2" "CLIDR_EL1 $clidr 0x1" "PSCI_VERSION $psci 0x10001" \
		"# takes CCSIDR_0 12:3=0-0xff 2:0=2-7" "# takes CLIDR_EL1 20:0=0-0xffff" > "$tmp/a"
	profile "CCSIDR_0 $ccsidr 0x403" "CLIDR_EL1 $clidr 0x3" "PSCI_VERSION $psci 0x10001" \
		"# takes CCSIDR_0 12:3=0-0xff 2:0=2-7" "# takes CLIDR_EL1 20:0=0-0xffff" > "$tmp/b"
	"$bin" baseline "$tmp/a" "$tmp/b" && "$bin" baseline --from "$tmp/a" "$tmp/b" "$tmp/a"
} > "$tmp/out" 2>&1 && grep -q "note: caches: as in $tmp/b" "$tmp/out" &&
	[ "$(sed -n 's/^C[CL].* //p' "$tmp/out" | tr '\n' ' ')" = "0x403 0x3 0x2 0x1 " ]
result "baseline: caches of one host, or of the one asked for"
profile "PSCI_VERSION $psci 0x10001" > "$tmp/b"
run 0 baseline "$tmp/a" "$tmp/b" &&
	grep -q "note: CLIDR_EL1: left out: 0x1 (.*) in $tmp/a, not there in $tmp/b" "$tmp/out" &&
	! grep -q "^CLIDR" "$tmp/out"
result "baseline: without what some lack"
run 0 check "$tmp/b" "$tmp/a" &&
	grep -q "note: left as the host has them: CCSIDR_0, CLIDR_EL1" "$tmp/out" &&
	run 1 check "$tmp/a" "$tmp/b" &&
	grep -q "CLIDR_EL1: .* does not know the register" "$tmp/out"
result "check: what the profile lacks is left, what the host lacks is refused"
profile "PSCI_VERSION $psci 0x10001" "PMMIR_EL1 $pmmir 0x4" "# optional PMMIR_EL1" \
	"# takes PMMIR_EL1 7:0=4" > "$tmp/a"
run 1 check "$tmp/b" "$tmp/a" && grep -q "PMMIR_EL1: 0x0, the host takes only 0x4" "$tmp/out" &&
	sed 's/7:0=4/7:0=0,4/' "$tmp/a" > "$tmp/c" &&
	run 0 check "$tmp/b" "$tmp/c" && ! grep -q note "$tmp/out"
result "check: what is optional is zeroed"

sed -e 's/profile 2/profile 1/; s/^# optional/# clearable STD_BMAP S3_0_C0_C7_7/; /^# takes/d' \
	new.profile > "$tmp/a"
"$bin" baseline "$tmp/a" "$tmp/a" > "$tmp/out" 2>&1
sed -n '/^# optional/p' new.profile > "$tmp/want"
grep '^# optional' "$tmp/out" | cmp -s - "$tmp/want"
result "format 1: clearable is optional only where that is true"
sed '/^HCID_VENDOR_HYP_1/d; /^ID_AA64PFR0/d' new.profile > "$tmp/a"
run 0 check new.profile new.profile && run 1 check new.profile "$tmp/a"
result "a register can be removed by hand"

run 0 check --both new.profile new.profile && [ "$(grep -c ': yes' "$tmp/out")" = 2 ]
result "fits itself, both ways"
run 1 check -q new.profile new.profile old.profile &&
	[ "$(cut -d: -f2 "$tmp/out" | tr -d '\n')" = " yes no" ]
result "one profile, many hosts, quietly"
run 1 check new.profile old.profile old.profile new.profile &&
	grep -q -- "-> old.profile: no, as old.profile$" "$tmp/out" &&
	[ "$(grep -c VENDOR_HYP_BMAP.PTP "$tmp/out")" = 1 ]
result "the reasons of hosts of a kind once"
run 1 check - old.profile < new.profile && grep -q "^- -> old.profile: no" "$tmp/out"
result "standard input"

run 0 explain id_aa64pfr0 && grep -q "^ID_AA64PFR0_EL1 $pfr0" "$tmp/out" &&
	run 0 explain ID_AA64PFR0.CSV2 && [ "$(grep -c '^    ' "$tmp/out")" = 1 ] &&
	run 0 explain 'ID_AA64PFR?' SVE_VLS && [ "$(grep -c '^[A-Z].* bits$' "$tmp/out")" = 4 ]
result "explain: short names, fields, patterns, several"
ok=true
for reg in 0x60300000001400ff CCSIDR_255 HCID_VENDOR_HYP_9 HCID_SIP_0 ID_AA64PFR0.FOO; do
	run 2 explain $reg || ok=false
done
$ok && run 2 explain ID_AA64PFRO && grep -q "there is ID_AA64PFR0_EL1" "$tmp/out" &&
	run 2 explain ID_AA64PFR0.CSV9 && grep -q "; there is CSV3, CSV2\$" "$tmp/out" &&
	run 2 explain MIDR 'FOO*' && [ "$(wc -l < "$tmp/out")" = 1 ]
result "explain: what does not exist"
run 0 explain 'ID_AA64*.CSV2' && [ "$(grep -c ' bits$' "$tmp/out")" = 1 ] &&
	run 0 explain HCID_VENDOR_HYP_1.function_70 && grep -q "^    function_70 6:6 " "$tmp/out" &&
	run 0 explain CCSIDR_3.LineSize && grep -q "^    LineSize 2:0 " "$tmp/out"
result "explain: fields as other commands call them"
printf '%s\n' 603000000013c020 0x603000000013c4f6 S3_0_C9_C14_6 6030000000141187 6020000000110003 \
	603000000013df02 606000000015ffff 6030000000100042 |
	"$bin" name > "$tmp/names" && "$bin" id < "$tmp/names" > "$tmp/ids" &&
	"$bin" name < "$tmp/ids" | cmp - "$tmp/names" > "$tmp/out" &&
	[ "$(tr '\n' ' ' < "$tmp/names")" = "ID_AA64PFR0_EL1 PMMIR_EL1 PMMIR_EL1 HCID_VENDOR_HYP_7 \
CCSIDR_3 TIMER_CVAL SVE_VLS REG_6030000000100042 " ]
result "names and IDs"
run 2 name FOO && run 2 id 0x1
result "no name"
run 0 show new.profile 'HCID*' && [ "$(grep -c ^HCID "$tmp/out")" = 4 ] &&
	run 0 show new.profile ID_AA64MMFR0.PARANGE &&
	grep -q "PARANGE: 52 (6), the host takes 32 (0) to 52 (6)" "$tmp/out" &&
	run 0 show new.profile 'CCSIDR_0.[31:28]' && grep -qF "[31:28]: 0" "$tmp/out"
result "show some registers and fields"
ok=true
for reg in FOO 'FOO*' ID_AA64PFR0.FOO MIDR_EL1.FOO; do
	run 2 show new.profile MIDR_EL1 "$reg" && [ "$(wc -l < "$tmp/out")" = 1 ] || ok=false
done
$ok
result "show nothing but the error if one is not there"
"$bin" set new.profile PFR0.CSV2=0 > "$tmp/out" 2>&1
"$bin" set new.profile ID_AA64PFR0.CSV2=ni HCID_VENDOR_HYP_2=0 HCID_VENDOR_HYP_2.function_128=1 \
	> "$tmp/a" && run 1 diff new.profile "$tmp/a" &&
	grep -q "CSV2: IMP (1) -> NI (0)" "$tmp/out" && ! grep -q HCID "$tmp/out"
result "set fields"
run 2 set new.profile HCID_VENDOR_HYP_1.KVM_FEATURES_2=2 &&
	run 2 set new.profile HCID_VENDOR_HYP_1.function_64=1 &&
	grep -q "not among the bits that a VMM may change" "$tmp/out"
result "set within the mask"
ok=true
for change in 'ID_AA64*.CSV2=0' 'ID_AA64PFR0.*=0' 'ID_AA64PFR0.CSV2=*' CCSIDR_0=0x100000000 \
	PSCI_VERSION=99999999999999999999 PSCI_VERSION=0x PSCI_VERSION=-1 PSCI_VERSION=; do
	run 2 set new.profile "$change" || ok=false
done
$ok && run 0 set new.profile PSCI_VERSION=010 SVE_VLS=0x3 &&
	grep -q "^PSCI_VERSION [^ ]* 0xa\$" "$tmp/out" && grep -q "^SVE_VLS [^ ]* 0x3\$" "$tmp/out"
result "set one register to one number"

# Every host's profile on every host, with and without SVE, and their baselines
mkdir "$tmp/hosts" "$tmp/sve"
awk -v dir="$tmp/hosts" -f hosts.awk hosts
awk -v dir="$tmp/sve" -v sve=1 -f hosts.awk hosts
for dir in hosts sve; do
	echo "$dir:" "$tmp/$dir"/*
	for p in "$tmp/$dir"/*; do
		echo "$p ->" "$("$bin" check -q "$p" "$tmp/$dir"/* | sed 's/.*: //' |
			paste -s -d , -)"
	done
	for kind in "$tmp/$dir"/* "$tmp/$dir/*[0-9]" "$tmp/$dir/*-next" "$tmp/$dir/n1*" \
		"$tmp/$dir/v1*" "$tmp/$dir/v1*[!d]"; do
		# shellcheck disable=SC2086
		set -- $kind
		[ $# -gt 1 ] || continue
		echo "baseline $*"
		"$bin" baseline "$@" 2>&1 | grep -v '^#'
	done
done > "$tmp/matrix"
for pair in "n1-old n1" "n1 n1-old" "v1 v2" "v2 v1-old" "v1-old v1"; do
	"$bin" check "$tmp/hosts/${pair% *}" "$tmp/hosts/${pair#* }"
done >> "$tmp/matrix"
sed "s|$tmp/[a-z]*/||g" "$tmp/matrix" > "$tmp/out"
[ -z "$UPDATE" ] || cp "$tmp/out" hosts.golden
diff -u hosts.golden "$tmp/out" > "$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; false; }
result "$(grep -vc '^#' hosts) kinds of hosts"
run 0 baseline --from "$tmp/hosts/v2-next" "$tmp/hosts"/*-next &&
	grep -q "^MIDR_EL1 [^ ]* 0x410fd4f0" "$tmp/out" &&
	grep -q "^CCSIDR_0 [^ ]* 0x201fe01a" "$tmp/out" &&
	run 0 baseline "$tmp/hosts"/*-next && ! grep -q ^MIDR "$tmp/out"
result "to pose as another CPU is asked for"
run 2 baseline --from "$tmp/a" new.profile old.profile
result "from a host that takes no part"

if [ -n "$random" ]; then
	"$random" > "$tmp/out"
	result "$(sed 's/^ok - //; s/^not ok.*/random hosts/' "$tmp/out")"
fi

for part in parser json vmms; do
	. ./$part.sh
done

echo precious > "$tmp/keep"
run 1 baseline -o "$tmp/keep" old.profile new.profile "$tmp/fixed" &&
	[ "$(cat "$tmp/keep")" = precious ]
result "no output without a result"
"$bin" baseline -o - old.profile new.profile > "$tmp/out" 2> "$tmp/err" &&
	cmp -s "$tmp/out" "$tmp/base" && [ ! -e ./- ]
result "standard output by name"
ln -s keep "$tmp/link"
run 0 baseline -o "$tmp/link" old.profile new.profile && [ -L "$tmp/link" ] &&
	cmp -s "$tmp/keep" "$tmp/base"
result "an old file is replaced, through a link"
chmod 600 "$tmp/keep"
run 0 baseline -o "$tmp/keep" old.profile new.profile &&
	[ "$(find "$tmp/keep" -perm 600)" = "$tmp/keep" ]
result "with its mode"
run 2 baseline -o "$tmp/none/x" old.profile new.profile && grep -q "No such file" "$tmp/out"
result "no directory"
if [ -c /dev/full ]; then
	ok=true
	for args in "diff old.profile new.profile" "baseline old.profile new.profile" --help; do
		# shellcheck disable=SC2086
		"$bin" $args > /dev/full 2> "$tmp/out"
		[ $? = 2 ] || ok=false
		grep -q "No space left" "$tmp/out" || ok=false
	done
	$ok
	result "full disk on standard output"
	run 2 baseline -o /dev/full old.profile new.profile && [ -c /dev/full ]
	result "a device is written, not replaced"
fi
(
	ulimit -f 1
	"$bin" baseline -o "$tmp/keep2" new.profile new.profile new.profile > "$tmp/out" 2>&1
	[ $? = 2 ]
) && [ "$(find "$tmp" -name 'keep2*')" = "" ]
result "no partial file when it cannot be completed"

run 0 --help && grep -q Usage "$tmp/out"
result "help"
features=$(sed -n 's/.*features="\(.*\)"/\1/p' ../bash-completion)
grep -q "^ *$features\$" "$tmp/out"
result "completion knows the same features"
run 2 dump --all && grep -q "no option --all" "$tmp/out"
result "an option of another command"
ok=true
for args in "" frob --frob "diff a" "diff a b c" "check" "check a b c" "baseline a" "explain" \
	"explain FOO" "explain S9_0_C0_C0_0" "explain S3_0_C0_C3_3_junk" "explain --all x" \
	"diff -q a b" "check -f sve a" "dump x" "template" "template -t vmware old.profile"; do
	# shellcheck disable=SC2086
	run 2 $args || ok=false
	grep -q . "$tmp/out" || ok=false
done
$ok
result "usage errors"
profile "A 0x6030000000140400 0x1" | sed 's/psci_0_2/&,sve/' > "$tmp/a"
profile "A 0x6030000000140400 0x1" > "$tmp/b"
run 2 check "$tmp/a" "$tmp/b" && grep -q "only like can be compared" "$tmp/out"
result "other vCPU features"
sed 's/psci_0_2,sve/sve,psci_0_2/' "$tmp/a" > "$tmp/b"
run 0 check "$tmp/a" "$tmp/b" && run 0 diff "$tmp/a" "$tmp/b" && ! [ -s "$tmp/out" ]
result "vCPU features in another order"

if [ "$(uname -m)" != aarch64 ]; then
	run 2 dump && grep -q "needs an arm64 host" "$tmp/out"
	result "dump elsewhere"
elif [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
	skip "no access" "/dev/kvm is accessible"
else
	run 2 dump && grep -q "/dev/kvm: " "$tmp/out"
	result "no access"
fi
./host.sh "$bin" > "$tmp/out"
status=$?
if grep -q "^1\.\.0 # SKIP" "$tmp/out"; then
	skip "this host" "$(sed -n 's/.*# SKIP //p' "$tmp/out")"
else
	sed 's/^/  /' "$tmp/out"
	[ $status = 0 ]
	result "this host"
fi

echo "1..$nr"
exit $failed
