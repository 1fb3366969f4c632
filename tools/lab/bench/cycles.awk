# SPDX-License-Identifier: GPL-2.0-only
#
# cycles.awk TIMER CYCLES: under emulation a cycle is an instruction too, so the
# program must find the same with the cycle counter as with the timer. A line as
# verdict() of lib.sh has it.

BEGIN { FS = "\t" }

$1 == "figure" && $4 != "number" {
	if (FILENAME == ARGV[1]) {
		timer[$2] = $3
	} else if ($2 in timer && timer[$2] > 0) {
		n++
		off = $3 / timer[$2] - 1
		if (off < 0)
			off = -off
		if (off > worst)
			worst = off
	}
}

END {
	printf "%s\tthe cycle counter (PMCCNTR, emulated) agrees with the timer\t%d figures, to %.2f%%\n",
		n && worst < 0.01 ? "pass" : "fail", n, worst * 100
}
