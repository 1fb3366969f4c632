# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v board=NAME -v out=FOLDER -f split.awk PLANNED TESTS: what run_kselftest.sh has printed
# about many tests (TESTS), as test/judge.awk reads it of one at a time: FOLDER/NAME/ID.log,
# for those that were to run (PLANNED, one a line). FOLDER/plan and FOLDER/expect go with
# them: each passes, or is skipped with a reason.

FILENAME == ARGV[1] {
	if ($1 !~ /^[A-Za-z0-9_.-]+$/)
		next
	id[$1] = ++n
	print 1, board, "board", board, "single", n, 1, "test", $1 >(out "/plan")
	print board, n, "skip" >(out "/expect")
	next
}

function leave(name,  file)
{
	if (name in id) {
		file = out "/" board "/" id[name] ".log"
		printf "TAP version 13\n1..1\n%s", text >file
		close(file)
	}
	text = name = ""
}

/^# selftests: kvm: / {
	leave(running)
	running = $4
}

/^(not )?ok [0-9]+ selftests: kvm: / {
	sub(/ok [0-9]+ /, "ok 1 ")
	text = text $0 "\n"
	leave(running)
	running = ""
	next
}

{ text = text $0 "\n" }

# One that never ended
END {
	if (running != "")
		leave(running)
}
