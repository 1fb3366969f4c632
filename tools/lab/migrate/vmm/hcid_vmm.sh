# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the jobs and migrate/guest.sh
#
# hcid_vmm, which runs its guest in the foreground. The functions are described in
# README.

title=hcid_vmm
status=

# Its vCPUs can be AArch32's: then everything is
bits=
options=
case ,$(column vmms "$vmm" vcpu), in
*,el1_32bit,*)
	bits=32
	options=-3
	;;
*,sve,*) options=-v ;;
*,has_el2,*) options=-e ;;
esac
case $vmm in
*-its) options=-i ;;
esac

# By the code that migration.rst prints
case $vmm in
printed) options=-P ;;
esac

run()
{
	# shellcheck disable=SC2086 # words
	timeout "$(left)" "$here/hcid_vmm" $options "$@" >"$job/serial" 2>"$job/errors"
	status=$?
	[ "$status" = 0 ]
}

# A new guest is made by the command that saves it
start()
{
	[ -n "${1:-}" ] || return 0
	case $guest in
	loses-*) options="$options -l ${guest#loses-}" ;;
	strict) options="$options -s" ;;
	esac
	run restore "$1"
	if [ "$guest" = no-facts ]; then
		for fact in CNTFRQ_EL0 DCZID_EL0 IPA_SIZE; do
			grep -qx "warning: $fact is not in the stream: not compared" "$job/errors" ||
				note "no warning of $fact"
		done
	fi
}

# As if what was saved came from elsewhere
change()	# STATE
{
	case $guest in
	no-facts) set -- "$1" facts ;;
	other-cntfrq) set -- "$1" CNTFRQ_EL0=0x17d7840 ;;
	other-dczid) set -- "$1" DCZID_EL0=0x7 ;;
	other-ipa) set -- "$1" IPA_SIZE=0x34 ;;
	*) return 0 ;;
	esac
	"$here/hcid_vmm" change "$@" || note "the stream was not changed"
}

save()
{
	state=$1
	set -- -k "$here/payload$bits" save "$state"
	[ "$guest" != all ] || set -- -a "$@"
	[ "$guest" != short ] || set -- -q 1 "$@"
	[ -z "$profile" ] || set -- -p "$profile" "$@"
	run "$@" && went_on && change "$state"
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
