# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Tests of what kvm_feat writes for VMMs and reads from them, and of what guests see of
# devices, a part of run.sh

: "${bin:?}" "${tmp:?}"

# fingerprint ADDR BITMAP...: as Firecracker would write one of these registers
fingerprint() {
	printf '{\n  "firecracker_version": "1.5", "kernel_version": "6.1.0",\n'
	printf '  "guest_cpu_config": {\n    "kvm_capabilities": [],'
	printf ' "vcpu_features": [%s],\n    "reg_modifiers": [' "$features"
	sep=
	while [ $# -gt 1 ]; do
		printf '%s\n      { "addr": "%s", "bitmap": "%s" }' "$sep" "$1" "$2"
		sep=,
		shift 2
	done
	printf '\n    ]\n  }\n}\n'
}

# refused NAME TEXT: the fingerprint in $tmp/bad is refused, with TEXT after its name
refused() {
	run 2 show "$tmp/bad" && grep -qF "kvm_feat: $tmp/bad:$2" "$tmp/out"
	result "fingerprint: $1"
}

bits() {
	printf "0b%0$1d%s" 0 "$2"
}

psci=0x6030000000140000 midr=0x603000000013c000 pmmir=0x603000000013c4f6 features=
fingerprint 0x6030000000100042 "$(bits 120 11000101)" $psci "$(bits 111 10000000000000001)" \
	$midr "$(bits 96 01000001000011111101000011000001)" $pmmir "$(bits 128)" > "$tmp/a"
run 0 set "$tmp/a" PSCI_VERSION=0x10001 && [ "$(grep -v '^# \(kernel\|end\)' "$tmp/out")" = "\
# kvm_feat profile 2
# features psci_0_2
# classes built-in
MIDR_EL1 $midr 0x410fd0c1
PMMIR_EL1 $pmmir 0x0
PSCI_VERSION $psci 0x10001
# optional PMMIR_EL1" ] && grep -q '^# kernel 6.1.0' "$tmp/out"
result "fingerprint: its feature registers"
profile "MIDR_EL1 $midr 0x410fd0c1" "PSCI_VERSION $psci 0x10003" > "$tmp/b"
run 1 check "$tmp/b" "$tmp/a" &&
	grep -q "PSCI 1.3), the host has .*, and its profile does not say what else" "$tmp/out"
result "fingerprint: what it does not say is not said"
features='{ "index": 0, "bitmap": "0b1_110xxx" }, { "index": 1, "bitmap": "0b1000" }'
fingerprint $psci "$(bits 63 1)" > "$tmp/a"
run 0 set "$tmp/a" PSCI_VERSION=2 && grep -q "^# features psci_0_2,sve,ptrauth\$" "$tmp/out"
result "fingerprint: vCPU features"
features=
fingerprint $psci "0b1xx" > "$tmp/bad"
refused "open bits" "6: $psci: leaves bits to the host"
fingerprint $psci "0b1" > "$tmp/bad"
refused "too few bits" "6: $psci: leaves bits to the host"
fingerprint $psci "$(bits 63 2)" > "$tmp/bad"
refused "no bits" "6: $psci: '0b00000000000000000000000000000000000000' is no bitmap"
fingerprint $psci "1$(bits 64 1)" > "$tmp/bad"
refused "no 0b" "6: $psci: '10b"
fingerprint $psci "0b1$(printf %064d 0)" > "$tmp/bad"
refused "65 bits" "6: $psci: bitmap does not fit the 64 bits"
fingerprint 0x2030000000140000 "$(bits 64)" > "$tmp/bad"
refused "another architecture" "6: '0x2030000000140000' is no arm64 register"
fingerprint $psci "$(bits 63 1)" $psci "$(bits 63 1)" > "$tmp/bad"
refused "twice" "7: $psci: for the second time"
fingerprint > "$tmp/bad"
refused "no registers" "9: no registers of arm64"
fingerprint $psci "$(bits 63 1)" | head -n 7 > "$tmp/bad"
refused "truncated" "8: no JSON: expected a comma or a brace"
for text in '{' '{"a"' '{"a":}' '{"a":1,}' '{"a":[1,]}' '{"a":"' '{"a":1}x' '{"a\' '{a:1}'; do
	printf '%s' "$text" > "$tmp/bad"
	run 2 show "$tmp/bad" || break
	grep -q "no JSON: " "$tmp/out" || break
done
[ "$text" = '{a:1}' ]
result "fingerprint: no JSON"
printf '{"a":%0100d' 0 | tr 0 '[' > "$tmp/bad"
refused "nested" "1: nested too deeply"
printf '{"kernel_version":"%b[1m"}' '\033' > "$tmp/bad"
refused "escape bytes" "1: kernel_version with unprintable characters"

printf '\357\273\277' > "$tmp/a"
fingerprint $psci "$(bits 63 1)" >> "$tmp/a"
run 0 show "$tmp/a"
result "fingerprint: byte order mark"

# What Firecracker's docs/cpu_templates/schema.json says of a template for arm64, and what it
# checks: a bitmap fits the size of its register, which is in bits 55:52 of the ID
schema() {
	tr -d ' \n' < "$1" | sed 's/},{/},\n{/g; s/,"\(reg_mod\|vcpu\)/,\n"\1/g; s/\[{/[\n{/g' |
		awk '
			NR == 1 && /^{"kvm_capabilities":\[("[0-9]+"(,"[0-9]+")*)?\],$/ { next }
			NR == 2 && /^"vcpu_features":\[$/ { next }
			NR == 3 && /^{"index":0,"bitmap":"0b[01x]+"}\],$/ &&
				length($0) <= 60 { next }
			NR == 4 && /^"reg_modifiers":\[$/ { next }
			/^{"addr":"0x60[2-4]0[0-9a-f]+","bitmap":"0b[01]+"}(,|\]}$)/ {
				split($0, part, "\"")
				n = 2 ^ (substr(part[4], 5, 1) + 3)
				if (length(part[4]) == 18 && length(part[8]) == n + 2 && n++)
					regs++
				else
					bad++
				next
			}
			{ bad++ }
			END { exit bad || !regs }'
}

"$bin" template new.profile > "$tmp/a" 2> "$tmp/err" && schema "$tmp/a" > "$tmp/out" &&
	! sed 's/"addr": "0x/"addr": "/' "$tmp/a" | schema /dev/stdin
result "template: Firecracker's, by its schema"
"$bin" template new.profile > "$tmp/a" 2> "$tmp/err" &&
	"$bin" set "$tmp/a" PSCI_VERSION=0x10003 > "$tmp/b" &&
	grep -q "^# features psci_0_2,sve\$" "$tmp/b" &&
	grep -q "note: SVE_VLS: left to the host" "$tmp/err" &&
	grep -q "note: HCID_VENDOR_HYP_1: left out" "$tmp/err" &&
	sed -n 's/^\([^# ]* [^ ]* [^ ]*\).*/\1/p' new.profile |
		grep -v '^SVE\|^HCID\|^PMMIR\|^VENDOR_HYP_BMAP_2' > "$tmp/want" &&
	grep -v '^#' "$tmp/b" | diff "$tmp/want" - > "$tmp/out"
result "template: Firecracker's, read back"
sed 's/^# features.*/&,mte,vgic_v3,impid/' new.profile > "$tmp/a"
run 0 template "$tmp/a" &&
	[ "$(grep -c "note: vCPU feature .*: Firecracker cannot be told" "$tmp/out")" = 3 ]
result "template: what Firecracker cannot be told"
"$bin" template -t qemu "$tmp/a" > "$tmp/out" 2> "$tmp/err" && [ "$(cat "$tmp/out")" = "\
-M virt,gic-version=3,mte=on -cpu host,pmu=off,pauth=off,sve=on,\
sve128=on,sve256=on,sve384=on,sve512=on,kvm-psci-version=1.3" ] &&
	grep -q "note: vCPU feature impid: QEMU has no option" "$tmp/err" &&
	grep -q "note: [0-9]* registers are left to the host" "$tmp/err"
result "template: QEMU's options"
"$bin" template -t qemu old.profile 2> "$tmp/err" |
	grep -q "sve=on,sve128=on,sve256=on,sve384=off,sve512=on,"
result "template: vector lengths of QEMU that are off"
sed 's/^# features.*/&,pmu_v3,ptrauth/' old.profile > "$tmp/b"
run 0 template -t qemu "$tmp/b" && grep -q "host,pmu=on,pauth=on,sve=on" "$tmp/out" &&
	! grep -q "note: vCPU feature" "$tmp/out"
result "template: vCPU features of QEMU that are on"
"$bin" template -j -t qemu "$tmp/a" > "$tmp/json" && printf '{"a":%s}' "$(cat "$tmp/json")" |
	"$bin" show - 2>&1 | grep -q "no registers of arm64" &&
	grep -q '"machine": { "type": "virt", "gic-version": "3", "mte": true }' "$tmp/json"
result "template: QEMU's options in JSON"

# device VALUE TAKES: a profile of a VM with a GIC
device() {
	profile "PSCI_VERSION $psci 0x10001" "device GICD_IIDR $1" "# takes GICD_IIDR 15:12=$2" |
		sed 's/^# features.*/&,vgic_v3/'
}

device 0x4b00343b 2-3 > "$tmp/a"
device 0x4b00243b 2 > "$tmp/b"
run 0 check "$tmp/b" "$tmp/a" && run 1 check "$tmp/a" "$tmp/b" &&
	grep -q "GICD_IIDR.Revision: 3, the host takes only 2" "$tmp/out"
result "devices: checked like registers"
run 1 diff "$tmp/a" "$tmp/b" &&
	grep -q "GICD_IIDR.Revision: 3 -> 2: the guest sees another value" "$tmp/out"
result "devices: compared"
run 0 baseline "$tmp/a" "$tmp/b" && grep -q "^device GICD_IIDR 0x4b00243b\$" "$tmp/out"
result "devices: a baseline"
run 0 set "$tmp/a" GICD_IIDR.Revision=2 && grep -q "^device GICD_IIDR 0x4b00243b\$" "$tmp/out" &&
	run 0 show "$tmp/a" GICD_IIDR && grep -q "Revision: 3, the host takes 2 to 3" "$tmp/out" &&
	run 0 explain PMU_COUNTERS && grep -q "an attribute of a device" "$tmp/out"
result "devices: show, set, explain"
run 0 template "$tmp/a" && grep -q "note: GICD_IIDR: left to the host" "$tmp/out"
result "devices: not in a template"
