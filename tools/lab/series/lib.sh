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
# What lies there and is no copy.
export OWN="Documentation/history"

# Work in build/tree must come out the same whoever does it: no personal git
# configuration but the name and address of this repository's.
plain_git()
{
	GIT_AUTHOR_NAME=$(git -C "$top" config user.name || echo "HCID lab")
	GIT_AUTHOR_EMAIL=$(git -C "$top" config user.email || echo "lab@localhost")
	GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
	GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
	GIT_CONFIG_GLOBAL=/dev/null
	GIT_CONFIG_SYSTEM=/dev/null
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME \
		GIT_COMMITTER_EMAIL GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM
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

note_step()	# TREE BRANCH START FOLDER: branch and folder are the same now
{
	git -C "$1" update-ref "refs/lab/$2" "refs/heads/$2"
	git -C "$1" config "lab.$2.digest" "$(digest "$top/$4")"
	git -C "$1" config "lab.$2.start" "$(rev "$1" "$3")"
}

# restack TREE BRANCH START FOLDER: carry a branch over to what the one below is now
restack()
{
	! git -C "$1" merge-base --is-ancestor "$3" "$2" || return 0
	! dirty "$1" || die "branch $2 has to move onto $3, and $1 has work that is not committed"
	was_in_step=0
	! in_step "$1" "$2" || was_in_step=1
	git -C "$1" rebase -q --no-update-refs --committer-date-is-author-date \
		--onto "$3" "$(git -C "$1" config "lab.$2.start")" "$2" ||
		die "branch $2 does not rebase onto $3: finish it in $1"
	say "branch $2: moved onto $3"
	[ "$was_in_step" = 0 ] || note_step "$@"
}

# unexported KERNEL: the first thing in its tree that no folder has, in words; empty if none
unexported()
{
	t=$(tree_of "$1")
	[ -e "$t/.git" ] || return 0
	for b in $(branches_of "$1"); do
		in_step "$t" "$b" || { echo "branch $b of $t"; return; }
	done
	others=$(for k in $(kernels); do branches_of "$k"; done | sed 's/^/--exclude=/')
	# shellcheck disable=SC2086 # options
	commit=$(git -C "$t" log -1 --format='%h ("%s")' HEAD $others --branches --not --glob=refs/lab --tags)
	if [ -n "$(git -C "$t" status --porcelain)" ]; then
		echo "changes in $t that are not committed"
	elif [ -n "$commit" ]; then
		echo "commit $commit of $t"
	elif [ -n "$(git -C "$t" stash list)" ]; then
		echo "what 'git stash' in $t has put aside"
	fi
}

# The files that the product adds, by the given ref, and its lines in MAINTAINERS.
added_by()	# REF
{
	git -C "$(tree_of "$product")" diff --no-renames --diff-filter=A --name-only "$root" "$1"
}

fragment()	# REF
{
	git -C "$(tree_of "$product")" diff "$root" "$1" -- MAINTAINERS | sed -n '/^+++ /d; s/^+//p'
}

product=$(kernel_with product)
root=$(root_of "$product")
