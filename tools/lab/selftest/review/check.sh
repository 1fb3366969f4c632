# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # lab is the runner's
#
# For the cases here that let a check look at patches of a toy

export GIT_CONFIG_GLOBAL="$lab/gitconfig" GIT_CONFIG_SYSTEM=/dev/null LAB_START=0 LAB_PID=$$
export lab root=base top_commit=HEAD work="$BUILD/work" patch=toy/0001 file="$BUILD/mail"
mkdir -p "$work" "$BUILD/tree"
cd "$BUILD/tree" || exit
git init -q -b toy .
git config user.name Toy
git config user.email toy@localhost

# commit MESSAGE: all that is there
commit()
{
	git add -A
	git commit -q -m "$1"
}

# check COMMIT SCRIPT...: how it ends, and its last line
check()
{
	commit=$(git rev-parse "$1")
	before=$(git rev-parse "$1~1")
	export commit before
	shift
	git checkout -q --detach "$commit"
	status=0
	PATH=$lab/review:$PATH "$@" >"$BUILD/out" 2>&1 </dev/null || status=$?
	echo "$(git log -1 --format=%s "$commit"): $status $(tail -n 1 "$BUILD/out")"
}
