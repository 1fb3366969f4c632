# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the scripts around git share. Each folder of patches in the table of kernels
# is a branch, named as the folder, on top of the one before it:
#
#   branch B                  the commits of its folder
#   refs/lab/B                what B was when last in step with the folder: commits
#                             beyond it are unexported work
#   lab.B.digest, lab.B.start (git config) what the patches and the branch
#                             below were then
#   tag ROOT                  the base without any patch, ROOT being its kernel's name

: "${lab:?}" "${BUILD:?}" "${top:?}"

# Where copies of the files that the series adds lie in this repository.
export COPIES="arch Documentation include tools/arch tools/include tools/kvm tools/testing virt"

# Commits of the lab's have the name and address that this repository's have.
git_identity()
{
	GIT_AUTHOR_NAME=$(own user.name || echo "HCID lab")
	GIT_AUTHOR_EMAIL=$(own user.email || echo "lab@localhost")
	GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
	GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
}

own()	# VARIABLE, as whoever works here has configured git
{
	env -u GIT_CONFIG_GLOBAL -u GIT_CONFIG_SYSTEM git -C "$top" config "$1"
}

# patches_in FOLDER: in order, without the cover letter
patches_in()
{
	for p in "$1"/[0-9]*.patch; do
		case ${p##*/} in
		0000-*) ;;
		*) [ ! -e "$p" ] || echo "$p" ;;
		esac
	done
}

# digest FOLDER: changes whenever the patches in it do
digest()
{
	for p in "$1"/[0-9]*.patch; do
		[ ! -e "$p" ] || { echo "${p##*/}"; cat "$p"; }
	done | sha256sum | cut -d' ' -f1
}

folders_of()	# KERNEL
{
	field "$1" patches | sed 's/^-$//; s/,/ /g'
}

branches_of()	# KERNEL
{
	for f in $(folders_of "$1"); do
		echo "${f##*/}"
	done
}

# tip_of KERNEL: the ref of all that the table gives it
tip_of()
{
	tip=
	for k in $(lineage "$1"); do
		b=$(branches_of "$k" | tail -n 1)
		tip=${b:-${tip:-$k}}
	done
	echo "$tip"
}

# stack KERNEL: a line "BRANCH START FOLDER" for each of its folders
stack()
{
	start=$(tip_of "$(field "$1" from)")
	for f in $(folders_of "$1"); do
		echo "${f##*/} $start $f"
		start=${f##*/}
	done
}

rev()	# TREE REF: empty if there is none
{
	git -C "$1" rev-parse -q --verify "$2^{commit}" || true
}

in_step()	# TREE BRANCH: has it nothing that the folder lacks?
{
	[ "$(rev "$1" "refs/heads/$2")" = "$(rev "$1" "refs/lab/$2")" ]
}

dirty()	# TREE
{
	[ -n "$(git -C "$1" status --porcelain --untracked-files=no)" ]
}

# note_step TREE BRANCH START FOLDER [COMMIT]: branch, or it and this commit, and folder are
# the same now. All refs in one go: half of it would look like work. What was ever in step
# is no work, whoever has it checked out.
note_step()
{
	commit=$(rev "$1" "${5:-refs/heads/$2}")
	printf "update %s $commit\n" "refs/heads/$2" "refs/lab/$2" "refs/lab/was/$commit" |
		git -C "$1" update-ref --stdin
	git -C "$1" config "lab.$2.digest" "$(digest "$top/$4")"
	git -C "$1" config "lab.$2.start" "$(rev "$1" "$3")"
}

# restack TREE BRANCH START FOLDER: carry a branch over to what the one below is now
restack()
{
	! git -C "$1" merge-base --is-ancestor "$3" "$2" || return 0
	! dirty "$1" || die "branch $2 has to move onto $3, and $1 has work that is not committed"
	now=$(under_way "$1")
	[ -z "$now" ] || die "branch $2 has to move onto $3, and in $1 $now is under way: finish it, or abort it"
	was_in_step=0
	! in_step "$1" "$2" || was_in_step=1
	git -C "$1" rebase -q --no-update-refs --committer-date-is-author-date \
		--onto "$3" "$(git -C "$1" config "lab.$2.start")" "$2" ||
		die "branch $2 does not rebase onto $3: finish it in $1"
	say "branch $2: moved onto $3"
	[ "$was_in_step" = 0 ] || note_step "$@"
}

# What is half removed would look whole.
discard()	# PATH...
{
	for path; do
		rm -rf "$path.gone"
		[ ! -e "$path" ] || mv -T "$path" "$path.gone"
		rm -rf "$path.gone"
	done
}

# is_whole KERNEL: has it a tree, and did the script that made it come to its end? The
# index is the last that it made.
is_whole()
{
	[ -e "$(tree_of "$1")/.git" ] || return 1
	gitdir=$(git_dir "$(tree_of "$1")") || exit
	[ -e "$gitdir/index" ]
}

git_dir()	# TREE
{
	git -C "$1" rev-parse --absolute-git-dir 2>/dev/null ||
		die "$1 has lost its repository: keep what you need of it, and remove it"
}

# under_way TREE: what git has begun there and not finished, in words; empty if nothing
under_way()
{
	gitdir=$(git_dir "$1")
	if [ -e "$gitdir/rebase-apply/applying" ]; then
		echo "'git am'"
	elif [ -e "$gitdir/rebase-apply" ] || [ -e "$gitdir/rebase-merge" ]; then
		echo "'git rebase'"
	elif [ -e "$gitdir/MERGE_HEAD" ]; then
		echo "'git merge'"
	fi
}

# checked_out TREE: in words
checked_out()
{
	echo "$(git -C "$1" log -1 --format='%h ("%s")')$(under_way "$1" | sed "s/^/, while &/; s/\$/ is under way/")"
}

# unexported: the first thing in the trees that no folder has, in words; empty if none
unexported()
{
	for k in $(kernels); do
		! is_whole "$k" || for b in $(branches_of "$k"); do
			in_step "$(tree_of "$k")" "$b" || { echo "branch $b of $(tree_of "$k")"; return; }
		done
	done
	for k in $(kernels); do
		! is_whole "$k" || work_in "$(tree_of "$k")" "$(root_of "$k")"
	done | head -n 1
}

# Whatever a repository and its working trees hold on to counts, be it by a tag or a HEAD
# only; and so do files that git is told to ignore, unless programs have made them.
work_in()	# TREE ROOT
{
	[ -z "$(git -C "$1" status --porcelain --untracked-files=normal)" ] ||
		echo "changes in $1 that are not committed"
	git -C "$1" log -1 --format="commit %h (\"%s\") of $1" --exclude=refs/stash --all --not --glob=refs/lab --remotes "$2"
	git -C "$1" status --porcelain --untracked-files=all --ignored | sed -n 's/^!! //p' |
		grep -vE '\.(o|a|d|cmd|pyc)$|^\.checkpatch-camelcase\.' | (cd "$1" && xargs -r -d '\n' grep -lI '' --) |
		sed "s,.*,& in $1\, which git is told to ignore," || true
	[ -z "$(git -C "$1" stash list)" ] || echo "what 'git stash' in $1 has put aside"
}

# The files that the product adds, by the given ref, and its lines in MAINTAINERS.
added_by()	# REF
{
	git -C "$(tree_of "$product")" diff --no-renames --diff-filter=A --name-only "$root" "$1"
}

# What the series change in the kernel itself: without tools, tests and documents
kernel_diff()	# REF
{
	git -C "$(tree_of "$product")" -c core.abbrev=12 -c diff.algorithm=myers -c diff.renames=false \
		diff "$root" "$1" -- . ':!Documentation' ':!tools' ':!MAINTAINERS'
}

fragment()	# REF
{
	git -C "$(tree_of "$product")" diff "$root" "$1" -- MAINTAINERS | sed -n '/^+++ /d; s/^+//p'
}

product=$(kernel_with product)
root=$(root_of "$product")

# A build folder that was copied or moved: git would go on in the old one
for link in "$BUILD"/*/tree/.git; do
	[ -f "$link" ] || continue
	read -r _ gitdir <"$link"
	k=${link%/tree/.git}
	k=${k##*/}
	case $gitdir in
	"$BUILD"/*) continue ;;
	esac
	gitdir=$BUILD/$(root_of "$k")/tree/.git/worktrees/${gitdir##*/}
	if [ -d "$gitdir" ]; then
		echo "gitdir: $gitdir" >"$link"
		echo "$link" >"$gitdir/gitdir"
	fi
done
