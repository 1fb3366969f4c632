#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# plan.sh all|short|story [TABLE]: print what matrix.sh would run: see plan.awk.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

awk -v tier="$1" -v kernels="$(kernels | tr '\n' ' ')" -v oldest="$(kernel_with oldest)" \
	-f "$lab/migrate/cells.awk" -f "$lab/migrate/plan.awk" \
	"$lab/vmms" "$lab/migrate/guests" "$lab/${2:-cells}"
