#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tree.sh KERNEL...: make or refresh the source trees of the given kernels, and of
# those that they come from.
#
# The tree of a kernel with a source package is a git repository, those of the
# kernels that come from it are working trees of it: see lib.sh here for its
# branches. build/tree, the product's, is the one to work in.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/series/lib.sh"
lock_build
git_identity

log_tree=$log/tree.log

# All files of the base have one date, so that a copy of what was compiled from
# them stays good for another tree: see build/kernel.sh.
same_date()	# TREE
{
	(cd "$1" && git ls-files -z | xargs -0 touch -h -d '2000-01-01 00:00:00 UTC')
}

# am TREE FOLDER [--3way]: apply its patches to what is checked out. If one does not apply,
# git am is left where it stands.
am()
{
	# shellcheck disable=SC2046 # a list of files
	set -- "$1" "${3:---no-3way}" $(patches_in "$top/$2")
	am_tree=$1
	shift
	[ $# -gt 1 ] || return 0
	git -C "$am_tree" -c commit.gpgSign=false am --committer-date-is-author-date \
		"$@" >"$log_tree" 2>&1
}

# The same, or nothing of it
am_all()	# TREE FOLDER
{
	am "$1" "$2" || {
		git -C "$1" am --abort
		return 1
	}
}

# from_kdir TREE: is its base a tree of somebody's? There a patch may have to be adapted.
from_kdir()
{
	case $(git -C "$1" config lab.base) in
	/*) return 0 ;;
	esac
	return 1
}

# say_conflict TREE FOLDER: which of its patches git am has stopped at, and where; and end.
# A patch that git could not merge is applied as far as it goes.
say_conflict()
{
	gitdir=$(git_dir "$1")
	read -r n <"$gitdir/rebase-apply/next"
	read -r last <"$gitdir/rebase-apply/last"
	if ! dirty "$1"; then
		git -C "$1" ls-files -o -z -- '*.rej' | (cd "$1" && xargs -0 rm -f)
		git -C "$1" am --show-current-patch=diff | git -C "$1" apply --reject >"$log/reject.log" 2>&1 || true
	fi
	(
		cd "$1"
		git diff --name-only --diff-filter=U | sort -u | while read -r f; do
			lines=$(grep -n '^<<<<<<< ' "$f" | cut -d: -f1 | paste -s -d ,) || true
			echo "  $f${lines:+:$lines}: a conflict"
		done
		git ls-files -o -- '*.rej' | while read -r f; do
			echo "  ${f%.rej}:$(sed -n 's/^@@ -\([0-9]*\).*/\1/p' "$f" | paste -s -d ,): does not apply, see $f"
		done
	) >&2
	die "$(patches_in "$2" | sed -n "${n}s,$top/,,p") does not apply (patch $n of $last).
In $1, mend it, 'git add' what it changes, and 'git am --continue': then run this again. 'git am --abort' gives up."
}

# leave_conflict TREE BRANCH START FOLDER: git am has stopped in a tree of somebody's. Leave it
# so, with a note for take_up(); and end
leave_conflict()
{
	echo "$2 $(rev "$1" "$3") $4" >"$(git_dir "$1")/lab-am"
	end "$1"
	say_conflict "$1" "$top/$4"
}

# While the files of a tree are made or changed, a mark says so. If it is found, that was
# stopped halfway, and the tree had nothing that was not committed: back to this.
begin()	# TREE
{
	now=$(under_way "$1")
	[ -z "$now" ] || die "in $1 $now is under way: finish it, or abort it"
	touch "$(git_dir "$1")/lab-began"
}

end()	# TREE
{
	rm -f "$(git_dir "$1")/lab-began"
}

undo_half()	# KERNEL: and then no branch is checked out
{
	t=$(tree_of "$1")
	gitdir=$(git_dir "$t")
	rm -rf "$gitdir/index.lock" "$gitdir/rebase-apply"
	git -C "$t" diff HEAD >"$log/stopped-$1.diff"
	[ ! -s "$log/stopped-$1.diff" ] ||
		say "$t: undoing what was stopped halfway, see $log/stopped-$1.diff"
	git -C "$t" reset -q --hard
	# Files that a patch was about to add
	for f in $(folders_of "$1"); do
		cat "$top/$f"/[0-9]*.patch
	done | sed -n 's,^+++ b/,,p' | sort -u | (cd "$t" && while read -r f; do
		git ls-files --error-unmatch "$f" >/dev/null 2>&1 || rm -f "$f"
	done)
}

# Make a repository of what is in a folder, with everything in one commit.
init_repository()	# FOLDER NAME KERNEL
{
	if [ ! -e "$1/.git" ]; then
		git -C "$1" init -q
		git -C "$1" config core.looseCompression 0
		git -C "$1" add -f -A
		GIT_AUTHOR_DATE='2000-01-01T00:00:00Z' GIT_COMMITTER_DATE='2000-01-01T00:00:00Z' \
			git -C "$1" commit -q --no-verify -m "$2"
	fi
	git -C "$1" tag -f "$3" >/dev/null
	git -C "$1" -c advice.detachedHead=false checkout -q --detach "$3"
	git -C "$1" config user.name "$GIT_AUTHOR_NAME"
	git -C "$1" config user.email "$GIT_AUTHOR_EMAIL"
	# A rebase at the top of the stack takes the branches below along.
	git -C "$1" config rebase.updateRefs true
	git -C "$1" config gc.auto 0
	# The index is copied with the files, whose inodes and ctimes are not the same.
	git -C "$1" config core.checkStat minimal
	git -C "$1" config core.trustctime false
	git -C "$1" config lab.base "$2"
	same_date "$1"
	git -C "$1" update-index -q --refresh || true
}

# with_patches TREE KERNEL FOLDER: patches that the base needs before the product's apply.
# They are a part of the base: its tag moves onto them.
with_patches()
{
	am_all "$1" "$3" || return
	git -C "$1" tag -f "$2" >/dev/null
	git -C "$1" config lab.patches "$3 $(digest "$top/$3")"
	same_date "$1"
	git -C "$1" update-index -q --refresh || true
}

# Do the product's patches apply to a base?
carries_product()	# TREE KERNEL
{
	for f in $(for k in $(lineage "$product"); do folders_of "$k"; done); do
		am_all "$1" "$f" || return
	done
	git -C "$1" checkout -q --detach "$2" && same_date "$1"
}

# What KDIR is; empty without one, when the base that is there will do
wanted_base()
{
	[ -z "$KDIR" ] || echo "$KDIR $(kdir_head)"
}

# What is checked out there; empty if it is no repository, whatever it lies in
kdir_head()
{
	[ ! -e "$KDIR/.git" ] || git -C "$KDIR" rev-parse -q --verify HEAD
}

base_of_kdir()	# KERNEL FOLDER
{
	[ -e "$KDIR/arch/arm64/kvm/arm.c" ] || die "KDIR=$KDIR is no kernel tree"
	if [ -n "$(kdir_head)" ]; then
		say "$1: the commit checked out in $KDIR$(! dirty "$KDIR" || echo ", without what is not committed there")"
		git -c advice.detachedHead=false clone -q --no-tags "$KDIR" "$2"
	else
		say "$1: a copy of $KDIR"
		cp -a "$KDIR" "$2"
	fi
	init_repository "$2" "$(wanted_base)" "$1"
	give_preimages "$2"
}

# give_preimages TREE: the files as the patches expect them, which the tree that was the base
# has. With them git am merges into a tree that has no history, or another one.
give_preimages()
{
	old=$(tree_of "$root")
	[ -e "$old/.git" ] || return 0
	cat "$top"/patches/*/[0-9]*.patch | sed -n 's/^index \([0-9a-f]*\)\.\..*/\1/p' | sort -u |
		git -C "$old" cat-file --batch-check='%(objectname)' | sed '/ /d' |
		git -C "$old" pack-objects -q --stdout | git -C "$1" unpack-objects -q
}

# The first package of the table that can be had, and to which the patches apply
base_of_package()	# KERNEL FOLDER
{
	tried=
	for spec in $(field "$1" from | tr , ' '); do
		spec=${spec#*:}
		needs=
		case $spec in
		*+*) needs=${spec#*+} ;;
		esac
		spec=${spec%%+*}
		progress "$1: fetching ${spec%@*}"
		rm -rf "$2"
		status=0
		name=$("$lab/deb/source.sh" "$spec" "$2" 2>"$log/source.err") || status=$?
		if [ "$status" = 3 ]; then
			tried="$tried; $spec is not to be had"
			continue
		elif [ "$status" != 0 ]; then
			rm -rf "$2"
			die "$spec: $(tail -n 1 "$log/source.err")"
		fi
		progress "$1: $name"
		init_repository "$2" "$name" "$1"
		if { [ -z "$needs" ] || with_patches "$2" "$1" "$needs"; } &&
				{ [ "$1" != "$root" ] || carries_product "$2" "$1"; }; then
			say "$1: $name${needs:+ with $needs}${tried:+ (${tried#; })}"
			return
		fi
		tried="$tried; ${log_tree#"$top"/} says what does not apply to $name"
	done
	rm -rf "$2"
	die "no source for kernel $1: ${tried#; }. Pass KDIR=/path/to/a/kernel/tree"
}

ensure_root()	# KERNEL
{
	tree=$(tree_of "$1")
	if [ -e "$tree/.git" ]; then
		want=$(wanted_base)
		is=$(git -C "$tree" config lab.base || true)
		needs=$(git -C "$tree" config lab.patches || true)
		[ -z "$needs" ] || [ "$needs" = "${needs% *} $(digest "$top/${needs% *}")" ] ||
			say "$1: ${needs% *} has changed since, 'make clean ALL=1' takes it up"
		if [ "$1" != "$root" ] || [ -z "$want" ] || [ "$want" = "$is" ]; then
			case $want$is in
			/*) [ -n "$want" ] || say "$1: still the commit checked out in KDIR=${is% *}; 'make clean ALL=1' goes back to Debian's" ;;
			esac
			[ "$1" != "$root" ] || [ -z "$needs" ] || say "$1: $is with ${needs% *}"
			return
		fi
		work=$(unexported)
		[ -z "$work" ] || die "$work: not in any patch, and another base is wanted: 'make export', or keep it elsewhere"
	fi
	# Nobody loses a tree that has lost its repository
	for k in $(kernels); do
		[ "$(root_of "$k")" != "$1" ] || is_whole "$k" || true
	done
	mkdir -p "${tree%/*}"
	rm -rf "$tree.new"
	if [ -n "$KDIR" ] && [ "$1" = "$root" ]; then
		base_of_kdir "$1" "$tree.new"
	else
		base_of_package "$1" "$tree.new"
	fi
	# What others have compiled from another base is of no use; what they are linked to
	# goes last
	for k in $(kernels); do
		if [ "$(root_of "$k")" = "$1" ]; then
			[ "$k" = "$1" ] || discard "$(tree_of "$k")"
			discard "$(obj_of "$k")" "$BUILD/$k/lint" "$BUILD/$k+"*
		fi
	done
	discard "$tree"
	mv "$tree.new" "$tree"
}

# A working tree whose files are those of the base, dates included. It gets its index when
# all of it is there: see is_whole().
add_worktree()	# KERNEL ROOT
{
	wt=$(tree_of "$1")
	repo=$(tree_of "$2")
	rm -rf "$wt"
	git -C "$repo" worktree prune
	git -C "$repo" worktree add -q -f --no-checkout --detach "$wt" "$2"
	(cd "$repo" && tar -c --exclude=./.git .) | tar -x -C "$wt"
	begin "$wt"
	gitdir=$(git_dir "$wt")
	cp "$repo/.git/index" "$gitdir/index.new"
	mv "$gitdir/index.new" "$gitdir/index"
}

# Subject and body of the cover letter become the branch's description.
restore_description()	# TREE BRANCH FOLDER
{
	cover=$top/$3/0000-cover-letter.patch
	if [ ! -e "$cover" ]; then
		git -C "$1" config --unset "branch.$2.description" || true
		return
	fi
	subject=$(git -C "$1" mailinfo /dev/null /dev/null <"$cover" | sed -n 's/^Subject: //p')
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
	git -C "$1" config "branch.$2.description" "$subject

$body
"
}

# dates TREE BASE: of the files in which it differs from the base, with what is in them
dates()
{
	git -C "$1" diff --name-only --diff-filter=d "$2" | (cd "$1" && while read -r f; do
		echo "$(git hash-object "$f") $(stat -c %.Y "$f") $f"
	done)
}

# What was only put back is not new to make.
restore_dates()	# TREE, stdin: what dates() said
{
	(cd "$1" && while read -r hash date f; do
		[ ! -f "$f" ] || [ "$(git hash-object "$f")" != "$hash" ] || touch -d "@$date" "$f"
	done)
}

# take_up TREE: what has been made of patches that did not apply, by git am --continue, is
# the branch now; no folder has it before it is exported
take_up()
{
	note=$(git_dir "$1")/lab-am
	[ -e "$note" ] || return 0
	read -r b start folder <"$note"
	[ "$(under_way "$1")" != "'git am'" ] || say_conflict "$1" "$top/$folder"
	rm -f "$note"
	if git -C "$1" symbolic-ref -q HEAD >/dev/null || [ "$(rev "$1" HEAD)" = "$start" ] ||
			! git -C "$1" merge-base --is-ancestor "$start" HEAD; then
		return 0
	fi
	printf "update %s\n" "refs/heads/$b $(rev "$1" HEAD)" "refs/lab/$b $start" |
		git -C "$1" update-ref --stdin
	git -C "$1" config "lab.$b.digest" "$(digest "$top/$folder")"
	git -C "$1" config "lab.$b.start" "$start"
	git -C "$1" checkout -q "$b"
	restore_description "$1" "$b" "$folder"
	say "branch $b: $(git -C "$1" rev-list --count "$start..$b") of $(patches_in "$top/$folder" | wc -l) patches of $folder, some of them adapted: not exported yet"
}

# The branches of a kernel, as its folders have them now
ensure_branches()	# KERNEL
{
	wt=$(tree_of "$1")
	last=
	anew=	# a branch further down has been made anew
	back=	# to its branch
	if [ -e "$(git_dir "$wt")/lab-began" ]; then
		undo_half "$1"
		back=1
	fi
	take_up "$wt"
	dates "$wt" "$(root_of "$1")" >"$log/dates"
	stack "$1" >"$log/stack"
	while read -r b start folder; do
		last=$b
		if [ -z "$anew" ] && [ -n "$(rev "$wt" "refs/heads/$b")" ] &&
				[ "$(git -C "$wt" config "lab.$b.digest" || true)" = "$(digest "$top/$folder")" ]; then
			restack "$wt" "$b" "$start" "$folder"
			continue
		fi
		if dirty "$wt" || { [ -n "$(rev "$wt" "refs/heads/$b")" ] && ! in_step "$wt" "$b"; }; then
			die "$wt has work on branch $b that $folder has not, and what is below it has changed too.
Keep the work:  git -C $wt stash; git -C $wt branch my-work $b
then drop it there:  git -C $wt checkout -q $b; git -C $wt reset --hard refs/lab/$b
and run this again."
		fi
		[ -n "$anew" ] || begin "$wt"
		anew=1
		git -C "$wt" checkout -q --detach "$start"
		if from_kdir "$wt"; then
			am "$wt" "$folder" --3way || leave_conflict "$wt" "$b" "$start" "$folder"
		else
			am_all "$wt" "$folder"
		fi || {
			grep -E '^(error|fatal|Patch failed)' "$log_tree" >&2 || tail -n 20 "$log_tree" >&2
			[ -z "$(rev "$wt" "refs/heads/$b")" ] || git -C "$wt" checkout -q "$b"
			end "$wt"
			die "a patch of $folder does not apply, see $log_tree"
		}
		note_step "$wt" "$b" "$start" "$folder" HEAD
		git -C "$wt" checkout -q "$b"
		restore_description "$wt" "$b" "$folder"
		say "branch $b: $start + $(patches_in "$top/$folder" | wc -l) patches"
	done <"$log/stack"
	if [ "$(field "$1" role)" = part ]; then
		# Work on the branch is done elsewhere.
		git -C "$wt" checkout -q --detach "$last"
	elif [ -n "$anew$back" ] && [ -n "$last" ]; then
		git -C "$wt" checkout -q "$last"
	fi
	end "$wt"
	restore_dates "$wt" <"$log/dates"
}

if [ -n "$KDIR" ]; then
	KDIR=$(cd "$top" && realpath -m "$KDIR")
	case $KDIR/ in
	"$BUILD"/*) die "KDIR=$KDIR is the lab's own" ;;
	esac
fi
ln -sfn "$product/tree" "$BUILD/tree"
for wanted in "${@:-$product}"; do
	case $(field "$(root_of "$wanted")" from) in
	source:*|binary:*) ;;
	*) die "tools/lab/tables/kernels does not say what kernel $wanted comes from" ;;
	esac
	for k in $(lineage "$wanted"); do
		is_binary "$k" && continue
		case $(field "$k" from) in
		source:*)
			ensure_root "$k"
			;;
		*)
			is_whole "$k" || add_worktree "$k" "$(root_of "$k")"
			ensure_branches "$k"
			;;
		esac
	done
done
if is_whole "$product" && [ "$(rev "$BUILD/tree" HEAD)" != "$(rev "$BUILD/tree" "$(tip_of "$product")")" ]; then
	say "build/tree has not branch $(tip_of "$product") checked out, but $(checked_out "$BUILD/tree"): that is built"
fi
clear_progress
