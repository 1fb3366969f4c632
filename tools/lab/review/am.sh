#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# am.sh: "git am" of the patch that patches/ has, on the one before, makes what the branch
# has, and its message is that of the commit.
#
# shellcheck disable=SC2154 # what study/review.sh sets

. "$lab/lib.sh"
. "$lab/series/lib.sh"
. "$lab/review/lib.sh"
git_identity

at "$before"
git -c commit.gpgSign=false am -q --no-3way --committer-date-is-author-date "$file" || {
	git am --abort
	echo "it does not apply"
	exit 1
}
git diff --stat --exit-code HEAD "$commit" || { echo "git am makes another tree than branch ${patch%/*} has"; exit 1; }
[ "$(git log -1 --format=%B HEAD)" = "$(git log -1 --format=%B "$commit")" ] || { echo "its message is not that of branch ${patch%/*}"; exit 1; }
