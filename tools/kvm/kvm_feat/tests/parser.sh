# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Tests of kvm_feat's parser, a part of run.sh

: "${bin:?}" "${tmp:?}"

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

: > "$tmp/bad"
error "empty file" "0: truncated: no '# end' line"
echo "ID_AA64PFR0_EL1 0x0 0x0" > "$tmp/bad"
error "no profile" "1: no profile: the first line must be"
echo "# kvm_feat profile 3" > "$tmp/bad"
error "later version" "1: no profile: the first line must be '# kvm_feat profile 2'"
head -c 150 old.profile > "$tmp/bad"
error "truncated in a value" "6: truncated: no '# end' line"
head -c 165 old.profile > "$tmp/bad"
error "truncated in a line" "7: expected NAME ID VALUE [MASK]"
bad "no registers" "5: no registers"
for value in 1 0x 0x1g 0x10000000000000000 -; do
	bad "value $value" "5: A: '$value' is no hexadecimal number of 64 bits" \
		"A 0x6030000000140400 $value"
	bad "mask $value" "5: A: '$value' is no" "A 0x6030000000140400 0x1 $value"
done
bad "F16: 65 bits of a wide register" "5: SVE_VLS: '0x10000000000000001' is no" \
	"SVE_VLS 0x606000000015ffff 0x10000000000000001"
bad "33 bits" "5: A: '0x100000000' is no hexadecimal number of 32 bits" \
	"A 0x6020000000160000 0x100000000"
bad "x86 ID" "5: A: '0x2030000000140000' is no arm64 register" "A 0x2030000000140000 0x1"
bad "2048 bits" "5: A: '0x6080000000150000' is no arm64 register" "A 0x6080000000150000 0x1"
bad "no value" "5: expected NAME ID VALUE [MASK]" "A 0x6030000000140400"
bad "5 words" "5: expected NAME ID VALUE [MASK]" "A 0x6030000000140400 0x1 0x1 x"
bad "a register too late" "7: B: must come before '# optional' and '# takes'" \
	"A 0x6030000000140400 0x1" "# takes A 0:0=0-1" "B 0x6030000000140401 0x1"
bad "bad name" "5: a name may have only letters" "A/B 0x6030000000140400 0x1"
bad "device by ID" "5: device '0xd00000000000" \
	"device 0xd000000000000000000000000000000000000000000000000 0x1"
bad "long name" "5: name longer than 39" "A$(printf '%040d' 0) 0x6030000000140400 0x1"
bad "duplicate name" "7: A: same register as A on line 5" \
	"A 0x6030000000140401 0x1" "" "A 0x6030000000140402 0x1"
bad "wrong name" "5: PSCI_VERSION has ID 0x6030000000140000, not 0x6030000000140001" \
	"PSCI_VERSION 0x6030000000140001 0x1"
bad "takes no bits" "6: takes: '64:0=1' are no bits of A" \
	"A 0x6030000000140400 0x1" "# takes A 64:0=1"
bad "takes bits of others" "6: takes: '32:32=1' are no bits of A" \
	"A 0x6020000000160000 0x1" "# takes A 32:32=1"
bad "takes no values" "6: takes: '' are no values of A bits 3:0" \
	"A 0x6030000000140400 0x1" "# takes A 3:0="
bad "takes too much" "6: takes: '0-16' are no values of A bits 3:0" \
	"A 0x6030000000140400 0x1" "# takes A 3:0=0-16"
bad "takes twice" "6: takes: bits 3:3 of A twice" \
	"A 0x6030000000140400 0x1" "# takes A 3:0=0-15 3:3=0"
bad "section to come" "5: GICD: 'IIDR' is no arm64 register ID" "GICD IIDR 0x1"
bad "device to come" "5: device 'GICX' is not known" "device GICX 0x1"
bad "device without value" "5: expected 'device NAME VALUE'" "device GICD_IIDR"
bad "device twice" "6: GICD_IIDR: same register as GICD_IIDR on line 5" \
	"device GICD_IIDR 0x1" "device GICD_IIDR 0x1"
bad "device with ID" "5: A: '0xd000000000000000' is no arm64 register" "A 0xd000000000000000 0x1"
bad "known ID, other name" "5: 0x6030000000140000 is PSCI_VERSION, not A" \
	"A 0x6030000000140""000 0x1"
profile "A 0x6030000000140400 0x1" | sed "s/kernel k/kernel $(printf '\033')[1mk/" > "$tmp/bad"
error "escape bytes" "2: '# kernel' line with unprintable characters"
for list in "x y" "X"; do
	profile "A 0x6030000000140400 0x1" | sed "s/psci_0_2/$list/" > "$tmp/bad"
	error "features $list" "3: features are names with commas between them"
done
bad "F13: takes by one kind of numbers" "6: takes: '0-09x' are no values of A bits 3:0" \
	"A 0x6030000000140400 0x1" "# takes A 3:0=0-09x"
bad "F10: the ID of no size" "5: CLIDR_EL1 has ID 0x603000000013c801, not 0x600000000013c801" \
	"CLIDR_EL1 0x600000000013c801 0x1"
for line in "#takes A 3:0=1" "# Take  A 3:0=1" "# optinal A" "#host CNTFRQ_EL0 0x1" \
		" # takes A 3:0=1" "   # optional A"; do
	bad "F15: $line" "6: '$line' is not known; a comment starts with ##" \
		"A 0x6030000000140400 0x1" "$line"
done
bad "fact to come" "5: # host 'FOO' is not known" "# host FOO 0x1"
bad "fact without value" "5: expected '# host NAME VALUE'" "# host IPA_SIZE"
for word in kernel features classes; do
	profile "A 0x6030000000140400 0x1" | sed "/^# $word/d" > "$tmp/bad"
	error "no $word" "5: no '# $word' line"
done
# Ranges of which none is taken, as many as a file has room for
{
	host "A 0x6030000000140400 0x1" | sed '$d'
	printf '# takes A 31:0='
	awk 'BEGIN { for (i = 2; i < 9000; i++) printf "%d,", 2 * i; print 9 }'
	echo '# end'
} > "$tmp/a"
host "A 0x6030000000140400 0x3" > "$tmp/b"
run 1 check "$tmp/b" "$tmp/a" && [ "$(wc -c < "$tmp/out")" -lt 400 ]
result "F14: a long list is judged, and not printed"
bad "two kernels" "5: second '# kernel' line" "# kernel again"
bad "two classes" "5: second '# classes' line" "# classes built-in"
profile | sed 's/classes kernel/classes other/' > "$tmp/bad"
error "bad class" "4: classes are 'kernel' or 'built-in'"
bad "text after the end" "6: text after '# end'" "# end"
profile "A 0x6030000000140400 0x1" | tr 2 '\000' > "$tmp/bad"
error "binary" "1: binary data"
head -c 65537 /dev/zero > "$tmp/bad"
run 2 diff "$tmp/bad" old.profile && grep -q "too large" "$tmp/out"
result "too large"
run 2 diff "$tmp/none" old.profile && grep -q "none: No such file" "$tmp/out"
result "no file"
profile "## why" "	A 0x6030000000140400  0X1 # pinned" | sed 's/0X/0x/' > "$tmp/a"
run 0 diff "$tmp/a" "$tmp/a"
result "comments, tabs and spaces"
