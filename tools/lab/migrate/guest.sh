# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the jobs and migrate/vmm/*.sh
#
# What the jobs dump, save, restore, relay and kexec share. busybox sh, in the
# guest: /lab is build/share, /out the run's folder, plan.awk tells which folders
# are in it. A job is over after $limit seconds.
#
# What a save, a restore or a relay leaves in its folder:
#
#	status		exit status of the VMM; written last
#	serial		what the guest has said, as payload/main.c says it
#	errors		what the VMM has said
#	refused		"REGISTER VALUE: WHY" for each register that it named as the cause;
#			"- WHY" if it has given up on purpose and named none
#	corrected	"REGISTER.FIELD OLD -> NEW (VALUE reads back as VALUE)" for each field
#			that the VMM says its guest sees otherwise from now on
#	notes		what the lab did not expect
#	state		the saved guest
#	runs-on		number of the last tick before the save, if the guest went on after it
#	seconds		how long all this took
#	qmp		what QEMU's monitor has answered
#	listed		the registers in QEMU's stream, as the preload has them

here=/lab/migrate
limit=$2
began=$(cut -d. -f1 /proc/uptime)

left() { echo $((began + limit - $(cut -d. -f1 /proc/uptime))); }

# await COMMAND...: until it succeeds, the job's time is over or the VMM is gone
await()
{
	until "$@"; do
		if [ "$(left)" -le 0 ]; then
			note "waited in vain: $*"
			return 1
		fi
		[ -z "${vmm_pid:-}" ] || kill -0 "$vmm_pid" 2>/dev/null || { "$@"; return; }
		sleep 0.2
	done
}

note() { echo "$*" >>"$job/notes"; }

# column TABLE NAME COLUMN: as entry of lib.sh has it, of a table that is shared with the host
column()
{
	awk -v name="$2" -v column="$3" '
		/^# / && !n { for (i = 2; i <= NF; i++) of[i - 1] = $i; last = NF - 1 }
		!/^[ \t]*(#|$)/ { n++ }
		$1 == name && !/^#/ { for (i = 1; i <= last; i++) if (of[i] == column) print $i; exit }' "$here/$1"
}

# Debian's arm64 userland of a VMM, with what is shared in its place
enter()	# ROOT
{
	grep -q " $1/proc " /proc/mounts && return
	mount --bind /dev "$1/dev"
	mount -t proc proc "$1/proc"
	mount --bind /tmp "$1/tmp"
	mount --bind /out "$1/out"
	mount --bind /lab "$1/lab"
}

# begin VMM GUEST PROFILE FOLDER: what follows is about this guest
begin()
{
	vmm=$1 guest=$2 profile=$3 job=/out/$4
	mkdir -p "$job"
	if [ "$profile" = - ]; then
		profile=
	else
		profile=/out/$profile
	fi
	preload=
	case $vmm in
	*+preload) preload=$here/preload.so ;;
	esac
	vmm=${vmm%+*}
	root=/lab/vmm/$vmm/root
	[ ! -d "$root" ] || enter "$root"
	. "$here/vmm/$(column vmms "$vmm" driver).sh"
}

# The job's result, the VMM's exit status last: it says that the rest is there
finish()
{
	stop
	named >"$job/refused"
	[ -s "$job/refused" ] || rm -f "$job/refused"
	corrected | sort -u >"$job/corrected"
	[ -s "$job/corrected" ] || rm -f "$job/corrected"
	echo $(($(cut -d. -f1 /proc/uptime) + 1 - began)) >"$job/seconds"
	echo "$status" >"$job/status"
}
