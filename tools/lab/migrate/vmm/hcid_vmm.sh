# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the jobs and migrate/guest.sh
#
# hcid_vmm.c, which runs its guest in the foreground. The functions are described in
# README.

title=hcid_vmm
status=

# Its vCPUs can be AArch32's: then everything is
case ,$(column vmms "$vmm" vcpu), in
*,el1_32bit,*) bits=32 ;;
*) bits= ;;
esac

# By the code that migration.rst prints
case $vmm in
printed) printed=-P ;;
*) printed= ;;
esac

run()
{
	timeout "$(left)" "$here/hcid_vmm" ${bits:+-3} $printed "$@" >"$job/serial" 2>"$job/errors"
	status=$?
	[ "$status" = 0 ]
}

# A new guest is made by the command that saves it
start() { [ -z "${1:-}" ] || run restore "$1"; }

save()
{
	set -- -k "$here/payload$bits" save "$1"
	[ "$guest" != all ] || set -- -a "$@"
	[ -z "$profile" ] || set -- -p "$profile" "$@"
	run "$@" && went_on
}

relay() { run relay "$1" "$2" && went_on; }

# Behind "saved"
went_on()
{
	awk '/^saved$/ { saved = last; next } /^tick [0-9]+$/ { last = $2; n += saved != "" }
		END { if (n >= 2) print saved }' "$job/serial" >"$job/runs-on"
}

stop() { :; }

named() { sed -n 's/^refused: //p' "$job/errors"; }

corrected() { sed -n 's/^corrected: //p' "$job/errors"; }
