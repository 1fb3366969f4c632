# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v run=FOLDER [-v mode=MODE] [-v as=KERNEL+NAME] -f boots.awk PLAN: make the folder of
# each boot of a plan (see plan.awk) below FOLDER, with what boot/pool.sh wants to find
# there. Without a mode, the plan has it behind the kernel; KERNEL@MODE is on that machine. "as"
# is booted in KERNEL's place.

BEGIN {
	plain = as
	sub(/\+.*/, "", plain)
}

{
	if (!n[$2]++) {
		system("mkdir -p \"" run "/" $2 "\"")
		split($3, host, "@")
		print host[1] == plain ? as : host[1], mode == "" ? $4 : host[2] ? host[2] : mode, "single" >(run "/" $2 "/boot")
	}
	jobs = run "/" $2 "/jobs"
	id = n[$2]
	for (i = mode == "" ? 4 : 3; i; i--)
		$i = ""
	sub(/^ +/, "")
	print id, $0 >jobs
}
