#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# linux-guest.sh [plan|judge]: what does a Linux guest find of the services that its VM has
# been given? On a host with tomorrow's service, the same kernel is a guest without
# hypercall identity, with FEATURES_2, and with the service besides: it says so on its
# console.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/study/lib.sh"

part=linux-guest
kernel=$(with kernels from "$(kernel_with product)" | head -n 1)
vmm=qemu+preload
features_2=HCID_VENDOR_HYP_1=0x8000000000000000

plan()
{
	new_run linux-guest
	cat >"$run/plan" <<-EOT
		$heading
		1 $kernel $kernel migrate single 1 120 linux $vmm off
		1 $kernel $kernel migrate single 2 120 linux $vmm features-2 $features_2
		1 $kernel $kernel migrate single 3 120 linux $vmm widget $features_2 HCID_VENDOR_HYP_2=0x1
	EOT
}

# expect FOLDER WANTED: what the guest says of KVM's services behind KVM_FEATURES' words
expect()
{
	mkdir -p "$run/$1"
	tr -d '\r' <"$run/$1/console" 2>/dev/null | sed -n 's/.*smccc: KVM: //p' >"$run/$1/said"
	more=$(sed 1d "$run/$1/said" | paste -sd';')
	say "a Linux guest with $1: $(paste -sd';' "$run/$1/said")"
	if grep -q '^hypervisor services detected' "$run/$1/said" && [ "$more" = "$2" ]; then
		verdict linux-guest pass "a Linux guest with $1"
	else
		verdict linux-guest fail "a Linux guest with $1" "see ${run#"$top"/}/$1"
	fi
}

judge()
{
	run=$BUILD/run/linux-guest
	expect off ''
	expect features-2 'hypervisor functions available: 0-1,127'
	expect widget 'hypervisor functions available: 0-1,127-128;the widget says 0x77696467'
	judge_boots linux-guest
}

study
