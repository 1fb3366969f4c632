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
	make -C "$tree" O="$obj" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" V=0 \
		LOCALVERSION="-$k" -j"$JOBS" $lines "$@"
}

# Of what the configuration is made: sets $more, $fragments and $stamp
fragments()
{
	more=
	for f in $(echo "$k" | tr + ' ' | cut -s -d' ' -f2-); do
		[ -e "$lab/build/$f.config" ] || die "what is $f in $k? There is no build/$f.config"
		more="$more $lab/build/$f.config"
	done
	fragments="$lab/build/kernel.config$more"
	# shellcheck disable=SC2086 # a list of files
	stamp=$(cat $fragments "$tree/Makefile" | sha256sum)
}

# Configure when the fragment or the base is another one than last time.
configure()
{
	fragments
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

# What is in the files of the tree, committed or not, as a tree of git's
sources()
(
	GIT_INDEX_FILE=$obj/.lab-index
	export GIT_INDEX_FILE
	cp "$(git -C "$tree" rev-parse --absolute-git-dir)/index" "$GIT_INDEX_FILE"
	git -C "$tree" add -A
	git -C "$tree" write-tree
)

# Does a header only gain or lose macros that no file names but those which differ, too?
# Then nothing else can have been compiled another way. One such line in a header that all
# files include would make all of them new.
only_macros()	# FROM TO HEADER
{
	git -C "$tree" diff -U0 "$1" "$2" -- "$3" | awk '
		!body { body = /^@@/; next }
		/^@@/ || /^[-+](\/\*.*\*\/)?$/ { next }
		/^[-+][ \t]*#[ \t]*define[ \t]+[A-Za-z_0-9]+/ {
			way[substr($0, 1, 1)]
			name = $0
			sub(/.*#[ \t]*define[ \t]+/, "", name)
			sub(/[^A-Za-z_0-9].*/, "", name)
			print name
			more = /\\$/
			next
		}
		more && /^[-+]/ { more = /\\$/; next }
		{ exit bad = 1 }
		END { exit (bad || !body || ("+" in way) + ("-" in way) != 1) }' >"$obj/.lab-macros" || return 1
	! git -C "$tree" grep --untracked -lwF -f "$obj/.lab-macros" -- '*.[chS]' | grep -qvxFf "$obj/.lab-differ"
}

# make looks for what was moved or copied to here at the paths that it has noted.
move_paths()	# FOLDER OLD-TREE OLD-OBJ
{
	find "$1" \( -name '.*.cmd' -o -name '*.d' -o -name Makefile -o -name '*.mk' \) \
		-exec grep -lFZ -e "$2" -e "$3" {} + | xargs -0 -r sed -i "s,$2,$tree,g; s,$3,$obj,g"
}

# A kernel begins with what has been compiled of another one with the same configuration:
# of all that are built, the one with which it has most in common. What that was compiled
# from is in its .lab-sources. A file that differs becomes newer than all objects, and no
# other file is: what includes the former is compiled anew, as after any edit.
share_objects()
{
	[ ! -e "$obj/.lab-config" ] || return 0
	fragments
	to=$(sources)
	least=
	for f in "$BUILD"/*/obj/.lab-sources; do
		other=${f#"$BUILD"/}
		other=${other%%/*}
		if [ ! -e "$f" ] || [ "$(root_of "$other")" != "$root" ] ||
				[ "$(cat "$BUILD/$other/obj/.lab-config")" != "$stamp" ] ||
				! git -C "$tree" diff --name-only --diff-filter=d "$(cat "$f")" "$to" >"$obj/.lab-other" 2>/dev/null; then
			continue
		fi
		n=$(wc -l <"$obj/.lab-other")
		if [ -z "$least" ] || [ "$n" -lt "$least" ]; then
			least=$n
			shared=$other
			from=$(cat "$f")
			mv "$obj/.lab-other" "$obj/.lab-differ"
		fi
	done
	[ -n "$shared" ] || return 0
	progress "kernel $k: copying what $shared has compiled"
	# Whoever is stopped here has nothing
	new=$obj.new
	rm -rf "$new"
	# What is not an object is made anew: the installed headers, above all, go by the
	# dates of headers that only_macros() leaves as they are.
	rsync -a --exclude=/kselftest --exclude=/usr/include --exclude='/.lab-*' "$(obj_of "$shared")/" "$new/"
	move_paths "$new" "$(tree_of "$shared")" "$(obj_of "$shared")"
	find "$new" -exec touch -h -r "$obj/.lab-differ" {} +
	while read -r f; do
		case $f in
		*.h) ! only_macros "$from" "$to" "$f" || continue ;;
		esac
		touch "$tree/$f"
	done <"$obj/.lab-differ"
	rm -rf "$obj"
	mv "$new" "$obj"
}

# Show how far the build of which this is the log has come, as long as it goes on
watch_objects()
{
	while sleep 1 && kill -0 $$ 2>/dev/null; do
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
		# Not with the lock
		watch_objects "$l" 9>&- &
		watcher=$!
	fi
	rc=0
	rm -f "$obj/.lab-sources"
	now=$(sources)
	run_logged "$l" kmake Image || rc=$?
	[ -z "$watcher" ] || kill "$watcher"
	clear_progress
	if [ "$rc" != 0 ]; then
		grep -E 'error|warning|\*\*\*' "$l" | head -n 20 >&2
		die "kernel $k does not build, see $l"
	fi
	n=$(grep -c '^  \(CC\|AS\|HYPCC\|HYPAS\) ' "$l" || true)
	# For other kernels only if nobody has edited while it was compiled
	if [ "$n" = 0 ] || [ "$(sources)" = "$now" ]; then
		echo "$now" >"$obj/.lab-sources"
	fi
	all=$(find "$obj" -path "$obj/kselftest" -prune -o -path "$obj/scripts" -prune -o -name '*.o' -print | wc -l)
	if [ "$n" = 0 ]; then
		say "kernel $k: up to date"
	elif [ -n "$shared" ]; then
		say "kernel $k: $n objects compiled, the other $((all - n)) are those of $shared"
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
	shared=
	share_objects
	# A clock that was put back would hide all edits until it has caught up.
	if [ -n "$(find "$obj" -newermt '1 minute' -print -quit)" ]; then
		say "kernel $k: was compiled in the future, doing it again"
		rm -rf "$obj"
		mkdir -p "$obj/tools"
	fi
	was=$(readlink "$obj/source" || echo "$tree")
	[ "$was" = "$tree" ] || move_paths "$obj" "$was" "${was%/*/tree}/$k/obj"
	configure
	# Line numbers, which change no code, for those who debug it and for coverage/
	lines=$(git -C "$tree" diff --name-only --diff-filter=d "$root" -- arch virt |
		sed -n 's,.*/\(.*\)\.c$,CFLAGS_\1.o=-g,p')
	build_kernel
	[ -z "$with_selftests" ] || [ "$k" != "$(plain "$k")" ] || build_selftests
done
