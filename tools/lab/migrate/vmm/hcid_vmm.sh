# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the jobs and migrate/guest.sh
#
# hcid_vmm.c, which has a guest of its own, and compares its answers itself. The
# functions are described in qemu.sh.

title=hcid_vmm
status=

run()
{
	"$here/hcid_vmm" "$@" >"$job/serial" 2>"$job/errors"
	status=$?
	case $status in
	0) echo "same: $(tail -n 1 "$job/serial")" >"$job/compared" ;;
	1) echo "changed: $(sed -n 's/^changed: //p' "$job/serial")" >"$job/compared" ;;
	*) return 1 ;;
	esac
}

# A new guest is made by the command that saves it
start() { [ -z "${1:-}" ] || run restore "$1"; }

save()
{
	set -- save "$1"
	[ "$guest" != all ] || set -- -a "$@"
	[ -z "$profile" ] || set -- -p "$profile" "$@"
	run "$@"
}

stop() { :; }

named() { sed -n 's/^refused: //p' "$job/errors"; }
