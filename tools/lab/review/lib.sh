# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2154 # what study/review.sh sets
#
# What the checks of single patches share. study/review.sh starts each in the root of its
# lane's working tree, which has the patch, and sets
#
#	check		its name
#	patch		BRANCH/NUMBER of the patch
#	file		the patch as patches/ has it
#	commit before	the patch in the tree, and what it is on
#	top_commit	the last patch of all
#	work		a folder that the check keeps from patch to patch
#
# What a script prints is the check's log. It ends with 0 if there is nothing to complain of,
# with 4 if it can't check this patch here: its last line says why.

# at COMMIT: have that in the working tree; files that do not differ keep their dates
at()
{
	[ "$(git rev-parse HEAD)" = "$(git rev-parse "$1")" ] || git checkout -q --detach "$1"
}

# changed PATHSPEC...: the files that the patch changes or adds there
changed()
{
	git diff-tree -r --name-only --diff-filter=d "$before" "$commit" -- "$@"
}

# need PROGRAM...: or the check can't be done here
need()
{
	for p; do
		command -v "$p" >/dev/null || { echo "no $p here"; exit 4; }
	done
}

# keep COMMAND...: if the check has changed since, or the base, what it kept is of no use
keep()
{
	stamp="$* $(git rev-parse "$root^{tree}")"
	[ "$stamp" = "$(cat "$work/stamp" 2>/dev/null)" ] || rm -rf "$work"
	mkdir -p "$work"
	echo "$stamp" >"$work/stamp"
}

# complaints LOG: of compilers, sparse, the linker and Sphinx, with paths from the tree
complaints()
{
	sed "s,^\(\.\./\)*$PWD/,,; s,^$PWD/,," "$1" | grep -E '(: |^)(fatal )?([Ww]arning|[Ee]rror|WARNING|ERROR):|: undefined reference' | sort -u || true
}

# judge_new BASE NOW: what is new in a list of complaints, told
judge_new()
{
	awk -f "$lab/lint/new.awk" base="$1" "$2" >"$work/new"
	[ -s "$work/new" ] || return 0
	cat "$work/new"
	return 1
}

# step COMMAND: run it on the base (once, complaints in $work/base), then on $before, then on
# the patch. make skips what is made already. Fails with new complaints.
step()
{
	if [ ! -e "$work/base" ]; then
		at "$root"
		"$1" >"$work/log.base" 2>&1 || {
			tail -n 20 "$work/log.base"
			echo "it fails on the base"
			return 1
		}
		complaints "$work/log.base" >"$work/base"
		git rev-parse "$root" >"$work/made"
	fi
	if [ "$(cat "$work/made")" != "$before" ]; then
		at "$before"
		# The patch before has its own verdict
		"$1" >"$work/log.before" 2>&1 || true
	fi
	at "$commit"
	echo stopped >"$work/made"
	status=0
	"$1" >"$work/log" 2>&1 || status=$?
	complaints "$work/log" >"$work/now"
	if [ "$status" != 0 ]; then
		tail -n 30 "$work/log"
		grep -m 1 -E 'error:|Error ' "$work/log" || echo "it fails"
		return 1
	fi
	echo "$commit" >"$work/made"
	judge_new "$work/base" "$work/now"
}
