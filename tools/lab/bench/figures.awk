# SPDX-License-Identifier: GPL-2.0-only
#
# What "bench -m" has printed, out of a console. Its last line is "end", or the run
# never came to its end.

BEGIN { FS = "\t" }

{ sub(/\r$/, "") }

$1 ~ /^(figure|absent|end)$/
