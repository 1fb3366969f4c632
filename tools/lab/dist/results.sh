#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# results.sh FILE: "TEST pass|fail|skip" of each KVM selftest in a collected file

sed -n '/^== begin tests/,/^== end/s/^	\(.*\)/\1/p' "$1" | awk '
	/^(not )?ok [0-9]+ selftests: kvm: / {
		name = $0
		sub(/.* kvm: /, "", name)
		sub(/ .*/, "", name)
		print name, /# SKIP/ ? "skip" : /^ok/ ? "pass" : "fail"
	}'
