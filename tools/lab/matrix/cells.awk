# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the cells of a tier, for plan.awk and judge.awk: cell i is in vmm[i],
# guest[i], source[i], dest[i], expected[i] and line[i]; at[vmm, guest, source, dest]
# is its i. The tier is "all", "short" (cells with a *) or "story" (those of the story).

BEGIN {
	kernels = split("LTS O N N+1", kernel, " ")
	# The kernel whose profile the pinned guests have
	oldest = "LTS"
	# Without the series, and with it
	story["qemu", "default", "N", "LTS"]
	story["qemu+preload", "pinned", "N", "LTS"]
}

/^[ \t]*(#|$)/ { next }

NF != 3 + kernels {
	print FILENAME ":" FNR ": " NF " columns" >"/dev/stderr"
	failed = 1
	exit 1
}

{
	for (k = 1; k <= kernels; k++) {
		want = $(3 + k)
		if (want == "-" || (tier == "short" && want !~ /\*$/) ||
		    (tier == "story" && !(($1, $2, $3, kernel[k]) in story)))
			continue
		sub(/\*+$/, "", want)
		vmm[++cells] = $1
		guest[cells] = $2
		source[cells] = $3
		dest[cells] = kernel[k]
		expected[cells] = want
		line[cells] = FNR
		at[$1, $2, $3, kernel[k]] = cells
	}
}

END {
	if (!failed && !cells)
		print ARGV[1] ": no cells for " tier >"/dev/stderr"
	if (!cells || failed)
		exit 1
}

# The job that takes cell i's guest along a path: kernels with a > between them
function job(path, i) {
	gsub(/>/, "-", path)
	return path "." vmm[i] "." guest[i]
}

function source_job(i) { return job(source[i], i) }
function dest_job(i) { return job(source[i] ">" dest[i], i) }
