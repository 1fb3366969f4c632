# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034
#
# What the tests of kvm_feat share. The program is $bin.

: "${bin:?}"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
nr=0
failed=0

# result NAME: the status of the last command is the result of the test
result() {
	status=$?
	nr=$((nr + 1))
	if [ $status = 0 ]; then
		echo "ok $nr $1"
	else
		echo "not ok $nr $1"
		sed 's/^/# /' "$tmp/out" | tail -n 20
		failed=1
	fi
}

# run STATUS ARG...: both outputs in $tmp/out, false if the exit status differs
run() {
	want=$1
	shift
	"$bin" "$@" > "$tmp/out" 2>&1
	got=$?
	[ $got = "$want" ] && return
	echo "kvm_feat $*: exit status $got instead of $want" >> "$tmp/out"
	return 1
}

# profile LINE...: a profile with these lines
profile() {
	printf '%s\n' '# kvm_feat profile 2' '# kernel k' '# features psci_0_2' '# classes kernel' \
		"$@" '# end'
}

# host LINE...: the same, with all that makes it a host's
host() {
	profile '# host CNTFRQ_EL0 0x3b9aca00' '# host DCZID_EL0 0x4' \
		'SMCCC_ARCH_WORKAROUND_3 0x6030000000140003 0x0' "$@" \
		'# takes SMCCC_ARCH_WORKAROUND_3 5:0=0'
}
