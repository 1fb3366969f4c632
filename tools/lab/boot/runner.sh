#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# runner.sh [check|build|prepare|folders|boot] RUN...: do what the plans of these runs say. The
# plan is build/run/RUN/plan, a line for each job,
#
#	WAVE BOOT KERNEL MACHINE EMULATOR ID LIMIT VERB ARGUMENTS...
#
# with blanks or tabs between, and "#" before a comment. The boots of a wave, of all these
# runs, go side by side; all of them come to their end before the next one begins. A boot
# does its jobs in their order, each for LIMIT seconds at most. VERB is one of host/jobs/. It
# can be "board", and is then the only one of its boot, whose kernel and userland come from
# the tarball of dist.sh. Without a boot ("-" for all four) the row is a step on this side:
# VERB is a program of the lab, as DIR/PROGRAM.sh, which may add rows of later waves to the
# plan. A run whose step fails ends with it, the others go on.
#
#	check	refuse names that no table has
#	build	the kernels, with their selftests where tests run
#	prepare	all else that the jobs need: the initramfs, programs, userlands of VMMs
#	folders	make the folder of each boot, for pool.sh
#	boot	run the plan: what it needs is there
#
# Without such a word all of this is done, and the plan is run. How each boot ended is then
# in build/run/RUN/boots: see ended.awk.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/build/code.sh"

how=all
case $1 in
check|build|prepare|folders|boot) how=$1; shift ;;
esac
product=$(kernel_with product)
plans=$(for r; do echo "$BUILD/run/$r/plan"; done)

# jobs [RUN]: the rows of one plan, or of all
jobs()
{
	# shellcheck disable=SC2046 # a list of files
	awk '!/^#/ && $2 != "-"' $(if [ $# -gt 0 ]; then echo "$BUILD/run/$1/plan"; else echo "$plans"; fi)
}

words() { tr '\n' ' ' | sed 's/ $//'; }

check()
{
	# shellcheck disable=SC2086 # a list of files
	steps=$(awk -v kernels="$(kernels | words)" -v machines="$(names machines | words)" \
		-v configs="$(cd "$lab/build" && echo ./*.config | sed 's,\./,,g; s/\.config//g')" \
		-v binaries="$(for k in $(kernels); do ! is_binary "$k" || echo "$k"; done | words)" \
		-v jobs="$(cd "$lab/host/jobs" && echo ./* | sed 's,\./,,g') board" \
		-v vmms="$(names vmms | words)" \
		-v features="$(cat "$top"/tools/kvm/kvm_feat/*.c 2>/dev/null | grep -oE '"[a-z0-9_]+"' | tr -d '"' | sort -u | words)" \
		-f "$lab/boot/check.awk" $plans) || die "so nothing is built"
	for s in $steps; do
		[ -x "$lab/$s" ] || die "a plan has the step $s, which is not there"
	done
}

# In the order of the table: each begins with the objects of one before it. Nearly all that
# runs on them is compiled against the product, and with its selftests' library.
build()
{
	tested=$({
		jobs | awk '$8 == "test"' | kernels_in 3 | tr ' ' '\n'
		! jobs | awk '$8 !~ /^(test|qtest)$/ || $9 ~ /^lab\// { n++ } END { exit !n }' || echo "$product"
	} | sort -u)
	all=$({ echo "$tested"; jobs | awk '{ print $3 } $8 == "kexec" { print $9 }'; } | awk 'NF && !seen[$1]++' | kernels_in 1)
	# shellcheck disable=SC2086 # a list of kernels
	"$lab/series/tree.sh" $all
	for k in $all; do
		if echo "$tested" | grep -qxF "$k"; then
			"$lab/build/kernel.sh" "$k"
		elif jobs | awk '{ print $3 } $8 == "kexec" { print $9 }' | grep -qxF "$k"; then
			"$lab/build/kernel.sh" image "$k"
		fi
	done
}

# compile NAME COMMAND...
compile()
{
	name=$1
	shift
	run_logged "$log/$name-build.log" "$@" || {
		tail -n 20 "$log/$name-build.log" >&2
		die "$name does not build, see $log/$name-build.log"
	}
}

prepare()
{
	"$lab/host/initramfs.sh"
	for p in $(jobs | awk '$8 == "test" && sub(/^lab\//, "", $9) { print "test/" $9 } $8 == "run" { print "demo/" $9 }' | sort -u); do
		out=$share/$p
		[ "${p%/*}" = test ] || out=$share/${p#*/}
		compile "${p#*/}" "$lab/build/program.sh" "$out" "$lab/$p.c"
	done
	for v in $(jobs | awk '$8 == "kexec" { print "kexec" } $8 ~ /^(save|restore|relay|linux|qtest)$/ { sub(/\+.*/, "", $9); print $9 }' | sort -u); do
		if [ "$v" = kexec ]; then
			"$lab/deb/userland.sh" kexec - - kexec-tools
		elif [ "$(entry vmms "$v" packages)" != - ]; then
			# shellcheck disable=SC2046 # a list of packages
			"$lab/deb/userland.sh" "$v" "$(entry vmms "$v" suites)" "$(entry vmms "$v" compiled)" \
				$(entry vmms "$v" packages | tr , ' ')
		fi
	done
	if jobs | awk '$8 ~ /^(save|restore|relay|dump|check|list|feat-tests|linux|shell)$/ { n++ } END { exit !n }'; then
		# shellcheck disable=SC2046 # nothing, or one word
		compile migrate "$lab/migrate/build.sh" $(jobs | grep -o el1_32bit | sort -u)
	fi
	[ -z "$(jobs | awk '$8 == "bench"')" ] || compile bench "$lab/study/bench.sh" program
	for k in $(jobs | awk '$8 == "board" { print $3 }' | sort -u); do
		compile "dist-$k" "$lab/dist.sh" pack "$k"
		"$lab/host/initramfs.sh" board "$BUILD/dist/$k.cpio" "$BUILD/dist/hcid-arm64-$k.tar.gz"
		tar -xO -f "$BUILD/dist/hcid-arm64-$k.tar.gz" hcid-arm64/boot/Image >"$BUILD/dist/$k.Image"
	done
}

# range KERNEL: where the code of its patches' files is, for an emulator that traces it
range()
{
	"${CROSS_COMPILE}readelf" -W --debug-dump=decodedline "$(obj_of "$1")/vmlinux" | awk '
		$2 ~ /^[0-9]+$/ && $3 ~ /^0x/ {
			if (first == "" || $3 < first)
				first = $3
			if ($3 > last)
				last = $3
		}
		END { print first ".." last }'
}

# touched KERNEL: the functions that have code of its patches, in which races count
touched()
{
	code_of "$1" "$run"
	"${CROSS_COMPILE}nm" -n "$(obj_of "$1")/vmlinux" >"$run/symbols"
	awk -v tree="$(tree_of "$1")" -f "$lab/build/source.awk" -f "$lab/boot/touched.awk" \
		"$run/diff" "$run/lines" "$run/symbols"
}

# folders RUN [WAVE]
folders()
{
	run=$BUILD/run/$1
	boots=$(jobs "$1" | awk -v w="${2:-}" '(w == "" || $1 == w) && !seen[$2]++ { print $2 }')
	for b in $boots; do
		dir=$run/$b
		mkdir -p "$dir"
		jobs "$1" | awk -v b="$b" '$2 == b { print $3, $4, $5; exit }' >"$dir/boot"
		jobs "$1" | awk -v b="$b" '$2 == b { line = $6 " " $7; for (i = 8; i <= NF; i++) line = line " " $i; print line }' >"$dir/jobs"
		read -r k _ emulator <"$dir/boot"
		case $emulator in
		traced) range "$k" >"$dir/range" ;;
		icount)
			# Jobs and program are in the initramfs: nothing is mounted from here,
			# whose answers would come when they come
			"$lab/host/initramfs.sh" add "$dir/initramfs.cpio" "$BUILD/bench/bench.stripped=bench" "$dir/jobs=jobs.list"
			;;
		esac
		if grep -q '^[^ ]* [0-9]* board ' "$dir/jobs"; then
			cp "$BUILD/dist/$k.cpio" "$dir/initramfs.cpio"
			cp "$BUILD/dist/$k.Image" "$dir/Image"
		fi
		if grep -qs '^CONFIG_KCSAN=y' "$(obj_of "$k")/.config"; then
			touched "$k" >"$dir/touched"
		fi
		for next in $(awk '$3 == "kexec" { print $4 }' "$dir/jobs" | sort -u); do
			mkdir -p "$run/kernels/$next"
			cp "$(image_of "$next")" "$run/kernels/$next/Image"
			modules=/dev/null
			! is_binary "$next" || modules=$(modules_of "$next")
			cat "$BUILD/host/initramfs.cpio" "$modules" >"$run/kernels/$next/initrd"
		done
		! grep -q '^[^ ]* [0-9]* linux ' "$dir/jobs" || cp "$(image_of "$k")" "$run/Image"
	done
}

# Under icount, the same kernel and program would only give the same figures again
same_again()	# BOOT
{
	dir=$run/$1
	read -r k _ emulator <"$dir/boot"
	[ "$emulator" = icount ] || return 1
	{
		cat "$(image_of "$k")" "$dir/initramfs.cpio" "$lab/boot/qemu.sh" "$lab/tables/machines" | sha256sum
		"$("$lab/boot/emulator.sh")" --version
	} >"$dir/inputs.new"
	! cmp -s "$dir/inputs.new" "$dir/inputs" || ! grep -aqs '^lab: done' "$dir/console.log" || return 0
	mv "$dir/inputs.new" "$dir/inputs"
	return 1
}

# The row of a step, without what is for boots
steps_of()	# WAVE
{
	awk -v w="$1" '!/^#/ && $1 == w && $2 == "-" { line = $8; for (i = 9; i <= NF; i++) line = line " " $i; print line }' "$run/plan"
}

boot()	# RUN...
{
	for r; do
		rm -f "$BUILD/run/$r/boots" "$BUILD/run/$r/failed"
	done
	wave=
	while :; do
		# shellcheck disable=SC2086 # a list of files
		wave=$(awk -v w="$wave" '!/^#/ && (w == "" || $1 > w) && (least == "" || $1 < least) { least = $1 } END { print least }' $plans)
		[ -n "$wave" ] || break
		wanted=
		for r; do
			run=$BUILD/run/$r
			steps_of "$wave" >"$run/steps"
			while read -r program arguments; do
				# shellcheck disable=SC2086 # words
				("$lab/$program" $arguments </dev/null && check) ||
					printf '%s\tfail\t%s\n' "$program" "ended with an error" >>"$run/failed"
			done <"$run/steps"
			[ ! -s "$run/failed" ] || continue
			folders "$r" "$wave"
			for b in $boots; do
				same_again "$b" || wanted="$wanted $r/$b"
			done
		done
		# shellcheck disable=SC2086 # a list of boots
		[ -z "$wanted" ] || "$lab/boot/pool.sh" $wanted || say "not all boots came to their end"
	done
	for r; do
		run=$BUILD/run/$r
		excuses race >"$run/races"
		touch "$run/failed"
		(cd "$run" && awk -v splats="$splats" -v races=races -f "$lab/boot/read.awk" -f "$lab/boot/ended.awk" plan | cat failed - >boots)
	done
}

lock_build
case $how in
check|build|prepare) $how ;;
folders)
	for r; do
		folders "$r"
	done
	;;
*)
	if [ "$how" = all ]; then
		check
		build
		prepare
	fi
	boot "$@"
	;;
esac
