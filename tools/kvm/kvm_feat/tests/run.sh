#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests of kvm_feat. Prints KTAP.
#
# Usage: run.sh KVM_FEAT RANDOM SYSREG, where RANDOM is random.c, compiled
#
# Where a golden file differs on purpose: UPDATE=1 run.sh ..., and read the diff.

bin=$(realpath "$1")
random=$(realpath "$2")
sysreg=$(realpath "$3")
cd "$(dirname "$0")" || exit 1
. ./lib.sh
"$random" names > "$tmp/names"

# golden NAME STATUS ARG...
golden() {
	name=$1
	shift
	run "$@" || { false; result "$name"; return; }
	[ -z "$UPDATE" ] || cp "$tmp/out" "$name.golden"
	diff -u "$name.golden" "$tmp/out" > "$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; false; }
	result "$name"
}

# id REGISTER
id() {
	sed -n "s/^$1 \(0x[^ ]*\)$/\1/p" "$tmp/names"
}

# one REG VALUE MASK LINE: a host with this register, which is R in LINE
one() {
	host "$1 $(id "$1") $2 $3" "$(echo "$4" | sed "s/ R\>/ $1/")"
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
	one "$2" "$3" 0x0 "${4:+# takes R $4}" > "$tmp/a"
	one "$2" "$5" 0x0 "${6:+# takes R $6}" > "$tmp/b"
	"$bin" baseline "$tmp/a" "$tmp/b" > "$tmp/out" 2> "$tmp/err" ||
		echo "$2 id none" > "$tmp/out"
	grep -q "^$2 [^ ]* $1\( \|\$\)" "$tmp/out"
}

echo "TAP version 13"

# Every field that is told with its register, read by other means than gen-regs.awk does
awk '{ sub(/#.*/, "") }
     $1 == "Sysreg" { name = $2 == "ICH_VMCR_EL2" ? "" : $2; next }	# has two layouts
     $1 == "EndSysreg" { name = "" }
     name && $1 !~ /^0b/ && $2 ~ /^[0-9:]+$/ {
	print name, $3 == "" ? "-" : $3, $2 ~ /:/ ? $2 : $2 ":" $2, $1
     }' "$sysreg" | sort > "$tmp/want"
sort "$tmp/names" | comm -23 "$tmp/want" - > "$tmp/out"
fields=$(wc -l < "$tmp/want")
! grep . "$tmp/out" && [ "$fields" -gt 2000 ] && grep -q "^SCTLR_EL12 M 0:0 Field" "$tmp/names"
result "names of $fields fields of sysreg"
golden diff 1 diff old.profile new.profile
golden check 1 check new.profile old.profile new.profile
golden show 0 show new.profile CCSIDR_0 PSCI_VERSION SVE_VLS CNTFRQ_EL0 'VENDOR*'
# Another CPU, another physical address size that cannot be changed, two registers less
sed '/^ID_AA64MMFR0/s/6 0xff00ffffffffff0f/7 0xff00fffffffff000/; /^MIDR/s/0510/0511/
     /^CLIDR/d; /^ID_AA64PFR0/d' \
	new.profile > "$tmp/fixed"
run 1 baseline old.profile new.profile "$tmp/fixed" &&
	grep -q "MIDR_EL1: 0xf0510 .* in old.profile, new.profile; 0xf0511 .* in $tmp/fixed" \
		"$tmp/out" && grep -q "no common profile, because of 1 register" "$tmp/out"
result "no baseline"

run 0 diff new.profile new.profile && ! [ -s "$tmp/out" ]
result "no difference to itself"
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
	grep -q "corrected: ID_AA64PFR0_EL1.EL3: 3 -> AARCH32 (2)" "$tmp/out" &&
	run 1 check --strict "$tmp/a" "$tmp/b" && ! grep -q corrected "$tmp/out" &&
	grep -q "EL3: 3 accepted, but the guest will see AARCH32 (2)" "$tmp/out"
result "F2: a correction is a yes with a name, and a no if strict"
fits no ID_AA64PFR0_EL1 0x13000 0x12000 0x1000 "$takes" &&
	grep -q "EL3: 3 accepted, but the guest will see" "$tmp/out" &&
	fits no ID_AA64PFR0_EL1 0x13000 0x12000 "" "$takes"
result "F2: what has no effect and could have had one is no correction"
fits yes SMCCC_ARCH_WORKAROUND_1 0x1 0x2 "" "# takes R 5:0=2,~0-1" &&
	grep -q "note: SMCCC_.*_1: 0x1, the host has a better mitigation: 0x2" "$tmp/out" &&
	run 0 check -s "$tmp/a" "$tmp/b" &&
	fits no SMCCC_ARCH_WORKAROUND_1 0x2 0x1 "" "# takes R 5:0=1,~0"
result "a mitigation may become better"
fits yes PSCI_VERSION 0x10001 0x10003 "" "# takes R 31:0=0x2,0x10000-0x10003" &&
	fits no PSCI_VERSION 0x7 0x10003 "" "# takes R 31:0=0x2,0x10000-0x10003" &&
	grep -q "takes only 0x2 (PSCI 0.2), 0x10000 (PSCI 1.0) to 0x10003 (PSCI 1.3)" "$tmp/out"
result "versions of PSCI"
fits yes CCSIDR_0 0x700fe07b 0x700fe01a "" "# takes R 27:13=0-0x7fff 12:3=0-0x3ff 2:0=0x2-0x7" &&
	fits no CCSIDR_0 0x1 0x700fe01a "" "# takes R 27:13=0-0x7fff 12:3=0-0x3ff 2:0=0x2-0x7" &&
	fits no CCSIDR_0 0x700fe07b 0x700fe01a "" "# takes R 2:0=2"
result "caches, also of a host that takes only its own"
fits no ID_AA64MMFR0_EL1 0x0 0xf000000 $all "# takes R 27:24=0x8-0xf" &&
	grep -q "TGRAN64: IMP (0), the host takes only -8 to NI (-1)" "$tmp/out" &&
	fits no ID_AA64MMFR0_EL1 0x2000000 0x0 $all "# takes R 27:24=0-1,8-15" &&
	grep -q "TGRAN64: 2, the host takes only -8 to NI (-1), IMP (0) to 1\$" "$tmp/out"
result "F8: signed fields are printed with their sign"
fits no ID_AA64MMFR2_EL1 0x10000000000000 0x20000000000000 $all "# takes R 55:52=0,2" &&
	grep -q "BBM: 1 (1), the host takes only 0 (0), 2 (2)\$" "$tmp/out"
result "F6: limits have all that is refused between them"
fits no CLIDR_EL1 0x2000021 0xa200023 "" "# takes R 46:30=0-0x1ffff 29:21=81,0x91 20:0=0-9" &&
	grep -q "takes only levels that need as much cleaning, or more" "$tmp/out"
result "F19: caches in words"
fits yes SVE_VLS 0x3 0xb "" && fits no SVE_VLS 0xb 0xf "" && fits no SVE_VLS 0x0 0xf ""
result "vector lengths: none above the first that differs"
fits yes PMMIR_EL1 0x0 0x4 "" "# optional R
# takes R 7:0=0,4" && fits no PMMIR_EL1 0x4 0x0 "" "# optional R"
result "optional: the same or zero"
fits yes MIDR_EL1 0x410fd490 0x413fd0c1 0xffffffff && fits no MIDR_EL1 0x410fd490 0x413fd0c1 0x0
result "identity: what the mask allows"
sed 's/^# host CNTFRQ_EL0.*/# host CNTFRQ_EL0 0x17d7840/' new.profile > "$tmp/a"
run 1 check new.profile "$tmp/a" && grep -q "no, because of the platform" "$tmp/out" &&
	grep -q "CNTFRQ_EL0: 1000 MHz, the host takes only 25 MHz" "$tmp/out" &&
	run 1 baseline new.profile "$tmp/a" && run 1 diff new.profile "$tmp/a" &&
	sed 's/^# host DCZID_EL0.*/# host DCZID_EL0 0x14/' new.profile > "$tmp/a" &&
	run 1 check new.profile "$tmp/a" && grep -q "DCZID_EL0: 0x4, the host takes only" "$tmp/out"
result "F20: the frequency of the counter and the block of DC ZVA must be the same"
sed 's/\(^# host IPA_SIZE\).*/\1 0x28/; s/GIC_TYPES 0x180/GIC_TYPES 0x80/' new.profile > "$tmp/a"
run 1 check new.profile "$tmp/a" &&
	grep -q "IPA_SIZE: 0x30, the host takes at most 0x28" "$tmp/out" &&
	grep -q "note: GIC_TYPES.VGIC_ITS: the host lacks it: VMs can't use it" "$tmp/out" &&
	run 0 check "$tmp/a" new.profile && run 0 baseline new.profile "$tmp/a" &&
	grep -q "^# host IPA_SIZE 0x28" "$tmp/out" && grep -q "^# host GIC_TYPES 0x80" "$tmp/out"
result "the other facts of a host are limits"
grep -v '^# takes' new.profile > "$tmp/a"
grep -v '^# host' new.profile > "$tmp/b"
run 3 check new.profile "$tmp/a" && grep -q "a: unknown\$" "$tmp/out" &&
	grep -q "does not tell which values the host takes ('# takes')" "$tmp/out" &&
	run 3 check new.profile "$tmp/b" &&
	grep -q "CNTFRQ_EL0 and DCZID_EL0 ('# host')" "$tmp/out" &&
	run 0 check "$tmp/a" new.profile && run 0 check "$tmp/b" new.profile &&
	run 3 baseline new.profile "$tmp/a" && run 3 pools "$tmp/b" new.profile &&
	run 1 check -q new.profile "$tmp/a" old.profile
result "F3: without a host's answers it is unknown"

base 0x1 ID_AA64PFR0_EL1 0x2 3:0=0-2 0x1 3:0=0-1 && base 0x0 ID_AA64PFR0_EL1 0x0 3:0=0-2 0x0 3:0=0-1
result "baseline: the greatest of the hosts' own values"
base 0x1 ID_AA64PFR0_EL1 0x2 3:0=1-2 0x3 3:0=1,3 &&
	base 0xf ID_AA64PFR0_EL1 0x0 3:0=0,5,14-15 0x1 3:0=1,5,14-15
result "baseline: else the greatest that all take"
base none ID_AA64PFR0_EL1 0x2 3:0=0-2 0x3 3:0=3
result "baseline: none"
base 0x2 ID_AA64PFR0_EL1 0x2 3:0=2 0x0 3:0=0,~2 &&
	grep -q "corrected: .*(2), some hosts correct it: " "$tmp/err" &&
	run 1 baseline -s "$tmp/a" "$tmp/b" &&
	base 0x0 ID_AA64PFR0_EL1 0x2 3:0=0,2 0x0 3:0=0,~2 && ! grep -q correct "$tmp/err"
result "baseline: corrected only if there is nothing better"
base 0x10001 PSCI_VERSION 0x10001 31:0=2,0x10000-0x10001 0x10003 31:0=2,0x10000-0x10003
result "baseline: PSCI"
base 0x1 SVE_VLS 0x10003 "" 0x10001 ""
result "baseline: vector lengths"

psci=0x6030000000140000 ccsidr=0x6020000000110000 clidr=0x603000000013c801
pmmir=0x603000000013c4f6
{
	host "CCSIDR_0 $ccsidr 0x2" "CLIDR_EL1 $clidr 0x1" "PSCI_VERSION $psci 0x10001" \
		"# takes CCSIDR_0 12:3=0-0xff 2:0=2-7" "# takes CLIDR_EL1 20:0=0-0xffff" > "$tmp/a"
	host "CCSIDR_0 $ccsidr 0x403" "CLIDR_EL1 $clidr 0x3" "PSCI_VERSION $psci 0x10001" \
		"# takes CCSIDR_0 12:3=0-0xff 2:0=2-7" "# takes CLIDR_EL1 20:0=0-0xffff" > "$tmp/b"
	"$bin" baseline "$tmp/b" "$tmp/a" && "$bin" baseline --from "$tmp/b" "$tmp/a" "$tmp/b"
} > "$tmp/out" 2>&1 && grep -q "note: caches: as in $tmp/a" "$tmp/out" &&
	[ "$(sed -n 's/^C[CL].* //p' "$tmp/out" | tr '\n' ' ')" = "0x2 0x1 0x403 0x3 " ]
result "baseline: caches of one host, or of the one asked for"
host "PSCI_VERSION $psci 0x10001" > "$tmp/b"
run 0 baseline "$tmp/a" "$tmp/b" &&
	grep -q "note: CLIDR_EL1: left out: 0x1 (.*) in $tmp/a; not there in $tmp/b" "$tmp/out" &&
	! grep -q "^CLIDR" "$tmp/out"
result "baseline: without what some lack"
run 0 check "$tmp/b" "$tmp/a" &&
	grep -q "note: left as the host has them: CCSIDR_0, CLIDR_EL1" "$tmp/out" &&
	run 1 check "$tmp/a" "$tmp/b" &&
	grep -q "caches, which kernels before 6.3 cannot change: CCSIDR_0, CLIDR" "$tmp/out" &&
	run 1 check -v "$tmp/a" "$tmp/b" &&
	grep -q "CLIDR_EL1: .* does not know the register" "$tmp/out"
result "check: what the profile lacks is left, what the host lacks is refused"
host "PSCI_VERSION $psci 0x10001" "PMMIR_EL1 $pmmir 0x4" "# optional PMMIR_EL1" \
	"# takes PMMIR_EL1 7:0=4" > "$tmp/a"
run 1 check "$tmp/b" "$tmp/a" && grep -q "PMMIR_EL1: 0x0, the host takes only 0x4" "$tmp/out" &&
	sed 's/7:0=4/7:0=0,4/' "$tmp/a" > "$tmp/c" &&
	run 0 check "$tmp/b" "$tmp/c" && ! grep -q note "$tmp/out"
result "check: what is optional is zeroed"

aidr=0x603000000013c807
host "AIDR_EL1 $aidr 0x0 0x0" "MIDR_EL1 0x603000000013c000 0x410fd0c1 0x0" > "$tmp/a"
host "AIDR_EL1 $aidr 0x0 0x0" "MIDR_EL1 0x603000000013c000 0x411fd401 0x0" > "$tmp/b"
run 1 baseline "$tmp/a" "$tmp/b" && ! grep -q AIDR "$tmp/out" &&
	grep -q "MIDR_EL1: .* in $tmp/a; .* in $tmp/b" "$tmp/out" &&
	grep -q "try: pin MIDR_EL1: dump all hosts with impid" "$tmp/out"
result "F4: what all have in common is nobody's fault"
"$bin" baseline -j "$tmp/a" "$tmp/a" "$tmp/a" "$tmp/b" > "$tmp/json"
grep -qF "{\"value\": \"0x410fd0c1\", \"hosts\": [\"$tmp/a\", \"$tmp/a\", \"$tmp/a\"]}" "$tmp/json"
result "F5: holders have names"
for p in a b; do
	profile "MIDR_EL1 0x603000000013c000 0x41${p}fd0c1 0xffffffff" '# host CNTFRQ_EL0 0x1' \
		'# host DCZID_EL0 0x4' '# takes MIDR_EL1 3:0=0' > "$tmp/$p"
done
run 0 baseline -o "$tmp/c" "$tmp/a" "$tmp/b" && run 0 show "$tmp/c" &&
	sed -i '/^# host/d' "$tmp/a" && run 3 baseline "$tmp/a" "$tmp/b"
result "F17: a baseline can be loaded, if there is one"
profile "ID_AA64DFR0_EL1 0x603000000013c028 0x8" > "$tmp/a"
profile "ID_AA64DFR0_EL1 0x603000000013c028 0x6" > "$tmp/b"
run 1 diff "$tmp/a" "$tmp/b" && grep -q "DebugVer: V8P2 (8) -> IMP (6)\$" "$tmp/out"
result "F7: less is not nothing"
sed '/^HCID_VENDOR_HYP_1/d; /^ID_AA64PFR0/d' new.profile > "$tmp/a"
run 0 check new.profile new.profile && run 1 check new.profile "$tmp/a"
result "a register can be removed by hand"

run 1 check -q new.profile new.profile old.profile &&
	[ "$(cut -d: -f2 "$tmp/out" | tr -d '\n')" = " yes no" ]
result "one profile, many hosts, quietly"
run 1 check new.profile old.profile old.profile new.profile &&
	grep -q -- "-> old.profile: no, as old.profile$" "$tmp/out" &&
	[ "$(grep -c VENDOR_HYP_BMAP.PTP "$tmp/out")" = 1 ]
result "the reasons of hosts of a kind once"
run 1 check - old.profile < new.profile && grep -q "^- -> old.profile: no" "$tmp/out"
result "standard input"

run 0 show new.profile 'HCID*' && [ "$(grep -c ^HCID "$tmp/out")" = 4 ] &&
	run 0 show new.profile id_aa64pfr0 S3_0_C9_C14_6 0x6030000000141181 'clid?' SVE_VLS &&
	[ "$(sed -n 's/^\([A-Z][^ ]*\) .*/\1/p' "$tmp/out" | tr '\n' ' ')" = "ID_AA64PFR0_EL1 \
PMMIR_EL1 HCID_VENDOR_HYP_1 CLIDR_EL1 SVE_VLS " ]
result "show some registers, by name, pattern, encoding and ID"
run 2 show new.profile MIDR_EL1 'FOO*' && [ "$(wc -l < "$tmp/out")" = 1 ]
result "show nothing but the error if one is not there"
"$bin" set new.profile PFR0.CSV2=0 > "$tmp/out" 2>&1
"$bin" set new.profile ID_AA64PFR0.CSV2=ni HCID_VENDOR_HYP_2=0 HCID_VENDOR_HYP_2.function_128=1 \
	> "$tmp/a" && run 1 diff new.profile "$tmp/a" &&
	grep -q "CSV2: IMP (1) -> NI (0)" "$tmp/out" && ! grep -q HCID "$tmp/out"
result "set fields"
sed 's/^# kernel.*/&\n## why\tit is so/; s/^\(PSCI_VERSION.*\)/\1  # pinned/; s/^MIDR/\t&/' \
	new.profile > "$tmp/a"
cp "$tmp/a" "$tmp/b"
run 0 set -o "$tmp/b" "$tmp/b" PSCI_VERSION=0x10001
grep -v '^# takes' "$tmp/a" | sed 's/^\(PSCI.*\)0x10003/\10x10001/' | cmp -s - "$tmp/b"
result "F11: set changes a value, and no comment"
run 0 set new.profile ID_AA64MMFR0.TGRAN64=NI &&
	grep -q "^ID_AA64MMFR0_EL1 [^ ]* 0x3231f201126" "$tmp/out" &&
	run 0 set new.profile CNTFRQ_EL0=25000000 &&
	grep -q "^# host CNTFRQ_EL0 0x17d7840\$" "$tmp/out"
result "set a signed field, and a fact"
run 2 set new.profile HCID_VENDOR_HYP_1.KVM_FEATURES_2=2 &&
	run 2 set new.profile HCID_VENDOR_HYP_1.function_64=1 &&
	grep -q "not among the bits that a VMM may change" "$tmp/out"
result "set within the mask"
ok=true
for change in 'ID_AA64*.CSV2=0' 'ID_AA64PFR0.*=0' 'ID_AA64PFR0.CSV2=*' CCSIDR_0=0x100000000 \
	PSCI_VERSION=99999999999999999999 PSCI_VERSION=0x PSCI_VERSION=-1 PSCI_VERSION=; do
	run 2 set new.profile "$change" || ok=false
done
$ok && sed "s/=0x2,0x1/=02,0x1/" new.profile > "$tmp/a" && run 0 show "$tmp/a" PSCI_VERSION &&
	grep -q "takes only 0x2 (PSCI 0.2)" "$tmp/out" &&
	run 0 set new.profile PSCI_VERSION=010 SVE_VLS=0x3 &&
	grep -q "^PSCI_VERSION [^ ]* 0xa\$" "$tmp/out" && grep -q "^SVE_VLS [^ ]* 0x3\$" "$tmp/out"
result "F13: set one register to one number, decimal unless behind 0x"

# Every host's profile on every host
mkdir "$tmp/hosts"
awk -v dir="$tmp/hosts" -f hosts.awk hosts
{
	for p in "$tmp/hosts"/*; do
		echo "$p ->" "$("$bin" check -q "$p" "$tmp/hosts"/* | sed 's/.*: //' |
			paste -s -d , -)"
	done
	for pair in "n1-old n1" "n1 n1-old" "v1 v2" "v2 v1-old"; do
		"$bin" check "$tmp/hosts/${pair% *}" "$tmp/hosts/${pair#* }"
	done
} > "$tmp/matrix"
sed "s|$tmp/[a-z]*/||g" "$tmp/matrix" > "$tmp/out"
[ -z "$UPDATE" ] || cp "$tmp/out" hosts.golden
diff -u hosts.golden "$tmp/out" > "$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; false; }
result "$(grep -c '^[a-z]' hosts) kinds of hosts"
run 0 baseline --from "$tmp/hosts/v2-next" "$tmp/hosts"/*-next &&
	grep -q "^MIDR_EL1 [^ ]* 0x410fd4f0" "$tmp/out" &&
	grep -q "^CCSIDR_0 [^ ]* 0x201fe01a" "$tmp/out" &&
	run 0 baseline "$tmp/hosts"/*-next && ! grep -q ^MIDR "$tmp/out"
result "to pose as another CPU is asked for"
run 2 baseline --from "$tmp/a" new.profile old.profile
result "from a host that takes no part"

"$random" > "$tmp/out"
result "$(sed 's/^ok - //; s/^not ok.*/random hosts/' "$tmp/out")"

for part in parser fleet; do
	. ./$part.sh
done

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
ok=true
for args in "diff old.profile new.profile" "baseline old.profile new.profile" --help; do
	# shellcheck disable=SC2086
	"$bin" $args > /dev/full 2> "$tmp/out"
	[ $? = 2 ] && grep -q "No space left" "$tmp/out" || ok=false
done
$ok
result "full disk on standard output"
mkfifo "$tmp/pipe"
ok=true
for file in /dev/null /dev/full "$tmp/pipe" "$tmp" "$tmp/keep/x"; do
	run 2 baseline -o "$file" old.profile new.profile || ok=false
done
"$bin" baseline -o /dev/stdout old.profile new.profile 2>&1 | grep -q "not a regular file" ||
	ok=false
$ok && [ -c /dev/null ] && [ -p "$tmp/pipe" ] && [ -L /dev/stdout ]
result "F1: only a regular file is written, or a new one"
name=$tmp/$(printf '%0250d' 0)
run 0 baseline -o "$name" old.profile new.profile && cmp -s "$name" "$tmp/base"
result "F1: a name of 250 characters"
# Root may write them
chmod 444 "$tmp/keep"
if ! [ -w "$tmp/keep" ]; then
	run 2 baseline -o "$tmp/keep" old.profile new.profile &&
		grep -q "Permission denied" "$tmp/out"
	result "F1: not a file that the user may not write"
elif chown 1:1 "$tmp/keep" 2> /dev/null; then
	run 0 baseline -o "$tmp/keep" old.profile new.profile &&
		[ "$(find "$tmp/keep" -uid 1 -gid 1 -perm 444)" = "$tmp/keep" ]
	result "F1: with its owner and mode"
fi
chmod 600 "$tmp/keep"
echo precious > "$tmp/keep"
(
	ulimit -f 1
	run 2 baseline -o "$tmp/keep" new.profile new.profile &&
		run 2 baseline -o "$tmp/keep2" new.profile new.profile
) && [ "$(cat "$tmp/keep")" = precious ] && ! [ -e "$tmp/keep2" ]
result "a file that would be too large: neither changed nor made"

run 0 --help && grep -q Usage "$tmp/out"
result "help"
run 2 dump --quiet && grep -q "no option --quiet" "$tmp/out"
result "an option of another command"
ok=true
for args in "" frob --frob "diff a" "diff a b c" "check" "check a b c" "baseline a" "pools" "key" \
	"diff -q a b" "check -f sve a" "dump x" "set -j old.profile PSCI_VERSION=2"; do
	# shellcheck disable=SC2086
	run 2 $args || ok=false
	grep -q . "$tmp/out" || ok=false
done
$ok
result "usage errors"
host "A 0x6030000000140400 0x1" | sed 's/psci_0_2/&,sve/' > "$tmp/a"
host "A 0x6030000000140400 0x1" > "$tmp/b"
run 2 check "$tmp/a" "$tmp/b" && grep -q "only the same can be checked" "$tmp/out"
result "other vCPU features"
sed 's/psci_0_2,sve/sve,psci_0_2/' "$tmp/a" > "$tmp/b"
run 0 check "$tmp/a" "$tmp/b" && run 0 diff "$tmp/a" "$tmp/b" && ! [ -s "$tmp/out" ]
result "vCPU features in another order"

if [ "$(uname -m)" != aarch64 ]; then
	run 2 dump && grep -q "needs an arm64 host" "$tmp/out"
	result "dump elsewhere"
fi
./host.sh "$bin" > "$tmp/host"
status=$?
sed 's/^/  /' "$tmp/host"
[ $status = 0 ]
result "this host"

echo "1..$nr"
exit $failed
