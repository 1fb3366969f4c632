# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with what includes it
#
# The machine of a table of cells, and the folder of its run: "cells" is the one of mode
# "migrate", "cells.MODE" are the others. It comes after ../lib.sh, with $table set.

case $table in
cells.*)
	mode=${table#cells.}
	machine=" on $mode"
	run=$BUILD/run/matrix-$mode
	;;
*)
	mode=migrate
	machine=
	run=$BUILD/run/matrix
	;;
esac
