#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# userlands.sh PLAN: print the VMMs of which a plan needs Debian's userland, a line
# "NAME SUITES PACKAGES..." for each.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

awk '
	/^[ \t]*(#|$)/ { next }
	FNR == NR { suites[$1] = $4; packages[$1] = $5; next }
	$5 ~ /^(save|restore|relay)$/ {
		sub(/\+.*/, "", $6)
		if (suites[$6] == "lab" || $6 in printed)
			next
		printed[$6]
		gsub(/,/, " ", packages[$6])
		print $6, suites[$6], packages[$6]
	}' "$lab/vmms" "$1"
