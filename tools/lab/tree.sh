#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tree.sh [KERNEL...]: make or refresh the source trees of the given kernels.
#
# build/tree (N) is the one to work in. It is a git repository:
#   tag base            the base kernel, untouched
#   branch hcid         base + patches/, each patch a commit
#   branch demo         hcid + patches/demo/, checked out as the tree of N+1
#   refs/lab/*          what the two branches were when last in step with
#                       the patches: commits beyond it are unexported work
# O is a second working tree of the same repository, at the tag base.

lab=$(dirname "$0")
. "$lab/lib.sh"
plain_git

tree=$(tree_of N)
log_tree=$log/tree.log

unpack()	# PACKAGE-FILE FOLDER
{
	mkdir -p "$2"
	name=${1##*/}
	name=${name%%_*}
	dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$name.tar.xz" |
		tar -xJ -C "$2" --strip-components=1
	# Debian's packaging ignores everything that is not its own.
	sed -i '\,^/\*$,d; \,^!/debian/$,d' "$2/.gitignore"
}

# Download the package of a kernel, the first one that is to be had; sets $deb.
fetch_base()
{
	tried=
	for spec in $(field "$1" 2 | tr , ' '); do
		progress "fetching ${spec%@*}"
		if deb=$("$lab/fetch.sh" "${spec%@*}" "${spec#*@}" 2>"$log/fetch.err"); then
			[ -z "$tried" ] || say "no$tried to be had, taking ${spec%@*} instead"
			return
		fi
		tried="$tried ${spec%@*}"
		sed 's/^/  /' "$log/fetch.err" >&2
	done
	die "no base for kernel $1: tried$tried through this machine's Debian mirror; pass KDIR=/path/to/a/kernel/tree"
}

# Name of the base that is wanted; empty if the one that is there will do.
wanted_base()
{
	if [ -n "$KDIR" ]; then
		echo "$KDIR $(git -C "$KDIR" rev-parse -q --verify HEAD 2>/dev/null || true)"
	fi
}

make_base()
{
	new=$BUILD/N/tree.new
	rm -rf "$new"
	mkdir -p "${new%/*}"
	if [ -n "$KDIR" ]; then
		[ -e "$KDIR/arch/arm64/kvm/arm.c" ] || die "KDIR=$KDIR is no kernel tree"
		name=$(wanted_base)
		if git -C "$KDIR" rev-parse -q --verify HEAD >/dev/null 2>&1; then
			say "base: the commit checked out in $KDIR"
			git -c advice.detachedHead=false clone -q "$KDIR" "$new"
			git -C "$new" checkout -q -B hcid
			git -C "$new" tag -f base >/dev/null
		else
			say "base: a copy of $KDIR"
			cp -a "$KDIR" "$new"
		fi
	else
		fetch_base O
		name=${deb##*/}
		name=${name%_*}
		say "base: $name, unpacking"
		unpack "$deb" "$new"
	fi
	if [ ! -e "$new/.git" ]; then
		git -C "$new" init -q -b hcid
		git -C "$new" config core.looseCompression 0
		git -C "$new" config gc.auto 0
		git -C "$new" add -f -A
		GIT_AUTHOR_DATE='2000-01-01T00:00:00Z' GIT_COMMITTER_DATE='2000-01-01T00:00:00Z' \
			git -C "$new" commit -q --no-verify -m "$name"
		git -C "$new" tag base
	fi
	git -C "$new" config user.name "$GIT_AUTHOR_NAME"
	git -C "$new" config user.email "$GIT_AUTHOR_EMAIL"
	git -C "$new" config lab.base "$name"
	rm -rf "$tree" "$(tree_of O)" "$(tree_of N+1)"
	mv "$new" "$tree"
	ln -sfn N/tree "$BUILD/tree"
}

# Is there work on a branch, or in a working tree, that no patch has?
unexported()	# TREE BRANCH
{
	ref=$(git -C "$1" rev-parse -q --verify "refs/lab/$2" || true)
	[ -n "$ref" ] || return 1	# never got as far as being in step
	[ "$(git -C "$1" rev-parse -q --verify "$2")" != "$ref" ] ||
		[ -n "$(git -C "$1" status --porcelain --untracked-files=no)" ]
}

# Subject and body of the cover letter become the branch's description.
restore_description()
{
	cover=$top/patches/0000-cover-letter.patch
	if [ ! -e "$cover" ]; then
		git -C "$tree" config --unset branch.hcid.description || true
		return
	fi
	subject=$(git -C "$tree" mailinfo /dev/null /dev/null <"$cover" | sed -n 's/^Subject: //p')
	# The letter ends with format-patch's list of authors and titles and its
	# list of files.
	body=$(awk '
		!inbody { inbody = /^$/; next }
		{ line[++n] = $0 }
		function strip_blank() { while (n && line[n] == "") n-- }
		function paragraph_start(  i) {
			for (i = n; i > 1 && line[i - 1] != ""; i--)
				;
			return i
		}
		END {
			strip_blank()
			if (line[n] ~ /^ (create|delete|rename|mode|[0-9]+ files? changed)/)
				n = paragraph_start() - 1
			strip_blank()
			while (n && line[p = paragraph_start()] ~ /^[^ ].* \([0-9]+\):$/) {
				n = p - 1
				strip_blank()
			}
			for (i = 1; i <= n; i++)
				print line[i]
		}' "$cover")
	git -C "$tree" config branch.hcid.description "$subject

$body
"
}

# apply TREE BRANCH START PATCHES: BRANCH becomes START + PATCHES
apply()
{
	wt=$1 branch=$2 start=$3 dir=$4
	set --
	for p in $(patches_in "$dir"); do
		set -- "$@" "$p"
	done
	say "branch $branch: $start + $# patches"
	git -C "$wt" am --abort >/dev/null 2>&1 || true
	git -C "$wt" checkout -q --detach "$start"
	if [ $# -gt 0 ]; then
		git -C "$wt" -c commit.gpgSign=false am --no-3way --committer-date-is-author-date \
			"$@" >"$log_tree" 2>&1 || {
			tail -n 20 "$log_tree" >&2
			git -C "$wt" am --abort
			[ -z "$(git -C "$wt" branch --list "$branch")" ] ||
				git -C "$wt" checkout -q "$branch"
			die "a patch of ${dir#"$top"/} does not apply, see $log_tree"
		}
	fi
	git -C "$wt" checkout -q -B "$branch"
	git -C "$wt" update-ref "refs/lab/$branch" "$branch"
	git -C "$wt" config "lab.$branch" "$(digest "$dir")"
}

# refresh TREE BRANCH START PATCHES: apply, if they are not what is there
refresh()
{
	[ "$(git -C "$1" config "lab.$2" || true)" != "$(digest "$4")" ] || return 0
	if unexported "$1" "$2"; then
		die "$1 has work on branch $2 that ${4#"$top"/} has not, and ${4#"$top"/} has changed too.
Keep the work:  git -C $1 stash; git -C $1 branch my-work $2
then drop it there:  git -C $1 checkout -q $2; git -C $1 reset --hard refs/lab/$2
and run this again."
	fi
	apply "$@"
}

series_tree()
{
	if [ -e "$tree/.git" ]; then
		want=$(wanted_base)
		if [ -n "$want" ] && [ "$want" != "$(git -C "$tree" config lab.base)" ]; then
			if unexported "$tree" hcid; then
				die "build/tree has unexported work and another base: 'make export' first"
			fi
			make_base
		fi
	else
		make_base
	fi
	if [ "$(git -C "$tree" config lab.hcid || true)" != "$(digest "$top/patches")" ]; then
		refresh "$tree" hcid base "$top/patches"
		restore_description
	fi
}

demo_tree()
{
	wt=$(tree_of N+1)
	if [ ! -e "$wt/.git" ]; then
		git -C "$tree" worktree prune
		git -C "$tree" update-ref -d refs/lab/demo
		git -C "$tree" config --unset lab.demo || true
		git -C "$tree" worktree add -q -f --detach "$wt" hcid
	fi
	refresh "$wt" demo hcid "$top/patches/demo"
	# The series moved on below the demo: carry the demo's commits over.
	if ! git -C "$tree" merge-base --is-ancestor hcid demo; then
		if [ -n "$(git -C "$wt" status --porcelain --untracked-files=no)" ] || unexported "$wt" demo; then
			git -C "$wt" rebase -q --onto hcid "$(git -C "$wt" config lab.demobase)" demo ||
				die "branch demo does not rebase onto hcid: finish it in $wt"
		else
			apply "$wt" demo hcid "$top/patches/demo"
		fi
	fi
	git -C "$wt" config lab.demobase "$(git -C "$tree" rev-parse hcid)"
}

series_tree
for k in "${@:-N}"; do
	wt=$(tree_of "$k")
	case $k in
	N)
		;;
	O)
		if [ ! -e "$wt/.git" ]; then
			git -C "$tree" worktree prune
			rm -rf "$wt"
			git -C "$tree" worktree add -q -f --detach "$wt" base
		elif [ "$(git -C "$wt" rev-parse HEAD)" != "$(git -C "$tree" rev-parse base)" ]; then
			git -C "$wt" checkout -q --detach base
		fi
		;;
	N+1)
		demo_tree
		;;
	*)
		[ -n "$(field "$k" 1)" ] || die "no kernel $k in tools/lab/kernels"
		if [ ! -e "$wt" ]; then
			fetch_base "$k"
			say "kernel $k: ${deb##*/}, unpacking"
			rm -rf "$wt.new"
			unpack "$deb" "$wt.new"
			mv "$wt.new" "$wt"
		fi
		;;
	esac
done
clear_progress
