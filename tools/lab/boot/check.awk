# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v kernels= -v configs= -v machines= -v jobs= -v vmms= -v features= -f check.awk PLAN...:
# refuse names that are in none of the lists in the arguments. runner.sh describes a row.
# Prints the program of each step on this side; the caller checks that it exists.

function wrong(why) {
	print FILENAME ":" FNR ": " why >"/dev/stderr"
	bad = 1
}

function among(word, list) { return index(" " list " ", " " word " ") > 0 }

function check_kernel(k,  w, n, i) {
	n = split(k, w, "+")
	if (!among(w[1], kernels))
		wrong("tools/lab/tables/kernels has no " w[1] ", but " kernels)
	for (i = 2; i <= n; i++)
		if (!among(w[i], configs))
			wrong("what is " w[i] " in " k "? There is no tools/lab/build/" w[i] ".config")
}

function check_vcpu(list,  w, n, i) {
	n = split(list, w, ",")
	for (i = 1; i <= n; i++)
		if (!among(w[i], features))
			wrong("kvm_feat knows no feature " w[i] " of vCPUs")
}

/^#/ { next }

{ rows++ }

NF < 8 || $1 !~ /^[0-9]+$/ || $7 !~ /^[0-9]+$/ {
	wrong("wave, boot, kernel, machine, emulator, ID, limit and verb are needed, not: " $0)
	next
}

$2 == "-" {
	print $8
	next
}

(FILENAME, $2, $6) in seen { wrong("boot " $2 " has two jobs " $6) }
(FILENAME, $2) in what && what[FILENAME, $2] != $1 " " $3 " " $4 " " $5 { wrong("boot " $2 " is of two kinds") }

{
	seen[FILENAME, $2, $6]
	what[FILENAME, $2] = $1 " " $3 " " $4 " " $5
	check_kernel($3)
	if (!among($4, machines))
		wrong("tools/lab/tables/machines has no '" $4 "', but " machines)
	if (!among($5, "single threads traced icount"))
		wrong("no emulator is called '" $5 "'")
	if (!among($8, jobs))
		wrong("no job is called " $8)
}

$7 < 1 && $8 != "shell" { wrong("the limit is a number of seconds, not '" $7 "'") }
$8 == "test" && $9 == "" { wrong("which test?") }
$8 == "test" && among($3, binaries) { wrong($3 " comes as a binary and has no tests; 'make shell' boots it") }
$8 == "kexec" { check_kernel($9) }
$8 ~ /^(dump|check)$/ { check_vcpu($9) }

$8 ~ /^(save|restore|relay|linux|qtest)$/ {
	v = $9
	sub(/\+.*/, "", v)
	if (!among(v, vmms))
		wrong("no VMM is called " v)
}

END {
	if (!rows) {
		print "nothing is planned: nothing ran" >"/dev/stderr"
		bad = 1
	}
	exit bad
}
