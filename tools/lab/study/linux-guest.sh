#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# linux-guest.sh: what does a Linux guest find of the services that its VM has been given?
# On a host with tomorrow's service, the same kernel is a guest without hypercall
# identity, with FEATURES_2, and with the service besides: it says so on its console.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

product=$(kernel_with product)
kernel=$(rows kernels | awk -v p="$product" '$3 == p { print $1; exit }')
vmm=qemu
run=$BUILD/run/linux-guest
new_verdicts linux-guest

"$lab/series/tree.sh" "$product" "$kernel"
"$lab/build/kernel.sh" "$product"
"$lab/build/kernel.sh" image "$kernel"
"$lab/guest/initramfs.sh"
rows vmms | awk -v v="$vmm" '$1 == v { gsub(/,/, " ", $5); print $4, $5 }' | {
	read -r suites packages
	# shellcheck disable=SC2086 # a list of packages
	"$lab/deb/userland.sh" "$vmm" "$suites" $packages
}
run_logged "$log/linux-guest-build.log" "$lab/migrate/build.sh" || die "see $log/linux-guest-build.log"

rm -rf "$run"
mkdir -p "$run/$kernel"
cp "$(image_of "$kernel")" "$run/Image"
echo "$kernel migrate single" >"$run/$kernel/boot"
cat >"$run/$kernel/jobs" <<EOT
1 120 linux $vmm+preload off
2 120 linux $vmm+preload features-2 HCID_VENDOR_HYP_1=0x8000000000000000
3 120 linux $vmm+preload widget HCID_VENDOR_HYP_1=0x8000000000000000 HCID_VENDOR_HYP_2=0x1
EOT
"$lab/boot/pool.sh" linux-guest "$kernel" || say "the boot did not come to its end"

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
expect off ''
expect features-2 'hypervisor functions available: 0-1,127'
expect widget 'hypervisor functions available: 0-1,127-128;the widget says 0x77696467'
! grep -q '^fail' "$BUILD/verdict/linux-guest"
