#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh [FAULT...]: are mistakes noticed? Puts each fault of mutants/*.faults (see
# mutate.awk there), or those that are named, FILE/NAME, into the product's kernel, builds what
# that changes, boots, and runs the default tests of VHE: first those that the product
# must pass, the shortest first, last those of the last series, and none after the first
# one that is red. So what the last series is said to catch nobody else has. BOOTS faults
# are tried side by side.
#
# build/mutants/results has a line "KEY FAULT OUTCOME BY SECONDS" for each, and what is
# there already, for the same product and tests, is not done again. The outcome is
#
#	caught		by a test, or by the kernel's complaint ("kernel"), or since
#			the boot did not come to its end ("boot")
#	survived	nobody noticed: the table of excuses says of some why
#	broken		it does not compile, so that it says nothing
#
# They are counted. Failures are: broken, a survivor without an excuse, and an excuse that is
# not needed.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/series/lib.sh"

faults=$lab/mutants
for fault; do
	grep -qsxF "= ${fault#*/}" "$faults/${fault%%/*}.faults" || die "no fault $fault in tools/lab/mutants: FILE/NAME, as hcid.c/set-after-run"
done
lock_build

product=$(kernel_with product)
all_work=$BUILD/mutants
plan=$all_work/plan
results=$all_work/results
control=$all_work/1/run/control
mkdir -p "$all_work"
touch "$results"

# use N: work in the build folder of worker N. It has the product alone: a copy of what
# was compiled, and the files of the tree by another name.
use()
{
	work=$all_work/$1
	tree=$work/$product/tree
	mkdir -p "$work/log"
}

set_up()	# N
{
	use "$1"
	obj=$work/$product/obj
	rm -rf "$tree"
	mkdir -p "$tree"
	(cd "$(tree_of "$product")" && cp -al ./* "$tree/")
	cp "$(tree_of "$product")/.git" "$tree/"
	rsync -a --exclude=/kselftest --exclude=/usr/include "$(obj_of "$product")/" "$obj/"
	find "$obj" \( -name '.*.cmd' -o -name '*.d' -o -name Makefile -o -name '*.mk' \) \
		-exec grep -lFZ "$BUILD/$product/" {} + | xargs -0 -r sed -i "s,$BUILD/$product/,$work/$product/,g"
	for f in host emulator share "$product/tests"; do
		ln -sfn "$BUILD/$f" "$work/$f"
	done
}

# in_work COMMAND...: with that as the build folder
in_work()
{
	BUILD=$work LAB_LOCKED=$work BOOTS=1 "$@"
}

# The tests, and what they do with the product as it is
mkdir -p "$BUILD/run/mutants"
awk -v tiers=default -v kernel="$product" -v machine=vhe -v expect="$all_work/expect" -f "$lab/test/plan.awk" "$lab/tables/tests" |
	awk '$5 == "single"' >"$plan"
cp "$plan" "$BUILD/run/mutants/plan"
"$lab/boot/runner.sh" check mutants
"$lab/boot/runner.sh" build mutants
"$lab/boot/runner.sh" prepare mutants
tests=$({ cat "$plan"; git -C "$(tree_of "$product")" rev-parse "HEAD:tools/testing/selftests/kvm"; } | sha256sum)
base=$(git -C "$(tree_of "$product")" rev-parse HEAD:arch HEAD:include HEAD:virt)

# boot NAME, stdin: the rows of its plan; until one is red
boot()
{
	run=$work/run/$1
	rm -rf "$run"
	mkdir -p "$run"
	cat >"$run/plan"
	dir=$run/$(awk '{ print $2; exit }' "$run/plan")
	in_work "$lab/boot/runner.sh" boot "$1" >"$run/out" 2>&1 &
	runner=$!
	while kill -0 "$runner" 2>/dev/null; do
		if grep -aqsE '^not ok 1 selftests' "$dir"/*.log ||
				grep -aqE "^\[ *[0-9.]+\].*($splats)" "$dir/console.log" 2>/dev/null; then
			# The second it takes to write what is wrong
			sleep 1
			kill "$(cat "$dir/pid")" 2>/dev/null || true
			break
		fi
		sleep 0.3
	done
	wait "$runner" || true
	awk -v run="$run" -f "$lab/boot/read.awk" -f "$lab/test/judge.awk" "$all_work/expect" "$run/plan" >"$run/judged"
	sed 's/^/boot\t/' "$run/boots" >>"$run/judged"
}

# noticed NAME: by which test, or "kernel" or "boot"; nothing if it was not
noticed()
{
	awk -F '\t' -v control="$control" -v run="$work/run/$1" '
		function printed(folder,  file, l, t) {
			file = folder "/" $3 "/" $2 ".log"
			while ((getline l <file) > 0)
				if (l !~ /^# Random seed/)
					t = t l "\n"
			close(file)
			return t
		}
		FILENAME == control "/judged" { if ($1 == "test") want[$2] = $5; next }
		FILENAME ~ /expect$/ { split($0, p, " "); if (p[3] == "same-output") same[p[2]]; next }
		$1 == "test" && $5 != "norun" && $5 != "lost" && $5 != want[$2] && !by { by = $7 }
		$1 == "test" && $2 in same && $5 == want[$2] && !by && printed(run) != printed(control) { by = $7 }
		$1 == "boot" && $3 == "fail" && !by { by = $4 ~ /complains/ ? "kernel" : "boot" }
		END { gsub(/ /, "_", by); print by }' "$control/judged" "$all_work/expect" "$work/run/$1/judged"
}

progress "mutants: copying the product"
set_up 1
if [ "$(cat "$all_work/control" 2>/dev/null)" != "$base $tests" ]; then
	say "mutants: the tests with the product as it is"
	in_work "$lab/build/kernel.sh" image "$product" >"$work/log/build" 2>&1 || die "the product does not build there, see $work/log"
	boot control <"$plan"
	! grep -P '^(test\t.*\tfail|boot\t.*\tfail)' "$control/judged" || die "the product fails as it is: nothing can be said"
	echo "$base $tests" >"$all_work/control"
fi

# The tests that the last of the product's series brings
last=$(stack "$product" | tail -n 1)
last=${last% *}
late=$(git -C "$(tree_of "$product")" diff --diff-filter=A --name-only "${last#* }" "${last% *}" -- \
	tools/testing/selftests/kvm/arm64 | sed 's,.*/\(arm64/.*\)\.c$,\1,' | tr '\n' ' ')

# Those that must pass first, and then by their time
awk -F '\t' -v plan="$plan" -v expect="$all_work/expect" -v late=" $late" '
	BEGIN {
		while ((getline l <plan) > 0) {
			split(l, p, " ")
			row[p[6]] = l
			group[p[6]] = index(late, " " p[9] " ") ? 2 : 1
		}
		while ((getline l <expect) > 0) {
			split(l, p, " ")
			if (p[3] == "ok" && group[p[2]] == 1)
				group[p[2]] = 0
		}
	}
	$1 == "test" { print group[$2], $6, $2, row[$2] }' "$control/judged" | sort -k1,1n -k2,2n | cut -d' ' -f4- >"$all_work/in-order"

key()	# FAULT
{
	{
		echo "$base $tests"
		awk -v n="${1#*/}" '/^= /{ h = $2 == n } h' "$faults/${1%%/*}.faults"
	} | sha256sum | cut -c1-16
}

# Puts the fault into the tree that is in use, which has that of $changed still
try()	# FAULT
{
	start=$(date +%s)
	source=$(sed -n 's/^file //p' "$faults/${1%%/*}.faults")
	for f in $changed; do
		[ "$f" = "$source" ] || { rm -f "$tree/$f"; cp "$(tree_of "$product")/$f" "$tree/$f"; }
	done
	awk -v fault="${1#*/}" -f "$faults/mutate.awk" "$faults/${1%%/*}.faults" \
		"$(tree_of "$product")/$source" >"$work/source"
	rm -f "$tree/$source"
	cp "$work/source" "$tree/$source"
	changed=$source

	if in_work "$lab/build/kernel.sh" image "$product" >"$work/log/build" 2>&1; then
		boot mutant <"$all_work/in-order"
		by=$(noticed mutant)
		outcome=${by:+caught}
	else
		outcome=broken by=-
	fi
	took=$(($(date +%s) - start))
	echo "$(key "$1") $1 ${outcome:-survived} ${by:--} $took" >>"$results"
	say "$1: ${outcome:-survived}${by:+ by $by}, $took s"
}

# Whatever no other worker has begun: a folder can be made only once
worker()	# N
{
	use "$1"
	changed=''
	runner=''
	trap 'kill $runner 2>/dev/null; exit 130' TERM
	for fault in $todo; do
		mkdir "$all_work/begun/${fault%%/*}-${fault#*/}" 2>/dev/null || continue
		try "$fault"
	done
}

all=$(for f in "$faults"/*.faults; do
	sed -n "s,^= ,${f##*/} ,p" "$f" | sed 's,\.faults ,/,'
done)
wanted=${*:-$all}
todo=
for fault in $wanted; do
	grep -q "^$(key "$fault") " "$results" || todo="$todo $fault"
done
if [ -n "$todo" ]; then
	rm -rf "$all_work/begun"
	mkdir "$all_work/begun"
	for n in $(seq 2 "$BOOTS"); do
		set_up "$n"
	done
	pids=
	trap 'kill $pids 2>/dev/null; exit 130' INT TERM HUP
	for n in $(seq "$BOOTS"); do
		worker "$n" &
		pids="$pids $!"
	done
	for pid in $pids; do
		# shellcheck disable=SC2086 # a list of processes
		wait "$pid" || { kill $pids 2>/dev/null; die "a worker has stopped"; }
	done
	trap - INT TERM HUP
fi

# Only of the faults as they are now
rm -rf "$BUILD/verdict"
new_verdicts mutants
for fault in $all; do
	grep "^$(key "$fault") " "$results" || echo "- $fault not-tried - 0"
done >"$all_work/report"
excuses mutant >"$all_work/excuses"
awk -v reasons="$all_work/excuses" -v late="$late" -v series="${last% *}" '
	BEGIN {
		nr_late = split(late, by_late, " ")
		while ((getline l <reasons) > 0)
			if (split(l, w, "\t"))
				why[w[1]] = w[3]
	}
	{ n[$3]++ }
	$3 == "caught" { for (i = 1; i <= nr_late; i++) only += index($4, by_late[i]) == 1 }
	$3 ~ /caught|survived/ { s[++tried] = $5 }
	$3 == "survived" && $2 in why { print "skip\tmutant " $2 "\tsurvives: " why[$2] }
	$3 == "survived" && !($2 in why) { print "fail\tmutant " $2 "\tnobody noticed" }
	$3 == "caught" && $2 in why { print "fail\tmutant " $2 "\tis noticed: its excuse is not needed" }
	{ seen[$2] }
	$3 == "broken" { print "fail\tmutant " $2 "\tdoes not compile" }
	END {
		for (m in why)
			if (!(m in seen))
				print "fail\tmutant " m "\tis not there: its excuse is not needed"
		for (i = 2; i <= tried; i++)
			for (j = i; j > 1 && s[j - 1] > s[j]; j--) {
				t = s[j]; s[j] = s[j - 1]; s[j - 1] = t
			}
		printf "%s\tmutants\t%d of %d caught, %d of them by %s alone, %d survived, %d not tried; median %d s\n",
			n["caught"] ? "pass" : "fail", n["caught"], tried, only, series, n["survived"], n["not-tried"], s[int((tried + 1) / 2)]
	}' "$all_work/report" >>"$BUILD/verdict/mutants"
mkdir -p "$BUILD/report"
{
	sed -n 's/^pass\tmutants\t//p' "$BUILD/verdict/mutants"
	awk '$3 == "caught" { n[$4]++ } END { for (by in n) print n[by], by }' "$all_work/report" | sort -k1,1nr -k2
} >"$BUILD/report/mutants.txt"
cat "$BUILD/report/mutants.txt"
"$lab/report.sh" mutants "make study NAME=mutants"
