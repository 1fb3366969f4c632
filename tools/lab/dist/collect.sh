#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# collect.sh [-s] [-t SECONDS] [-o FILE] [TEST...]: run the tests and programs of this
# folder on the machine that it is on, and collect what they say in one text file, FILE in
# the current folder. README says how to send it. TESTs are names as in
# tests/kselftest-list.txt; without any, all of that list run. -t stops a test after so
# many seconds. -s measures shortly, for emulators.
#
# It needs a POSIX shell, and the commands of coreutils, sed, awk and grep, or busybox.
#
# The file has sections, "== begin NAME" to "== end EXIT-STATUS", whose lines begin with a
# tab. The last line of a whole file is "== complete".

set -u

usage()
{
	echo "usage: ${0##*/} [-s] [-t SECONDS] [-o FILE] [TEST...]" >&2
	exit 2
}

dist=$(cd "$(dirname "$0")" && pwd -P) || exit
file=hcid-board-$(uname -r).txt
limit='' reps=''
while getopts st:o: option; do
	case $option in
	s) reps='-r 320 -f 123' ;;
	t) limit=$OPTARG ;;
	o) file=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
case $limit in
*[!0-9]*) usage ;;
esac
case $file in
*/*) echo "${0##*/}: FILE is a name in the current folder" >&2; exit 2 ;;
esac
[ "$(uname -m)" = aarch64 ] || { echo "${0##*/}: this is $(uname -m), the programs here are for arm64" >&2; exit 2; }
if [ -e "$file" ]; then
	echo "${0##*/}: there is a $file here: move it away, or name another one by -o" >&2
	exit 2
fi

cat <<EOF
This writes one text file, $PWD/$file. It has
  - the kernel's release, configuration and KVM options, and its messages about KVM
  - the machine's model, CPUs (/proc/cpuinfo) and memory size, without serial numbers
  - KVM's register lists, with the values that new VMs have in them
  - profiles by kvm_feat, which describe the VMs that this host can run
  - what the KVM selftests print, and the kernel's messages while they run
  - how long hypercalls and KVM's register calls take
It has no names of users, hosts or networks, unless the kernel's messages name one while the
tests run. This uses no network, installs nothing, and changes no setting. Read the file
before you send it; lines can be cut out of it.
EOF

exec 4>"$file" 5>&1 || exit
started=$(cut -d. -f1 /proc/uptime)
status=0
missing()
{
	echo "${0##*/}: $*" >&5
	status=1
}

# Each line behind a tab, at once: what was printed before a crash is in the file
indent()
{
	while IFS= read -r line || [ -n "$line" ]; do
		printf '\t%s\n' "$line" >&4
		case $line in
		"ok "* | "not ok "*) printf '%s\n' "$line" >&5 ;;
		esac
		line=
	done
}

section()	# NAME COMMAND...: sets $ended, the command's exit status
{
	echo "== begin $1" >&4
	shift
	ended=$({ { "$@" </dev/null 2>&1 3>&-; echo $? >&3; } | indent; } 3>&1)
	echo "== end $ended" >&4
	sync
}

# shellcheck disable=SC2317 # the functions below are called by section
kernel()
{
	uname -srvm
	sed 's/([^()]*@[^()]*) //' /proc/version
	tr ' ' '\n' </proc/cmdline | grep -E '^(kvm|arm64|id_aa64|hugepages|default_hugepagesz|mitigations|kpti|nokaslr|isolcpus|nohz|maxcpus|nr_cpus)'
	return 0
}

# shellcheck disable=SC2317
config()
{
	if [ -r /proc/config.gz ]; then
		zcat /proc/config.gz | grep '^CONFIG_'
		return
	fi
	for f in "/boot/config-$(uname -r)" "/lib/modules/$(uname -r)/config"; do
		if [ -r "$f" ]; then
			grep '^CONFIG_' "$f"
			return
		fi
	done
	echo "no configuration to be read"
	return 1
}

# shellcheck disable=SC2317
machine()
{
	for f in /proc/device-tree/model /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name \
			/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor; do
		[ ! -r "$f" ] || printf '%s: %s\n' "$f" "$(tr -d '\0' <"$f")"
	done
	grep MemTotal /proc/meminfo
	grep -v '^Serial' /proc/cpuinfo
}

# The kernel's messages about KVM, or with an argument all since this script began, which
# it has time stamps for
# shellcheck disable=SC2317
messages()
{
	dmesg >/dev/null || return
	if [ $# = 0 ]; then
		dmesg | grep -iE 'kvm|CPU features|GIC' || true
	else
		dmesg | awk -v since="$1" '/^\[ *[0-9.]+\]/ { t = $0; gsub(/^\[ *|\].*/, "", t); if (t + 0 >= since) print }'
	fi
}

# shellcheck disable=SC2317
kvm()
{
	if [ ! -e /dev/kvm ]; then
		echo "there is no /dev/kvm: the kernel was built without CONFIG_KVM, or not started at EL2"
		return 1
	elif [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo "this user may not open /dev/kvm: be root, or join its group"
		return 1
	fi

	[ "$(id -u)" = 0 ] || echo "not root: tests that need it are skipped"
}

# The profile, or why there is none
# shellcheck disable=SC2317
profile()
{
	"$dist/bin/kvm_feat" dump -f "$1" 2>/dev/null && return
	# shellcheck disable=SC2069 # the errors alone
	"$dist/bin/kvm_feat" dump -f "$1" 2>&1 >/dev/null
	return 1
}

# shellcheck disable=SC2317
tests()
{
	for t; do
		shift
		set -- "$@" -t "kvm:$t"
	done
	[ $# -gt 0 ] || set -- -c kvm
	"$dist/tests/run_kselftest.sh" ${limit:+-o "$limit"} "$@"
}

section about cat "$dist/MANIFEST"
section kernel kernel
section config config
[ "$ended" = 0 ] || echo "${0##*/}: the kernel's configuration cannot be read, which is no harm" >&5
section machine machine
section boot messages
[ "$ended" = 0 ] || missing "this user may not read the kernel's messages (dmesg): be root"
section kvm kvm
if [ "$ended" = 0 ]; then
	section registers "$dist/bin/raw_regs"
	[ "$ended" = 0 ] || missing "KVM's register lists cannot be read, see the section registers"
	for features in psci_0_2 psci_0_2,pmu_v3,vgic_v3 psci_0_2,pmu_v3,sve,ptrauth,vgic_v3 psci_0_2,pmu_v3,has_el2,vgic_v3; do
		section "profile $features" profile "$features"
		[ "$ended" = 0 ] || [ "$features" != psci_0_2 ] || missing "kvm_feat fails, see the section profile"
	done
	planned=$*
	: "${planned:=$(sed -n 's/^kvm://p' "$dist/tests/kselftest-list.txt")}"
	# shellcheck disable=SC2086 # a list of tests
	section planned printf '%s\n' $planned
	section tests tests "$@"
	# shellcheck disable=SC2086 # options
	section bench "$dist/bin/bench" -m $reps
	[ "$ended" = 0 ] || missing "bench fails, see the section bench"
else
	missing "KVM cannot be used here, so nothing was tested: see the section kvm"
fi
section messages messages "$started"
echo "== complete" >&4
sync
echo
if [ "$status" = 0 ]; then
	echo "$file has all of it"
else
	echo "$file has what there was"
fi
exit $status
