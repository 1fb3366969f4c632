# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with what includes it
#
# The machine of a table of cells, what titles say of it (where), its CPU, and the folder of its
# run: "cells" is on the machine "migrate", "cells.MACHINE" are on the others, and
# "live-updates" has its own. It comes after ../lib.sh, with $table set.

case $table in
cells.*)
	machine=${table#cells.}
	where=" on $machine"
	run=$BUILD/run/matrix-$machine
	;;
live-updates)
	machine=live
	where=
	run=$BUILD/run/live-update
	;;
*)
	machine=migrate
	where=
	run=$BUILD/run/matrix
	;;
esac

# A table can be "as" another one, but for its marks
like=$(rows "$table" | sed -n 's/^as //p')
declared=${like:-$table}
cpu=$(entry machines "$machine" cpu | sed 's/,.*//')

# The kernels that a boot has had, "KERNEL RELEASE" with what uname -r has said there;
# with the name that the tables have, whatever their configuration
ran()	# BOOT
{
	{ sed 's/[+ ].*//' "$run/$1/boot"; awk '$3 == "kexec" { print $4 }' "$run/$1/jobs"; } >"$run/$1/kernels"
	tr -d '\r' <"$run/$1/console.log" | sed -n 's/^lab: kernel //p' | paste -d' ' "$run/$1/kernels" -
}
