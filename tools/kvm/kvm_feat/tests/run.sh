#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests of kvm_feat. Prints KTAP.
#
# Usage: run.sh KVM_FEAT [SYSREG]
#
# Where a golden file differs on purpose: UPDATE=1 run.sh ..., and read the diff.

cd "$(dirname "$0")" || exit 1
case $1 in
/*) bin=$1 ;;
*) bin=$OLDPWD/$1 ;;
esac
case ${2:-../../../../arch/arm64/tools/sysreg} in
/*) sysreg=$2 ;;
*) sysreg=${2:+$OLDPWD/}${2:-../../../../arch/arm64/tools/sysreg} ;;
esac
. ./lib.sh

skip() {
	nr=$((nr + 1))
	echo "ok $nr $1 # SKIP $2"
}

# golden NAME STATUS ARG...
golden() {
	name=$1
	shift
	run "$@" || { false; result "$name"; return; }
	[ -z "$UPDATE" ] || cp "$tmp/out" "$name.golden"
	diff -u "$name.golden" "$tmp/out" > "$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; false; }
	result "$name"
}

# error NAME TEXT: $tmp/bad is refused, with TEXT after its name
error() {
	run 2 diff "$tmp/bad" old.profile && {
		grep -qF "kvm_feat: $tmp/bad:$2" "$tmp/out" || { sed 's/^/# /' "$tmp/out"; false; }
	}
	result "$1"
}

# bad NAME TEXT LINE...: the same for a profile with these lines
bad() {
	name=$1
	text=$2
	shift 2
	profile "$@" > "$tmp/bad"
	error "$name" "$text"
}

# profile LINE...: a profile with these lines
profile() {
	printf '%s\n' '# kvm_feat profile 1' '# kernel k' '# features psci_0_2' '# classes kernel' \
		"$@" '# end'
}

# fits WANT ID A MASK B MASK: can value A go to the host of B?
fits() {
	profile "R $2 $3 $4" > "$tmp/a"
	profile "R $2 $5 $6" > "$tmp/b"
	"$bin" check "$tmp/a" "$tmp/b" > "$tmp/out" 2>&1
	grep -q "a -> .*b: $1" "$tmp/out"
}

# base WANT ID A MASK B MASK: the common value, or none
base() {
	profile "R $2 $3 $4" > "$tmp/a"
	profile "R $2 $5 $6" > "$tmp/b"
	"$bin" baseline "$tmp/a" "$tmp/b" > "$tmp/out" 2> "$tmp/err" ||
		echo "R $2 none" > "$tmp/out"
	grep -q "^R $2 $1\( \|\$\)" "$tmp/out"
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
"$bin" explain --all | grep -v ' Service$' > "$tmp/got"
fields=$(wc -l < "$tmp/want")
diff "$tmp/want" "$tmp/got" | sed 's/^/# /' > "$tmp/diff"
! grep . "$tmp/diff" && [ "$fields" -gt 4000 ]
result "names of all $fields fields of sysreg"

golden explain-id 0 explain ID_PFR2_EL1
golden explain-hcid 0 explain 0x6030000000141181
golden explain-state 0 explain CSSELR_EL1
golden explain-unknown 0 explain S3_0_C0_C7_7
golden diff 1 diff old.profile new.profile
golden check 1 check old.profile new.profile
golden baseline 0 baseline old.profile new.profile
# Another CPU, another physical address size that cannot be changed, two registers less
sed '/^ID_AA64MMFR0/s/6 0xff00ffffffffff0f/7 0xff00fffffffff000/; /^MIDR/s/0510/0511/
     /^CLIDR/d; /^ID_AA64PFR0/d' \
	new.profile > "$tmp/fixed"
run 1 baseline old.profile new.profile "$tmp/fixed" && {
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
profile "PSCI_VERSION 0x6030000000140000 0x10001" "PMMIR_EL1 0x603000000013c4f6 0x0" > "$tmp/b"
run 0 diff "$tmp/a" "$tmp/b" && grep -q "^PMMIR_EL1: not there -> 0x0" "$tmp/out"
result "absent or zero: named, but no difference"
profile "PSCI_VERSION 0x6030000000140000 0x10001" "HCID_STD_7 0x6030000000141107 0x0" > "$tmp/b"
run 0 diff "$tmp/b" "$tmp/a" && ! [ -s "$tmp/out" ]
result "the HCID window is reserved: not named either"
run 0 check new.profile new.profile && [ "$(grep -c ': yes' "$tmp/out")" = 2 ]
result "fits itself"
"$bin" baseline new.profile new.profile | grep -v '^# kernel' > "$tmp/out"
grep -v '^# kernel' new.profile | diff - "$tmp/out" > /dev/null
result "a profile of one kind is its own baseline, byte for byte"
"$bin" baseline -o "$tmp/base" old.profile new.profile &&
	"$bin" check "$tmp/base" old.profile | grep -q "base -> old.profile: yes" &&
	"$bin" check "$tmp/base" new.profile | grep -q "base -> new.profile: yes"
result "the baseline fits all of its inputs"

vls=0x8000$(printf '%0120d' 0)0001
profile "SVE_VLS 0x606000000015ffff $vls" > "$tmp/a"
"$bin" baseline "$tmp/a" "$tmp/a" | grep -q " $vls\$"
result "512 bits survive"
sort -c "$tmp/base" 2> /dev/null || grep -v '^#' "$tmp/base" | LC_ALL=C sort -c
result "registers are sorted by name"

pfr0=0x603000000013c020 mmfr0=0x603000000013c038 mmfr1=0x603000000013c039 ctr=0x603000000013d801
isar1=0x603000000013c031 dfr0=0x603000000013c028 raz=0x603000000013c03f all=0xffffffffffffffff
fits yes $pfr0 0x11 $all 0x12 $all && fits no $pfr0 0x12 $all 0x11 $all
result "unsigned: lower is safe"
fits yes $pfr0 0xf0000 $all 0x0 $all && fits no $pfr0 0x0 $all 0xf0000 $all &&
	base 0xff0000 $pfr0 0xf00000 $all 0x1f0000 $all
result "signed: -1 is lower than 0"
fits no $pfr0 0x11 $all 0x12 0xfffffffffffffff0 && fits no $pfr0 0x11 $all 0x12 0x7 &&
	base none $pfr0 0x11 $all 0x12 0xfffffffffffffff0
result "nothing outside a host's mask"
fits yes $mmfr1 0x1000000 $all 0x0 $all && fits no $mmfr1 0x0 $all 0x1000000 $all &&
	base 0x1000000 $mmfr1 0x1000000 $all 0x0 $all
result "SpecSEI: higher is safe"
fits yes $isar1 0x0 $all 0x10 $all && fits no $isar1 0x10 $all 0x20 $all &&
	base 0x0 $isar1 0x10 $all 0x20 $all
result "APA: exact, or none"
fits yes $mmfr0 0x10000000000 $all 0x20000000000 $all &&
	base 0x10000000000 $mmfr0 0x20000000000 $all 0x30000000000 $all
result "TGRAN4_2: exact, or the safe value 1"
fits yes $dfr0 0x500 $all 0x600 $all && base 0x506 $dfr0 0x506 $all 0x609 $all
result "PMUVer, DebugVer: KVM's own rule"
fits yes $ctr 0x8000 $all 0xc000 $all && fits no $ctr 0xc000 $all 0x8000 $all &&
	base 0x6008000 $ctr 0x600c000 $all 0x5008000 $all &&
	base 0x8000 $ctr 0x600c000 $all 0x8000 $all
result "CTR_EL0: VIPT is safe, CWG higher or zero"
fits yes $raz 0x0 0x0 0x5 $all && fits no $raz 0x5 $all 0x0 0x0 &&
	base 0x0 $raz 0x0 0x0 0x5 $all
result "unallocated ID register: zero is safe"
vls=0x606000000015ffff pmmir=0x603000000013c4f6
fits yes $vls 0x3 "" 0xb "" && fits no $vls 0xb "" 0xf "" &&
	base 0x1 $vls 0x10000000000000003 "" 0x10000000000000001 ""
result "vector lengths: none above the first that differs"
fits yes $pmmir 0x0 "" 0x4 "" && fits no $pmmir 0x4 "" 0x0 "" &&
	base 0x0 $pmmir 0x4 "" 0x8 ""
result "other clearable registers: the same or zero"
base none $raz 0x0 0x0 0x5 0x0
result "unallocated ID register: not if read-only"

: > "$tmp/bad"
error "empty file" "0: empty file"
echo "ID_AA64PFR0_EL1 0x0 0x0" > "$tmp/bad"
error "no profile" "1: no profile: the first line must be"
echo "# kvm_feat profile 2" > "$tmp/bad"
error "later version" "1: unknown format version '2'"
head -c 150 old.profile > "$tmp/bad"
error "truncated in a value" "6: truncated: no '# end' line"
head -c 165 old.profile > "$tmp/bad"
error "truncated in a line" "7: expected NAME ID VALUE [MASK], found 2 words"
head -n 9 old.profile > "$tmp/bad"
error "truncated between lines" "9: truncated: no '# end' line"
bad "no registers" "5: no registers"
bad "no 0x" "5: A: value '1' is no hexadecimal" "A 0x6030000000140000 1"
bad "no digits" "5: A: value '0x' is no hexadecimal" "A 0x6030000000140000 0x"
bad "no digit" "5: A: value '0x1g' is no hexadecimal" "A 0x6030000000140000 0x1g"
bad "mask" "5: A: mask '-' is no hexadecimal" "A 0x6030000000140000 0x1 -"
bad "65 bits" "5: A: value does not fit the 64" "A 0x6030000000140000 0x10000000000000000"
bad "33 bits" "5: A: value does not fit the 32" "A 0x6020000000110000 0x100000000"
bad "x86 ID" "5: A: '0x2030000000140000' is no arm64 register" "A 0x2030000000140000 0x1"
bad "2048 bits" "5: A: '0x6080000000150000' is no arm64 register" "A 0x6080000000150000 0x1"
id=0x1$(printf '%032d' 0)6030000000140000
bad "wide ID" "5: A: '0x10000" "A $id 0x1"
bad "no value" "5: expected NAME ID VALUE [MASK], found 2 words" "A 0x6030000000140000"
bad "one word" "5: expected NAME ID VALUE [MASK], found 1 word" "A"
bad "5 words" "5: expected NAME ID VALUE [MASK], found more" "A 0x6030000000140000 0x1 0x1 x"
bad "bad name" "5: name with more than letters" "A/B 0x6030000000140000 0x1"
bad "long name" "5: name longer than 39" "A$(printf '%040d' 0) 0x6030000000140000 0x1"
bad "duplicate ID" "6: B: same register as A on line 5" \
	"A 0x6030000000140001 0x1" "B 0x6030000000140001 0x1"
bad "duplicate name" "7: A: same register as A on line 5" \
	"A 0x6030000000140001 0x1" "" "A 0x6030000000140002 0x1"
bad "wrong name" "5: PSCI_VERSION has ID 0x6030000000140000, not 0x6030000000140001" \
	"PSCI_VERSION 0x6030000000140001 0x1"
bad "wrong HCID name" "5: HCID_STD_HYP_7 has ID" "HCID_STD_HYP_7 0x6030000000141146 0x0"
bad "unknown clearable" "5: clearable: no register A above" "# clearable A"
bad "two kernels" "5: second '# kernel' line" "# kernel again"
bad "two classes" "5: second '# classes' line" "# classes built-in"
profile | sed 's/classes kernel/classes other/' > "$tmp/bad"
error "bad class" "4: classes are 'kernel' or 'built-in'"
bad "text after the end" "6: text after '# end'" "# end"
profile "A 0x6030000000140000 0x1" | tr 1 '\000' > "$tmp/bad"
error "binary" "1: binary data"
head -c 65537 /dev/zero > "$tmp/bad"
run 2 diff "$tmp/bad" old.profile && grep -q "too large" "$tmp/out"
result "too large"
run 2 diff "$tmp/none" old.profile && grep -q "none: No such file" "$tmp/out"
result "no file"
profile "# why" "	A 0x6030000000140000  0X1 # pinned" | sed 's/0X/0x/' > "$tmp/a"
run 0 diff "$tmp/a" "$tmp/a"
result "comments, tabs and spaces"

echo precious > "$tmp/keep"
run 1 baseline -o "$tmp/keep" old.profile new.profile "$tmp/fixed" &&
	[ "$(cat "$tmp/keep")" = precious ]
result "no output without a result"
ln -s keep "$tmp/link"
run 0 baseline -o "$tmp/link" old.profile new.profile && [ -L "$tmp/link" ] &&
	cmp -s "$tmp/keep" "$tmp/base"
result "an old file is replaced, through a link"
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
	"diff -j a b" "check -f sve a" "dump x"; do
	# shellcheck disable=SC2086
	run 2 $args || ok=false
	grep -q . "$tmp/out" || ok=false
done
$ok
result "usage errors"
profile "A 0x6030000000140000 0x1" | sed 's/psci_0_2/&,sve/' > "$tmp/a"
profile "A 0x6030000000140000 0x1" > "$tmp/b"
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
