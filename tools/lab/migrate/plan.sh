#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# plan.sh all|short|story|debug [TABLE]: print what study/matrix.sh would run: see plan.awk; or, for
# the table live-updates, what study/live-update.sh would: see live.awk.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

case ${1:-} in
all|short|story) as= ;;
debug) as=$(kernel_with product)+kasan ;;
*) die "usage: ${0##*/} all|short|story|debug [TABLE]" ;;
esac
table=${2:-cells}
. "$lab/migrate/table.sh"
how=plan
[ "$table" != live-updates ] || how=live
awk -v tier="$1" -v kernels="$(kernels | tr '\n' ' ')" -v oldest="$(kernel_with oldest)" -v machine="$machine" -v table_name="$table" -v as="$as" \
	-v machines="$(names machines | tr '\n' ' ')" \
	-f "$lab/migrate/cells.awk" -f "$lab/migrate/$how.awk" \
	"$lab/tables/vmms" "$lab/tables/guests" "$lab/tables/$declared"
