# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the jobs and migrate/guest.sh
#
# QEMU, talked to by QMP: see README for what a VMM gives to the jobs.

title=QEMU
serial=/tmp/serial

start()
{
	# The preload tells the list of the guest's registers, and wants to know it
	listed=
	if [ -n "${1:-}" ]; then
		listed=${1%/*}/listed
		set -- -incoming "exec:cat $1"
	fi
	strict=
	[ "$guest" != strict ] || strict=1
	# A profile that is not for the preload is for QEMU: for one with the rule as a file,
	# whose name must have no commas, and else as far as there are options
	machine="-M virt,gic-version=3 -cpu host"
	if [ -n "$profile" ] && [ -z "$preload" ]; then
		case $(column vmms "$vmm" profile) in
		file)
			ln -sf "$profile" /tmp/profile
			machine=$machine,kvm-profile=/tmp/profile
			;;
		*)
			machine=$(options "$profile")
			;;
		esac
	fi
	rm -f /tmp/qmp.in /tmp/qmp.out
	mkfifo /tmp/qmp.in /tmp/qmp.out
	: >"$serial"
	# shellcheck disable=SC2086 # options
	chroot "$root" /usr/bin/env ${preload:+"LD_PRELOAD=$preload" "HCID_SAVED=$job/listed"} \
		${preload:+${profile:+"HCID_PROFILE=$profile"} ${listed:+"HCID_RESTORED=$listed"}} \
		${strict:+HCID_STRICT=1} \
		qemu-system-aarch64 -nodefaults -nic none -display none $machine \
		-accel kvm -m 64 -smp 4 -kernel "$here/payload" \
		-serial "file:$serial" -qmp stdio "$@" \
		</tmp/qmp.in >/tmp/qmp.out 2>"$job/errors" &
	vmm_pid=$!
	exec 9>/tmp/qmp.in 8</tmp/qmp.out
	# A command for a QEMU that has given up must not end this shell
	trap '' PIPE
	qmp qmp_capabilities && await probed
}

# A profile in QEMU's options: the vCPU's features, its vector lengths and the version of
# PSCI, which is an option since 11.1. The rest is the host's.
options()	# PROFILE
{
	awk '
		function on(feature) { return index("," features ",", "," feature ",") ? "on" : "off" }
		# The n-th hexadecimal digit of a number, from its end
		function digit(number, n) {
			return n > length(number) - 2 ? 0 : index("123456789abcdef", substr(number, length(number) - n + 1, 1))
		}
		function half(number, n) {
			return 4096 * digit(number, n + 3) + 256 * digit(number, n + 2) + 16 * digit(number, n + 1) + digit(number, n)
		}
		/^# features / { features = $3 }
		$1 == "PSCI_VERSION" { psci = $3 }
		$1 == "SVE_VLS" { vls = $3 }
		END {
			printf "-M virt"
			printf "%s", on("vgic_v3") == "on" ? ",gic-version=3" : ""
			printf "%s", on("mte") == "on" ? ",mte=on" : ""
			printf "%s", on("has_el2") == "on" ? ",virtualization=on" : ""
			printf " -cpu host%s", on("el1_32bit") == "on" ? ",aarch64=off" : ""
			printf ",pmu=%s,pauth=%s,sve=%s", on("pmu_v3"), on("ptrauth"), on("sve")
			# QEMU switches off what is above the greatest
			for (i = 0; vls != "" && i < 16; i++) {
				bit = int(digit(vls, int(i / 4) + 1) / 2 ^ (i % 4)) % 2
				left = left sprintf(",sve%d=%s", 128 * (i + 1), bit ? "on" : "off")
				if (bit) {
					printf "%s", left
					left = ""
				}
			}
			if (psci != "")
				printf ",kvm-psci-version=%d.%d", half(psci, 5), half(psci, 1)
			print ""
		}' "$1"
}

# qmp COMMAND [ARGUMENTS]: leaves what QEMU returns in $reply; fails if it is an error
qmp()
{
	sequence=$((${sequence:-0} + 1))
	set -- "$1" "${2:-{\}}"
	printf '{ "execute": "%s", "arguments": %s, "id": %d }\n' "$1" "$2" "$sequence" >&9 || return 1
	# shellcheck disable=SC3045 # busybox has it
	while read -r -t "$(left)" line <&8; do
		echo "$line" >>"$job/qmp"
		# Events, which have no id, may come before
		# shellcheck disable=SC2016 # jq's variable
		reply=$(printf '%s\n' "$line" | json -c --argjson id "$sequence" 'select(.id == $id)')
		[ -n "$reply" ] || continue
		printf '%s\n' "$reply" | json -e 'has("return")' >/dev/null
		return
	done
	return 1
}

json() { chroot "$root" /usr/bin/jq "$@"; }

# What the guest has said, less the line that it is in the middle of: one that stops at
# "tick 1" may become "tick 12"
lines() { { cat "$serial" 2>/dev/null; echo .; } | sed '$d'; }

ticks() { lines | grep -c '^tick '; }
ticked() { [ "$(ticks)" -ge "$1" ]; }

# A whole record of the answers, and ticks after it
probed() { lines | sed -n '/^probe/,$p' | sed -n '/^end/,$p' | grep -q '^tick'; }

# The migration has ended, well or badly
migrated()
{
	qmp query-migrate || return 0
	migration=$(printf '%s\n' "$reply" | json -r .return.status)
	case $migration in
	completed|failed|cancelled) ;;
	*) return 1 ;;
	esac
}

save()
{
	migration=
	qmp migrate "{ \"uri\": \"exec:cat > $1.part\" }" && await migrated
	if [ "$migration" != completed ]; then
		note "the migration ended as '$migration'"
		return 1
	fi
	mv "$1.part" "$1"
	seen=$(ticks)
	last=$(lines | sed -n 's/^tick \([0-9]*\)$/\1/p' | tail -n 1)
	qmp cont && await ticked $((seen + 2)) && echo "$last" >"$job/runs-on"
}

relay() { start "$1" && save "$2"; }

stop()
{
	limit=$((limit + 10))
	gone || qmp quit
	gone || await gone || kill -9 "$vmm_pid"
	wait "$vmm_pid"
	status=$?
	exec 9>&- 8<&-
	# Written a character at a time: not through the shared folder
	lines >"$job/serial"
}

gone() { ! kill -0 "$vmm_pid" 2>/dev/null; }

# The preload's words; QEMU 11 says "op0:3 op1:0 crn:9 crm:14 op2:6", and QEMU with the
# rule also "fw reg 0 to 10003 (is 10001)", "fw feat reg 3: ..." and "demuxed reg ...". To
# start with a version of PSCI is an option of QEMU 11, and refused in words of its own.
# What is no reason to give up is a warning. Others say nothing.
named()
{
	sed -n 's/^refused: //p' "$job/errors"
	sed -n -e '/: warning: /d' -e 's/.*fw reg \([0-9]*\):*/fw=\1 /p' \
			-e 's/.*fw feat reg \([0-9]*\):*/feat=\1 /p' \
			-e 's/.*does not support PSCI version \([0-9]*\.[0-9]*\).*/psci=\1 not supported/p' \
			-e 's/.*demuxed reg \([0-9a-f]*\):*/0x\1 /p' \
			-e 's/.*op0:\([0-9]*\) op1:\([0-9]*\) crn:\([0-9]*\) crm:\([0-9]*\) op2:\([0-9]*\):*/S\1_\2_C\3_C\4_\5 /p' \
			"$job/errors" | while read -r register to value why; do
		number=${register#*=}
		case $register in
		fw=*) register=$(printf 0x603000000014%04x "$number") ;;
		feat=*) register=$(printf 0x603000000016%04x "$number") ;;
		psci=*)
			register=0x6030000000140000
			why="$to $value"
			to=to
			value=$(printf %x%04x "${number%.*}" "${number#*.}")
			;;
		esac
		if [ "$to" = to ]; then
			value=0x$value
		else
			why="$to${value:+ $value}${why:+ $why}"
			value='?'
		fi
		echo "$("$here/regname" "$register" | sed 's/ .*//') $value: ${why:-unknown}"
	done
}

# The preload's words, and those of QEMU with the rule: "corrected: register op0:3 op1:0
# crn:0 crm:7 op2:2 2011011 -> 1011", a warning
corrected()
{
	sed -n 's/^corrected: //p' "$job/errors"
	sed -n 's/.*: corrected: register op0:\([0-9]*\) op1:\([0-9]*\) crn:\([0-9]*\) crm:\([0-9]*\) op2:\([0-9]*\) \([0-9a-f]*\) -> /S\1_\2_C\3_C\4_\5 \6 /p' \
			"$job/errors" | while read -r register old new; do
		echo "$("$here/regname" "$register" | sed 's/ .*//') 0x$old -> 0x$new (0x$old reads back as 0x$new)"
	done
}
