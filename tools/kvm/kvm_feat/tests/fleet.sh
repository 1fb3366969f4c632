# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Tests of kvm_feat's JSON, keys and pools, and of what guests see of devices, a part of run.sh

: "${bin:?}" "${tmp:?}"

# json STATUS ARG...: the standard output is one JSON value
json() {
	want=$1
	shift
	"$bin" "$@" > "$tmp/json" 2> "$tmp/err"
	got=$?
	cp "$tmp/json" "$tmp/out"
	[ $got = "$want" ] || return
	! command -v python3 > /dev/null ||
		python3 -m json.tool "$tmp/json" > /dev/null 2>> "$tmp/out"
}

# finding TEXT: the JSON has this in it
finding() {
	grep -qF -- "$1" "$tmp/json"
}

json 0 show -j new.profile &&
	finding '"name": "MIDR_EL1", "id": "0x603000000013c000", "value": "0xf0510"' &&
	finding '{"bits": "31:0", "kept": "0x10000-0x10003"}' &&
	json 0 show -j new.profile 'HCID*' && [ "$(grep -c '"id"' "$tmp/json")" = 4 ] &&
	json 2 show -j new.profile MIDR_EL1 FOO || [ ! -s "$tmp/json" ]
result "JSON: show"
json 1 diff -j old.profile new.profile && finding '"same": false' &&
	finding '"register": "ID_AA64PFR0_EL1", "field": "CSV2", "from": "0x0", "to": "0x1"' &&
	finding '"register": "PMMIR_EL1", "to": "0x0"' &&
	json 0 diff -j new.profile new.profile && finding '"findings": []'
result "JSON: diff"
grep -v '^# host' new.profile > "$tmp/no-host"
json 1 check -j new.profile old.profile new.profile "$tmp/no-host" &&
	finding '"register": "ID_AA64PFR0_EL1", "field": "CSV2", "reasons": ["kernel"]' &&
	[ "$(grep -c '"fits": \(true\|false\|null\)' "$tmp/json")" = 3 ]
result "JSON: check"
run 2 check -j new.profile old.profile "$tmp/nofile" && [ "$(wc -l < "$tmp/out")" = 1 ]
result "F12: no JSON of which a part is missing"
json 0 baseline -j old.profile new.profile && finding '"baseline": {' &&
	finding '"kind": "note", "register": "SMCCC_ARCH_WORKAROUND_1"' && ! [ -s "$tmp/err" ] &&
	json 1 baseline -j old.profile new.profile "$tmp/fixed" && finding '"baseline": null' &&
	finding '"kind": "obstacle", "register": "MIDR_EL1", "reasons": ["CPU"]'
result "JSON: baseline"
json 1 pools -j old.profile new.profile "$tmp/fixed" && finding '"fewest": true' &&
	finding '"nearest": 1, "reasons": ["CPU"' && finding '"hosts": ["old.profile"]' &&
	json 0 pools -j old.profile && finding '"nearest": -1, "reasons": []'
result "JSON: pools"
sed 's/^# kernel .*/# kernel "\\/' new.profile > "$tmp/quoted\"file"
json 0 show -j "$tmp/quoted\"file" && finding '"kernel": "\"\\"' &&
	json 0 check -j "$tmp/quoted\"file" new.profile && finding 'quoted\"file'
result "JSON: what has to be quoted"

# The key is in the names of snapshots: none of these may ever change
printf '%s\n' kf1-19e956ef0abfc510 kf1-d0230ae58a59f6ce > "$tmp/want"
run 0 key old.profile new.profile && cmp -s "$tmp/want" "$tmp/out"
result "key: stable"
grep -v '^# \(takes\|optional\)\|PMMIR\|IPA_SIZE\|^HCID.*HYP_0' new.profile |
	sed 's/^# kernel.*/# kernel x/; s/psci_0_2,sve/sve,impid,psci_0_2/
	     s/ 0x300fc00f/ 0x0/' > "$tmp/a"
sed 's/^# host IPA/CCSIDR_9 0x6020000000110009 0x2\n&/' "$tmp/a" > "$tmp/b"
run 0 key new.profile "$tmp/a" "$tmp/b" && [ "$(sort -u "$tmp/out" | wc -l)" = 1 ]
result "key: equal for the same machine"
ok=true
for change in 's/^PSCI\(.*\)3$/PSCI\12/' 's/psci_0_2,sve/&,pmu_v3/' 's/FRQ_EL0 0x3/&1/' \
	'/^STD_BMAP/d' 's/\(^HCID.*\) 0x1 0x1/\1 0x0 0x1/'; do
	sed "$change" new.profile > "$tmp/a"
	run 0 key new.profile "$tmp/a" && [ "$(sort -u "$tmp/out" | wc -l)" = 2 ] || ok=false
done
$ok
result "key: different for another machine"

# A fleet as an operator has it, and what the man page shows of it
mkdir "$tmp/fleet"
awk -v dir="$tmp/fleet" -v rack=1 -f hosts.awk hosts
{
	for args in "pools gv*" "pools -s gv3-*" "check gv3-1 gv3-4 gv4-1" "baseline -o gv3 gv3-*" \
		"check -q gv3 gv3-1 gv3-2 gv3-3 gv3-4" "key gv3-1 gv3-2 gv3"; do
		echo "\$ kvm_feat $args"
		# shellcheck disable=SC2086
		(cd "$tmp/fleet" && "$bin" $args 2>&1)
	done
} > "$tmp/out"
[ -z "$UPDATE" ] || cp "$tmp/out" "$UPDATE"
sed -n '/^\.\\" session/,/^\.\\" end/p' ../kvm_feat.1 | sed '/^\./d; s/\\-/-/g' > "$tmp/want"
diff -u "$tmp/want" "$tmp/out" > "$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; false; }
result "the operator's session in the man page"
# 5,000 hosts of 9 kinds, in 10 seconds of CPU time and 200 MB
set -- "$tmp/hosts"/*
hosts=$(awk 'BEGIN { for (i = 0; i < 5000; i++) print ARGV[1 + i % 9] }' "$@")
# shellcheck disable=SC2086 # words
(
	ulimit -t 10 && ulimit -v 204800 &&
		run 1 pools $hosts
) && grep -q "^pool 1: .* hosts" "$tmp/out" && grep -q " and 548 more (-v)" "$tmp/out"
result "5000 hosts of $# kinds"

psci=0x6030000000140000
# device VALUE TAKES: a host for VMs with a GIC
device() {
	host "PSCI_VERSION $psci 0x10001" "device GICD_IIDR $1" "# takes GICD_IIDR 15:12=$2" |
		sed 's/^# features.*/&,vgic_v3/'
}

device 0x4b00343b 2-3 > "$tmp/a"
device 0x4b00243b 2 > "$tmp/b"
run 0 check "$tmp/b" "$tmp/a" && run 1 check "$tmp/a" "$tmp/b" &&
	grep -q "GICD_IIDR.Revision: 3, the host takes only 2" "$tmp/out" &&
	run 1 diff "$tmp/a" "$tmp/b" && grep -q "GICD_IIDR.Revision: 3 -> 2\$" "$tmp/out"
result "devices: checked and compared like registers"
run 0 baseline "$tmp/a" "$tmp/b" && grep -q "^device GICD_IIDR 0x4b00243b\$" "$tmp/out" &&
	run 0 set "$tmp/a" GICD_IIDR.Revision=2 &&
	grep -q "^device GICD_IIDR 0x4b00243b\$" "$tmp/out" && run 0 show "$tmp/a" GICD_IIDR &&
	grep -q "Revision: 3, the host takes only 2 to 3" "$tmp/out"
result "devices: a baseline, set, show"
