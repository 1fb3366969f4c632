# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What every script of the lab shares: paths, messages, the table of kernels.
# A script sources it with $lab set to this folder.

set -eu

: "${lab:?}"

top=$(cd "$lab/../.." && pwd -P)
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$top/$BUILD ;;
esac
JOBS=${JOBS:-$(nproc)}
V=${V:-0}
KDIR=${KDIR:-}
CROSS_COMPILE=${CROSS_COMPILE:-aarch64-linux-gnu-}
log=$BUILD/log
mkdir -p "$log"

# "make check BUILD=DIR" would hand BUILD down to the kernel's makefiles, where it
# is the name of something else.
unset MAKEFLAGS MFLAGS

# The clock starts with the first script of a run.
LAB_START=${LAB_START:-$(date +%s)}
export LAB_START

elapsed()
{
	s=$(($(date +%s) - LAB_START))
	printf '%3d:%02d' $((s / 60)) $((s % 60))
}

say()
{
	clear_progress
	printf '[%s] %s\n' "$(elapsed)" "$*"
}

die()
{
	clear_progress >&2
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# A line that changes in place while a terminal looks on; nothing otherwise.
progress()
{
	[ -t 1 ] || return 0
	printf '\r\033[K[%s] %s' "$(elapsed)" "$*"
}

clear_progress()
{
	if [ -t 1 ]; then
		printf '\r\033[K'
	fi
}

# field KERNEL COLUMN: an entry of the table of kernels
field()
{
	awk -v k="$1" -v c="$2" '!/^#/ && $1 == k { print $c; exit }' "$lab/kernels"
}

# The folders of a kernel: sources, build products, installed selftests.
tree_of() { echo "$BUILD/$1/tree"; }
obj_of() { echo "$BUILD/$1/obj"; }
tests_of() { echo "$BUILD/$1/tests"; }

# run_logged LOG COMMAND...: its output goes to the log; V=1 shows it too
run_logged()
{
	out=$1
	shift
	mkdir -p "${out%/*}"
	if [ "$V" = 1 ]; then
		# The exit status of the command, not of tee.
		{ { "$@" 2>&1; echo $? >"$out.status"; } | tee "$out"; }
		status=$(cat "$out.status")
		rm -f "$out.status"
		return "$status"
	fi
	"$@" >"$out" 2>&1
}

# Kill the boots that are in $pids, and wait for them, whenever a script ends.
guard_boots()
{
	pids=
	trap 'stop_boots 130' INT TERM HUP
	trap 'stop_boots $?' EXIT
}

stop_boots()	# STATUS
{
	trap - EXIT INT TERM HUP
	clear_progress
	for p in $pids; do
		kill "$p" 2>/dev/null || true
	done
	wait
	exit "$1"
}

# All boots have ended by themselves.
boots_done()
{
	pids=
	trap - EXIT INT TERM HUP
	clear_progress
}

# What a kernel says on its console when something is wrong with it
# shellcheck disable=SC2034 # for those who read consoles
splats='WARNING: |BUG: |Oops|KASAN|UBSAN|possible .* detected|suspicious RCU|Internal error|Unable to handle|Kernel panic|rcu: INFO|blocked for more|hyp panic|refcount_t:|list_(add|del) corruption|sleeping function called'

# The patches of a folder, cover letter left out, in order.
patches_in()
{
	for p in "$1"/[0-9]*.patch; do
		case ${p##*/} in
		0000-*) ;;
		*) [ ! -e "$p" ] || echo "$p" ;;
		esac
	done
}

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

# digest FOLDER: changes whenever the patches in it do
digest()
{
	for p in "$1"/[0-9]*.patch; do
		[ ! -e "$p" ] || { echo "${p##*/}"; cat "$p"; }
	done | sha256sum | cut -d' ' -f1
}

# The files that a branch of build/tree adds to what it starts from.
added_by()
{
	git -C "$(tree_of N)" diff --no-renames --diff-filter=A --name-only "$1" "$2"
}

# Where copies of the files that the series adds lie in this repository.
export COPIES="arch Documentation include tools/arch tools/include tools/kvm tools/testing virt"

# The lines that a branch of build/tree adds to MAINTAINERS.
fragment()
{
	git -C "$(tree_of N)" diff base "$1" -- MAINTAINERS | sed -n '/^+++ /d; s/^+//p'
}
