# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Tests of kvm_feat's JSON, a part of run.sh. That it is JSON says the parser of
# fingerprints, which finds no registers in it.

: "${bin:?}" "${tmp:?}"

# json STATUS ARG...: the standard output is one JSON value
json() {
	want=$1
	shift
	"$bin" "$@" > "$tmp/json" 2> "$tmp/err"
	got=$?
	printf '{ "answer": %s }' "$(cat "$tmp/json")" | "$bin" show - > "$tmp/out" 2>&1
	[ $got = "$want" ] && grep -q "no registers of arm64" "$tmp/out"
}

# finding TEXT: the JSON has an object with this in it
finding() {
	grep -qF -- "$1" "$tmp/json"
}

json 0 show -j new.profile &&
	finding '"name": "MIDR_EL1", "id": "0x603000000013c000", "value": "0xf0510"' &&
	finding '{"msb": 31, "lsb": 0, "min": "0x10000", "max": "0x10003", "kept": true}' &&
	json 0 show -j new.profile 'HCID*' && [ "$(grep -c '"id"' "$tmp/json")" = 4 ] &&
	json 0 show -j new.profile ID_AA64PFR0.CSV2 && finding '"fields": {"CSV2": 1}' &&
	run 2 show -j new.profile MIDR_EL1 FOO && [ "$(wc -l < "$tmp/out")" = 1 ]
result "JSON: show"
json 1 diff -j old.profile new.profile && finding '"same": false' &&
	finding '"register": "ID_AA64PFR0_EL1", "field": "CSV2", "from": "0x0", "to": "0x1"' &&
	finding '"register": "PMMIR_EL1", "to": "0x0"' &&
	json 0 diff -j new.profile new.profile && finding '"findings": []'
result "JSON: diff"
json 1 check -j new.profile old.profile new.profile &&
	finding '"kind": "obstacle", "register": "ID_AA64PFR0_EL1", "field": "CSV2"' &&
	[ "$(grep -c '"fits": \(true\|false\)' "$tmp/json")" = 2 ] &&
	[ "$(grep -c '"kind": "advice"' "$tmp/json")" = 1 ]
result "JSON: check"
json 0 baseline -j old.profile new.profile && finding '"baseline": {' &&
	finding '"kind": "note", "register": "SMCCC_ARCH_WORKAROUND_1"' && ! [ -s "$tmp/err" ] &&
	json 1 baseline -j old.profile new.profile "$tmp/fixed" && finding '"baseline": null' &&
	finding '"kind": "obstacle", "register": "MIDR_EL1"'
result "JSON: baseline"
json 0 set -j new.profile PSCI_VERSION=0x10001 && finding '"value": "0x10001"' &&
	json 0 explain -j MIDR ID_AA64PFR0.CSV2 && finding '"name": "CSV2", "msb": 59, "lsb": 56' &&
	json 0 explain -j --all && finding '"name": "PSCI_VERSION"' &&
	json 0 id -j MIDR_EL1 && finding '{"name": "MIDR_EL1", "id": "0x603000000013c000"}' &&
	json 0 name -j 603000000013c000 && finding '"name": "MIDR_EL1"'
result "JSON: set, explain, id, name"
sed 's/^# kernel .*/# kernel "\\/' new.profile > "$tmp/quoted\"file"
json 0 show -j "$tmp/quoted\"file" && finding '"kernel": "\"\\"' &&
	json 0 check -j "$tmp/quoted\"file" new.profile && finding 'quoted\"file'
result "JSON: what has to be quoted"
