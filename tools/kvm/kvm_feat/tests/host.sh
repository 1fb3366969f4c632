#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests of kvm_feat on a host with KVM. Prints KTAP. Needs lib.sh next to it, and
# no more than busybox, so that it can be copied to a host, as kvm_feat can.
#
# Usage: host.sh KVM_FEAT [CLASSES], where CLASSES is classes.c, compiled

bin=$1
classes=$2
echo "TAP version 13"
if [ "$(uname -m)" != aarch64 ] || ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then
	echo "1..0 # SKIP needs access to /dev/kvm of an arm64 host"
	exit 0
fi
. "$(dirname "$0")/lib.sh"

run 0 dump -o "$tmp/own" && grep -q "^PSCI_VERSION " "$tmp/own"
result "dump"
run 0 check "$tmp/own" && grep -q "this host: yes" "$tmp/out"
result "a host fits its own profile"
[ "$(grep -c "^# host " "$tmp/own")" = 5 ] &&
	sed 's/^# host CNTFRQ_EL0.*/# host CNTFRQ_EL0 0x1/' "$tmp/own" > "$tmp/more" &&
	run 1 check "$tmp/more" && grep -q "no, because of the platform" "$tmp/out"
result "facts: $(sed -n 's/^# host //p' "$tmp/own" | tr '\n' ' ')"
echo precious > "$tmp/again"
run 0 dump -o "$tmp/again" && cmp "$tmp/own" "$tmp/again" > "$tmp/out"
result "an old file is replaced"
run 0 dump --json &&
	[ "$(grep -c '"id":' "$tmp/out")" = "$(grep -c '^[A-Za-z]\|^# host' "$tmp/own")" ]
result "as many registers in JSON"

psci=$(sed -n 's/^PSCI_VERSION [^ ]* //p' "$tmp/own")
sed "/^PSCI_VERSION/s/$psci/$(printf '0x%x' $((psci + 1)))/" "$tmp/own" > "$tmp/more"
run 1 check "$tmp/more" && grep -q "^    PSCI_VERSION: " "$tmp/out"
result "a later PSCI is refused"
sed -e '/^HCID_VENDOR_HYP_7 /d' \
	-e 's/^# classes.*/&\nHCID_VENDOR_HYP_7 0x6030000000141187 0x1/' "$tmp/own" > "$tmp/more"
run 1 check "$tmp/more" && grep -q "^    HCID_VENDOR_HYP_7[.:]" "$tmp/out"
result "an unknown service is refused"

# All vCPU features that this host has, but for those that exclude others
run 0 --help
list=psci_0_2
reverse=psci_0_2
known=$(sed -n '$s/^ *//;$s/ /,/gp' "$tmp/out")
for feature in pmu_v3 sve ptrauth has_el2 mte impid vgic_v3; do
	if run 0 dump -f "$list,$feature"; then
		list=$list,$feature
		reverse=$feature,$reverse
	else
		grep -q "vCPU feature $feature: this host does not have it" "$tmp/out"
		result "no $feature"
	fi
done
run 0 dump -v -f "$list" && grep -q "^kvm_feat: .* registers, .* ioctls" "$tmp/out"
result "$(sed -n 's/^kvm_feat: //p' "$tmp/out"), with $list"
"$bin" dump -f "$list" > "$tmp/own"
"$bin" dump -f "$reverse,$reverse," > "$tmp/out" 2>&1
cmp -s "$tmp/own" "$tmp/out"
result "the order of features does not matter"
run 0 check --strict "$tmp/own" && [ "$(wc -l < "$tmp/out")" = 1 ]
result "a host keeps its own profile, with all features"
run 0 check --strict "$tmp/own" "$tmp/own" && [ "$(wc -l < "$tmp/out")" = 1 ]
result "by its profile, too"

# Does the host, asked for the whole profile, do with a field of each register what it said?
sed -n 's/^# takes \(ID_[^ ]*\) \([0-9]*\):\([0-9]*\)=\([^ ,-]*\).*/\1 \2 \3 \4/p' "$tmp/own" \
	> "$tmp/fields"
n=0
while read -r reg msb lsb value && [ $n != bad ]; do
	id=$(sed -n "s/^$reg \([^ ]*\) .*/\1/p" "$tmp/own")
	old=$(sed -n "s/^$reg [^ ]* \([^ ]*\).*/\1/p" "$tmp/own")
	mask=$((((1 << (msb - lsb + 1)) - 1) << lsb))
	new=$(printf '0x%x' $(((old & ~mask) | (value << lsb))))
	sed "s/^$reg $id $old/$reg $id $new/" "$tmp/own" > "$tmp/more"
	run 0 check "$tmp/more" && ! grep -q "note: $reg" "$tmp/out" && n=$((n + 1)) || n=bad
done < "$tmp/fields"
[ $n != bad ] && [ $n -gt 0 ]
result "$n registers take and keep what the profile says"

# The same questions to the host and to its profile: a value that it takes, one that it
# corrects or ignores and one that it refuses, of each register that has them
sed -n 's/^# takes \([A-Z][^ ]*\) \([0-9]*\):\([0-9]*\)=\([^ ]*\).*/\1 \2 \3 \4/p' "$tmp/own" |
	sed 's/\(.* .* .*\) .*~\([0-9a-fx]*\).*/&\n\1 \2/; s/ \([^ ,-]*\)[,-][^ ]*$/ \1/' |
	grep -v '^PMU_COUNTERS\|^VGIC\|~' | awk 'NR % 15 == 2' > "$tmp/fields"
n=0
while read -r reg msb lsb value && [ $n != bad ]; do
	old=$(sed -n "s/^\(device \)*$reg \(0x6[0-9a-f]* \)*\(0x[0-9a-f]*\).*/\3/p" "$tmp/own")
	mask=$((((1 << (msb - lsb + 1)) - 1) << lsb))
	for v in $value $((value + 1)) $((mask >> lsb & -1)); do
		[ $((v << lsb & ~mask)) = 0 ] || continue
		new=$(printf '0x%x' $(((old & ~mask) | (v << lsb))))
		sed "/^\(device \)*$reg /s/ $old/ $new/" "$tmp/own" > "$tmp/more"
		"$bin" check -v "$tmp/more" 2>&1 | sed '1s/.*: //; /^    try:/d' > "$tmp/here"
		"$bin" check -v "$tmp/more" "$tmp/own" 2>&1 |
			sed '1s/.*: //; /^    try:/d' > "$tmp/there"
		cmp -s "$tmp/here" "$tmp/there" && n=$((n + 1)) && continue
		{ echo "$reg $msb:$lsb $v"; cat "$tmp/here" "$tmp/there"; } > "$tmp/out"
		n=bad
		break
	done
done < "$tmp/fields"
[ $n != bad ] && [ $n -gt 0 ]
result "$n questions to the host and its profile, the same answers"

# A VM with an interrupt controller, of which a guest sees the revision
if run 0 dump -f psci_0_2,pmu_v3,vgic_v3 -o "$tmp/own"; then
	run 0 check "$tmp/own" && ! grep -q note "$tmp/out" &&
		[ "$(grep -c "^device " "$tmp/own")" = 4 ]
	result "devices: $(sed -n 's/^device //p' "$tmp/own" | tr '\n' ' ')"
	iidr=$(sed -n 's/^device GICD_IIDR //p' "$tmp/own")
	sed "/^device GICD_IIDR/s/$iidr/$(printf '0x%x' $((iidr + 4096)))/" "$tmp/own" > "$tmp/more"
	run 1 check "$tmp/more" && grep -q "^    GICD_IIDR.Revision: " "$tmp/out"
	result "a later revision of the GIC is refused"
	old=$(sed -n 's/^device PMU_COUNTERS //p' "$tmp/own")
	new=$(printf '0x%x' $((old + 1)))
	sed "/^device PMU_COUNTERS/s/$old/$new/" "$tmp/own" > "$tmp/more"
	"$bin" check "$tmp/more" > "$tmp/out" 2>&1
	grep -q "^    \(note: \)\?PMU_COUNTERS: " "$tmp/out"
	result "more counters are refused, or it is said that they are not there"
	sed -n 's/^# takes \(GICD_IIDR\|PMU_COUNTERS\|VGIC_ICC_CTLR\)/\1/p' "$tmp/own" > "$tmp/out"
	[ "$(wc -l < "$tmp/out")" -gt 0 ]
	result "devices: the host takes $(tr '\n' ' ' < "$tmp/out")"
else
	grep -q "vCPU feature [a-z0-9_]*: this host does not have it" "$tmp/out"
	result "no devices"
fi

if [ -n "$classes" ]; then
	"$classes" > "$tmp/out" 2>&1
	status=$?
	if [ $status = 4 ]; then
		skip "the kernel's classes" "no KVM_CAP_REG_LIST_FILTER"
	else
		[ $status = 0 ]
		result "the kernel's classes: $(sed -n 's/.*ok - //p' "$tmp/out")"
	fi
fi
run 2 dump -f "" && grep -q "no vCPU feature" "$tmp/out"
result "no feature"
"$bin" dump -f "$known" > "$tmp/out" 2>&1
! grep -q "unknown vCPU feature" "$tmp/out"
result "features of the help are known"

echo "1..$nr"
exit $failed
