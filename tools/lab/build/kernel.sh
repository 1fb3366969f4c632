#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh KERNEL...: build kernels and their KVM selftests, each below
# build/KERNEL/, or fetch those that come as binaries. What is up to date stays.
# kernel.sh image KERNEL...: the kernels only.
# KERNEL can have names of more configuration behind it, KERNEL+NAME: see lib.sh.
# kernel.sh lint KERNEL OBJECT...: compile these with W=1 and sparse, in a folder of
# their own.
#
# Not through ccache, whose cache is empty where all begins: the 48 objects of kernel/time,
# kernel/locking and kernel/irq take 33 s of processor time without it, 56 s with an empty
# cache, 2 s with a full one (15 s by the preprocessor alone).

lab=$(dirname "$0")/..
. "$lab/lib.sh"
lock_build

# Objects that a cold build of the configuration makes, for the progress line.
objects=980

# Nothing of the machine or the hour goes into the image.
KBUILD_BUILD_TIMESTAMP='2000-01-01 00:00:00 UTC'
KBUILD_BUILD_USER=lab
KBUILD_BUILD_HOST=lab
KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_USER KBUILD_BUILD_HOST KBUILD_BUILD_VERSION

lines=	# the variables that give those objects line numbers that the patches change

kmake()
{
	# shellcheck disable=SC2086 # a list of variables
	make -C "$tree" O="$obj" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" \
		LOCALVERSION="-$k" -j"$JOBS" $lines "$@"
}

# Configure when the fragment or the base is another one than last time.
configure()
{
	more=
	for f in $(echo "$k" | tr + ' ' | cut -s -d' ' -f2-); do
		[ -e "$lab/build/$f.config" ] || die "what is $f in $k? There is no build/$f.config"
		more="$more $lab/build/$f.config"
	done
	fragments="$lab/build/kernel.config$more"
	# shellcheck disable=SC2086 # a list of files
	stamp=$(cat $fragments "$tree/Makefile" | sha256sum)
	[ "$stamp" != "$(cat "$obj/.lab-config" 2>/dev/null)" ] || return 0
	# tinyconfig with our fragment: whatever neither asks for is off.
	# shellcheck disable=SC2086 # a list of files
	cat "$tree/kernel/configs/tiny-base.config" "$tree/kernel/configs/tiny.config" \
		$fragments >"$obj/.lab-fragment"
	run_logged "$log/config-$k.log" kmake KCONFIG_ALLCONFIG="$obj/.lab-fragment" allnoconfig ||
		die "the configuration fails, see $log/config-$k.log"
	# Of two lines for an option the last one counts.
	# shellcheck disable=SC2086 # a list of files
	awk -F '[= ]' '{ o = $1 == "#" ? $2 : $1 } o ~ /^CONFIG_/ { last[o] = $0 }
		END { for (o in last) if (last[o] ~ /^C/) print last[o] }' $fragments |
		grep -vxFf "$obj/.config" | sort >"$obj/.lab-missing" || true
	[ ! -s "$obj/.lab-missing" ] ||
		say "kernel $k has no $(sed 's/^CONFIG_//; s/=.*//' "$obj/.lab-missing" | tr '\n' ' ')"
	# Without what its name promises, it would find nothing
	# shellcheck disable=SC2086 # a list of files
	[ -z "$more" ] || ! cat $more | grep -qxFf "$obj/.lab-missing" || die "so there is no $k"
	echo "$stamp" >"$obj/.lab-config"
}

# Does a header only gain macros that the base has nowhere? Then nothing that was
# compiled without them can have changed, and what uses them is another file that
# differs. One such line in a header that all files include would else compile all anew.
only_new_macros()	# ROOT HEADER
{
	git -C "$tree" diff -U0 "$1" -- "$2" | awk '
		!body { body = /^@@/; next }
		/^@@/ || /^\+(\/\*.*\*\/)?$/ { next }
		/^\+[ \t]*#[ \t]*define[ \t]+[A-Za-z_0-9]+/ {
			name = $0
			sub(/.*#[ \t]*define[ \t]+/, "", name)
			sub(/[^A-Za-z_0-9].*/, "", name)
			print name
			more = /\\$/
			next
		}
		more && /^\+/ { more = /\\$/; next }
		{ exit bad = 1 }
		END { exit bad || !body }' >"$obj/.lab-macros" || return 1
	! git -C "$(tree_of "$1")" grep -qwF -f "$obj/.lab-macros" -- '*.[chS]'
}

# A kernel begins with what has been compiled of the one without patches: no file of
# that is older than its source, since series/tree.sh gives all sources of a base
# one date in the past. Files in which the trees differ are new to make, and what
# includes them is compiled anew, as after any edit.
share_objects()	# ROOT
{
	from=$(obj_of "$1")
	if [ "$1" = "$k" ] || [ "$k" != "$(plain "$k")" ] || [ -e "$obj/.lab-config" ] || [ ! -e "$from/vmlinux" ] ||
			[ -n "$(git -C "$(tree_of "$1")" status --porcelain --untracked-files=no)" ]; then
		return 0
	fi
	progress "kernel $k: copying what $1 has compiled"
	# What is not an object is made anew: the installed headers, above all, go by the
	# dates of headers that only_new_macros() leaves as they are.
	rsync -a --exclude=/kselftest --exclude=/usr/include "$from/" "$obj/"
	# make finds them by paths that it has noted
	find "$obj" \( -name '.*.cmd' -o -name '*.d' -o -name Makefile -o -name '*.mk' \) \
		-exec grep -lFZ "$BUILD/$1/" {} + | xargs -0 -r sed -i "s,$BUILD/$1/,$BUILD/$k/,g"
	git -C "$tree" diff --name-only --diff-filter=d "$1" | while read -r f; do
		case $f in
		*.h)
			if only_new_macros "$1" "$f"; then
				touch -d '2000-01-01 00:00:00 UTC' "$tree/$f"
				continue
			fi
			;;
		esac
		touch "$tree/$f"
	done
	shared=1
}

# Show how far the build of which this is the log has come, until killed.
watch_objects()
{
	while sleep 1; do
		n=$(grep -c '^  \(CC\|AS\|HYPCC\|HOSTCC\|HYPAS\) ' "$1" || true)
		progress "kernel $k: $n objects (about $objects when cold)"
	done
}

build_kernel()
{
	l=$log/kernel-$k.log
	: >"$l"
	watcher=
	if [ -t 1 ] && [ "$V" != 1 ]; then
		watch_objects "$l" &
		watcher=$!
	fi
	rc=0
	run_logged "$l" kmake Image || rc=$?
	[ -z "$watcher" ] || kill "$watcher"
	clear_progress
	if [ "$rc" != 0 ]; then
		grep -E 'error|warning|\*\*\*' "$l" | head -n 20 >&2
		die "kernel $k does not build, see $l"
	fi
	n=$(grep -c '^  \(CC\|AS\|HYPCC\|HYPAS\) ' "$l" || true)
	all=$(find "$obj" -path "$obj/kselftest" -prune -o -path "$obj/scripts" -prune -o -name '*.o' -print | wc -l)
	if [ "$n" = 0 ]; then
		say "kernel $k: up to date"
	elif [ "$shared" = 1 ]; then
		say "kernel $k: $n objects compiled, the other $((all - n)) are those of $root"
	else
		say "kernel $k: $n objects compiled"
	fi
}

selftests()	# TARGET
{
	make -C "$tree/tools/testing/selftests" O="$obj" abs_objdir="$obj" TARGETS=kvm ARCH=arm64 \
		CROSS_COMPILE="$CROSS_COMPILE" LDFLAGS=-static FORCE_TARGETS=1 \
		INSTALL_PATH="$(tests_of "$k")" -j"$JOBS" "$1"
}

build_selftests()
{
	l=$log/selftests-$k.log
	progress "selftests of $k"
	run_logged "$log/headers-$k.log" kmake headers || die "see $log/headers-$k.log"
	run_logged "$l" selftests install || {
		grep -E 'error|warning|\*\*\*' "$l" | head -n 20 >&2
		die "the selftests of $k do not build, see $l"
	}
	say "selftests of $k: installed"
}

# Complaints are in the log of a build, and so it stays as long as the sources do: an
# object that is up to date does not complain again.
lint()	# OBJECT...
{
	sources=$(git -C "$tree" rev-parse HEAD
		{ git -C "$tree" diff HEAD
		git -C "$tree" ls-files -o --exclude-standard -z arch include virt |
			(cd "$tree" && xargs -0 -r cat); cat "$obj/.config"; echo "$@"; } | sha256sum)
	if [ "$sources" = "$(cat "$obj/.lab-linted" 2>/dev/null)" ] && [ -e "$log/lint-$k.log" ]; then
		return 0
	fi
	rm -f "$obj/.lab-linted"
	(cd "$obj" && rm -f "$@")
	run_logged "$log/lint-$k.log" kmake W=1 C=1 CHECK="$lab/lint/sparse" "$@" ||
		die "W=1: kernel $k does not build, see $log/lint-$k.log"
	echo "$sources" >"$obj/.lab-linted"
}

if [ "$1" = lint ]; then
	k=$2
	shift 2
	tree=$(tree_of "$k")
	obj=$BUILD/$k/lint
	mkdir -p "$obj/tools"
	# What the kernel's own build has made ready need not be made again.
	if [ ! -e "$obj/.lab-config" ] && [ -e "$(obj_of "$k")/vmlinux" ]; then
		rsync -a --exclude=/kselftest "$(obj_of "$k")/" "$obj/"
	fi
	configure
	lint "$@"
	exit 0
fi

with_selftests=1
if [ "$1" = image ]; then
	with_selftests=
	shift
fi
for k; do
	if is_binary "$k"; then
		"$lab/deb/kernel.sh" "$k"
		continue
	fi
	tree=$(tree_of "$k")
	obj=$(obj_of "$k")
	root=$(root_of "$k")
	mkdir -p "$obj/tools"
	shared=0
	share_objects "$root"
	configure
	# Line numbers, which change no code, for those who debug it and for coverage/
	lines=$(git -C "$tree" diff --name-only --diff-filter=d "$root" -- arch virt |
		sed -n 's,.*/\(.*\)\.c$,CFLAGS_\1.o=-g,p')
	build_kernel
	[ -z "$with_selftests" ] || [ "$k" != "$(plain "$k")" ] || build_selftests
done
