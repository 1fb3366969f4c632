#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests of kvm_feat on a host with KVM. Prints KTAP. Needs lib.sh next to it, and
# no more than busybox, so that it can be copied to a host, as kvm_feat can.
#
# Usage: host.sh KVM_FEAT

bin=$1
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
psci=$(sed -n 's/^PSCI_VERSION [^ ]* //p' "$tmp/own")
sed "/^PSCI_VERSION/s/$psci/$(printf '0x%x' $((psci + 1)))/" "$tmp/own" > "$tmp/more"
run 1 check "$tmp/more" && grep -q "^    PSCI_VERSION: " "$tmp/out"
result "a later PSCI is refused"
sed -e '/^HCID_VENDOR_HYP_7 /d' \
	-e 's/^# classes.*/&\nHCID_VENDOR_HYP_7 0x6030000000141187 0x1/' "$tmp/own" > "$tmp/more"
run 1 check "$tmp/more" && grep -q "^    HCID_VENDOR_HYP_7[.:]" "$tmp/out"
result "an unknown service is refused"

# All vCPU features that this host has, but for those that exclude others
list=psci_0_2
reverse=psci_0_2
for feature in pmu_v3 sve ptrauth has_el2 mte impid vgic_v3; do
	if run 0 dump -f "$list,$feature"; then
		list=$list,$feature
		reverse=$feature,$reverse
	else
		grep -q "vCPU feature $feature: this host does not have it" "$tmp/out"
		result "no $feature"
	fi
done
run 0 dump -f "$list" -o "$tmp/own" && run 0 dump -f "$reverse,$reverse," &&
	cmp -s "$tmp/own" "$tmp/out"
result "with $list, in any order"
run 0 check --strict "$tmp/own" && [ "$(wc -l < "$tmp/out")" = 1 ]
result "a host keeps its own profile, with all features"
run 0 check --strict "$tmp/own" "$tmp/own" && [ "$(wc -l < "$tmp/out")" = 1 ]
result "by its profile, too"

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
		"$bin" check -v "$tmp/more" 2>&1 | sed '1s/.*: //' > "$tmp/here"
		"$bin" check -v "$tmp/more" "$tmp/own" 2>&1 |
			sed '1s/.*: //' > "$tmp/there"
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

run 2 dump -f "" && grep -q "no vCPU feature" "$tmp/out"
result "no feature"

echo "1..$nr"
exit $failed
