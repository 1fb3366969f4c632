#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh [FAULT...]: are mistakes noticed? Puts each fault of *.faults here (see
# mutate.awk), or those that are named, FILE/NAME, into the product's kernel, builds what
# that changes, boots, and runs the default tests of VHE: first those that the product
# must pass, the shortest first, and none after the first one that is red.
#
# build/mutants/results has a line "KEY FAULT OUTCOME BY SECONDS" for each, and what is
# there already, for the same product and tests, is not done again. The outcome is
#
#	caught		by a test, or by the kernel's complaint ("kernel"), or since
#			the boot did not come to its end ("boot")
#	survived	nobody noticed: "survivors" says of some why
#	broken		it does not compile, so that it says nothing
#
# The report counts them; a survivor without a reason is a failure.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/series/lib.sh"
lock_build

faults=$lab/mutants
product=$(kernel_with product)
"$lab/series/tree.sh" "$product"
"$lab/build/kernel.sh" "$product"
"$lab/guest/initramfs.sh"

# A build folder of its own, with the product alone: a copy of what was compiled, and
# the files of the tree by another name.
work=$BUILD/mutants
tree=$work/$product/tree
obj=$work/$product/obj
mkdir -p "$work/$product" "$work/log"
progress "mutants: copying the product"
rm -rf "$tree"
mkdir "$tree"
(cd "$(tree_of "$product")" && cp -al ./* "$tree/")
cp "$(tree_of "$product")/.git" "$tree/"
rsync -a --exclude=/kselftest --exclude=/usr/include "$(obj_of "$product")/" "$obj/"
find "$obj" \( -name '.*.cmd' -o -name '*.d' -o -name Makefile -o -name '*.mk' \) \
	-exec grep -lFZ "$BUILD/$product/" {} + | xargs -0 -r sed -i "s,$BUILD/$product/,$work/$product/,g"
for f in guest emulator share "$product/tests"; do
	ln -sfn "$BUILD/$f" "$work/$f"
done

# in_work COMMAND...: with that as the build folder
in_work()
{
	BUILD=$work LAB_LOCKED=$work BOOTS=1 "$@"
}

run=$work/run/mutants
mkdir -p "$run"

# The tests, and what they do with the product as it is
awk -v tiers=default -v kernel="$product" -v mode=vhe -f "$lab/test/plan.awk" "$lab/tests" |
	awk '$5 == "single"' >"$work/plan"
tests=$({ cat "$work/plan"; git -C "$(tree_of "$product")" rev-parse "HEAD:tools/testing/selftests/kvm"; } | sha256sum)
base=$(git -C "$(tree_of "$product")" rev-parse HEAD:arch HEAD:include HEAD:virt)

# boot NAME: do the jobs of $run/NAME/jobs, until one is red
boot()
{
	dir=$run/$1
	echo "$product vhe single" >"$dir/boot"
	in_work "$lab/boot/pool.sh" mutants "$1" >"$dir/pool" 2>&1 &
	pool=$!
	while kill -0 "$pool" 2>/dev/null; do
		if grep -aqsE '^not ok 1 selftests' "$dir"/*.log ||
				grep -aqE "^\[ *[0-9.]+\].*($splats)" "$dir/console.log" 2>/dev/null; then
			# The second it takes to write what is wrong
			sleep 1
			kill "$(cat "$dir/pid")" 2>/dev/null || true
			break
		fi
		sleep 0.3
	done
	wait "$pool" || true
	awk '{ $2 = b; print }' b="$1" "$work/plan" >"$dir/plan"
	awk -v run="$run" -v splats="$splats" -f "$lab/test/judge.awk" "$dir/plan" >"$dir/judged"
}

# noticed NAME: by which test, or "kernel" or "boot"; nothing if it was not
noticed()
{
	awk -F '\t' -v control="$run/control/judged" -v dir="$run" -v name="$1" '
		function printed(b,  file, l, t) {
			file = dir "/" b "/" $2 ".log"
			while ((getline l <file) > 0)
				if (l !~ /^# Random seed/)
					t = t l "\n"
			close(file)
			return t
		}
		FILENAME == control { if ($1 == "test") want[$2] = $5; next }
		FILENAME ~ /plan$/ { split($0, p, " "); if (p[6] == "same-output") same[p[1]]; next }
		$1 == "test" && $5 != "norun" && $5 != "lost" && $5 != want[$2] && !by { by = $7 }
		$1 == "test" && $2 in same && $5 == want[$2] && !by && printed(name) != printed("control") { by = $7 }
		$1 == "boot" && $3 == "fail" && !by { by = $4 ~ /complains/ ? "kernel" : "boot" }
		END { gsub(/ /, "_", by); print by }' "$run/control/judged" "$work/plan" "$run/$1/judged"
}

if [ "$(cat "$work/control" 2>/dev/null)" != "$base $tests" ]; then
	say "mutants: the tests with the product as it is"
	rm -rf "$run/control"
	mkdir -p "$run/control"
	awk '{ line = $1 " " $7 " test"; for (i = 8; i <= NF; i++) line = line " " $i; print line }' \
		"$work/plan" >"$run/control/jobs"
	in_work "$lab/build/kernel.sh" image "$product" >"$work/log/build" 2>&1 || die "the product does not build there, see $work/log"
	boot control
	! grep -P '^(test\t.*\tfail|boot\t.*\tfail)' "$run/control/judged" || die "the product fails as it is: nothing can be said"
	echo "$base $tests" >"$work/control"
fi

# Those that must pass first, and then by their time
awk -F '\t' -v plan="$work/plan" '
	BEGIN {
		while ((getline l <plan) > 0) {
			split(l, p, " ")
			ok[p[1]] = p[6] == "ok"
		}
	}
	$1 == "test" { print !ok[$2], $6, $2 }' "$run/control/judged" | sort -k1,1n -k2,2n | cut -d' ' -f3 |
	awk 'NR == FNR { line = $1 " " $7 " test"; for (i = 8; i <= NF; i++) line = line " " $i; job[$1] = line; next }
		{ print job[$1] }' "$work/plan" - >"$work/jobs"

all=$(for f in "$faults"/*.faults; do
	sed -n "s,^= ,${f##*/} ,p" "$f" | sed 's,\.faults ,/,'
done)
wanted=${*:-$all}
touch "$work/results"
changed=
for fault in $wanted; do
	list=$faults/${fault%%/*}.faults
	name=${fault#*/}
	source=$(sed -n 's/^file //p' "$list")
	key=$({ echo "$base $tests"; awk -v n="$name" '/^= /{ h = $2 == n } h' "$list"; } | sha256sum | cut -c1-16)
	! grep -q "^$key " "$work/results" || continue

	start=$(date +%s)
	progress "mutants: $fault"
	for f in $changed; do
		[ "$f" = "$source" ] || { rm -f "$tree/$f"; cp "$(tree_of "$product")/$f" "$tree/$f"; }
	done
	awk -v fault="$name" -f "$faults/mutate.awk" "$list" "$(tree_of "$product")/$source" >"$work/source"
	rm -f "$tree/$source"
	cp "$work/source" "$tree/$source"
	changed=$source

	dir=$run/mutant
	rm -rf "$dir"
	mkdir -p "$dir"
	cp "$work/jobs" "$dir/jobs"
	if in_work "$lab/build/kernel.sh" image "$product" >"$work/log/build" 2>&1; then
		boot mutant
		by=$(noticed mutant)
		outcome=${by:+caught}
	else
		outcome=broken by=-
	fi
	echo "$key $fault ${outcome:-survived} ${by:--} $(($(date +%s) - start))" >>"$work/results"
	say "$fault: ${outcome:-survived}${by:+ by $by}, $(($(date +%s) - start)) s"
done

# Only of the faults as they are now
new_verdicts mutants
for fault in $all; do
	list=$faults/${fault%%/*}.faults
	key=$({ echo "$base $tests"; awk -v n="${fault#*/}" '/^= /{ h = $2 == n } h' "$list"; } | sha256sum | cut -c1-16)
	grep "^$key " "$work/results" || echo "- $fault not-tried - 0"
done >"$work/report"
awk -v reasons="$faults/survivors" '
	BEGIN {
		while ((getline l <reasons) > 0)
			if (l !~ /^#/ && split(l, w, " ")) {
				sub(/^[^ \t]*[ \t]*/, "", l)
				why[w[1]] = l
			}
	}
	{ n[$3]++ }
	$3 ~ /caught|survived/ { s[++tried] = $5 }
	$3 == "survived" && $2 in why { print "skip\tmutant " $2 "\tsurvives: " why[$2] }
	$3 == "survived" && !($2 in why) { print "fail\tmutant " $2 "\tnobody noticed" }
	$3 == "broken" { print "fail\tmutant " $2 "\tdoes not compile" }
	END {
		for (i = 2; i <= tried; i++)
			for (j = i; j > 1 && s[j - 1] > s[j]; j--) {
				t = s[j]; s[j] = s[j - 1]; s[j - 1] = t
			}
		printf "%s\tmutants\t%d of %d caught, %d survived, %d not tried; median %d s\n",
			n["caught"] ? "pass" : "fail", n["caught"], tried, n["survived"], n["not-tried"], s[int((tried + 1) / 2)]
	}' "$work/report" >>"$BUILD/verdict/mutants"
sed -n 's/^pass\tmutants\t//p' "$BUILD/verdict/mutants"
! grep -q '^fail' "$BUILD/verdict/mutants"
