#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# live-update.sh: guests are saved, their host goes on with another kernel by kexec, and
# they are restored: do they see a difference? What is tried, and how it should end, is
# declared in the table live-updates. Fails if one ends otherwise.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

here=$lab/migrate
table=live-updates
. "$lab/migrate/lib.sh"
plan=$run/plan
product=$(kernel_with product)

rm -rf "$run" "$BUILD/verdict"
mkdir -p "$run/guests"
new_verdicts live-update
"$here/plan.sh" all "$table" >"$plan"
updates=$(awk '$5 == "kexec" { print $6 }' "$plan" | sort -u)
# shellcheck disable=SC2046 # a list of kernels
set -- $(awk '{ print $3 } $5 == "kexec" { print $6 }' "$plan" |
	sort -u | grep -vxF "$product")

"$lab/series/tree.sh" "$product" "$@"
"$lab/build/kernel.sh" "$product"
"$lab/build/kernel.sh" image "$@"
"$lab/guest/initramfs.sh"
"$here/userlands.sh" "$plan" | while read -r name suites packages; do
	# shellcheck disable=SC2086 # a list of packages
	"$lab/deb/userland.sh" "$name" "$suites" $packages
done
"$lab/deb/userland.sh" kexec - kexec-tools
run_logged "$log/live-update-build.log" "$here/build.sh" || die "see $log/live-update-build.log"

for k in $updates; do
	mkdir -p "$run/kernels/$k"
	cp "$(image_of "$k")" "$run/kernels/$k/Image"
	modules=/dev/null
	! is_binary "$k" || modules=$(modules_of "$k")
	cat "$BUILD/guest/initramfs.cpio" "$modules" >"$run/kernels/$k/initrd"
done
awk -v run="$run" -v mode="$mode" -f "$here/boots.awk" "$plan"
for wave in 1 2; do
	# shellcheck disable=SC2046 # a list of boots
	"$lab/boot/pool.sh" live-update $(awk -v w="$wave" '$1 == w { print $2 }' "$plan" | uniq) ||
		say "a boot did not come to its end: its cells will tell"
done

release_of()	# KERNEL
{
	if is_binary "$1"; then
		cat "$BUILD/$1/release"
	else
		cat "$(obj_of "$1")/include/config/kernel.release"
	fi
}

# Was each kernel that of the path?
for b in $(awk '$1 == 2 { print $2 }' "$plan" | uniq); do
	was=pass
	ran "$b" >"$run/$b/ran"
	while read -r k release; do
		[ "$release" = "$(release_of "$k")" ] || was=fail
	done <"$run/$b/ran"
	verdict live-update "$was" "host $b: Linux $(cut -d' ' -f2 "$run/$b/ran" | paste -sd, - | sed 's/,/, then /g')"
done
"$here/judge.sh" all "$table"
for form in table verdicts; do
	awk -v as="$form" -v cpu="$cpu" -v machine=" by kexec" -v declared="$table" -v run="${run#"$top"/}" -v entries_file=/dev/null -f "$here/outcomes.awk" \
		-f "$here/entries.awk" -f "$here/show.awk" "$run/outcomes" >"$run/$form"
done
cat "$run/verdicts" >>"$BUILD/verdict/live-update"
for b in "$run"/*/console.log; do
	complaint=$(tr -d '\r' <"$b" | grep -aE -m 1 "^\[.*\] .*($splats)") || continue
	verdict live-update fail "boot $(basename "${b%/*}"): the kernel complains" "$complaint"
done
cat "$run/table"
"$lab/report.sh"
