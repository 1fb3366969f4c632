# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What every script of the lab shares: paths, messages, the table of kernels.
# A script sources it with $lab set to tools/lab.

set -eu

lab=$(CDPATH='' cd "${lab:?}" && pwd -P)
top=$(CDPATH='' cd "$lab/../.." && pwd -P)

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

# Is a terminal that can move its cursor looking on?
watched()
{
	[ -t 1 ] && [ "${TERM:-dumb}" != dumb ]
}

# A line that changes in place, cut to the terminal's width; nothing if none looks on
progress()
{
	watched || return 0
	{ size=$(stty size <&3 2>/dev/null) || size='24 80'; } 3>&1
	printf '\r\033[K%.*s' "$((${size#* } - 1))" "[$(elapsed)] $*"
}

clear_progress()
{
	! watched || printf '\r\033[K'
}

# numbers LEAST TEXT...: is each a number, and at least that?
numbers()
{
	least=$1
	shift
	for text; do
		case $text in
		'' | *[!0-9]*) return 1 ;;
		esac
		[ "$text" -ge "$least" ] || return 1
	done
}

# Where a run begins, all that the caller's environment holds for others is dropped: the
# variables of git's hooks and of the kernel's makefiles, a locale, CDPATH. What decides
# is in "make help" and in README.md. The scripts that this one starts inherit the rest.
if [ -z "${LAB_START:-}" ]; then
	for v in $(env -0 | tr '\n\0' ' \n' | LC_ALL=C sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p'); do
		case $v in
		PATH|PWD|HOME|XDG_CONFIG_HOME|USER|LOGNAME|SHELL|SHELLOPTS|BASHOPTS|TERM|TMPDIR|TZ|LD_*|SSL_*|APT_CONFIG|*_proxy|*_PROXY) ;;
		BUILD|JOBS|BOOTS|V|KDIR|CROSS_COMPILE|FUZZ_TIME|FORCE|SAVE|QEMU|KERNELS|UPDATE|lab|top) ;;
		*) unset "$v" ;;
		esac
	done
	LC_ALL=C.UTF-8 GIT_CONFIG_GLOBAL=$lab/gitconfig GIT_CONFIG_SYSTEM=/dev/null
	export LC_ALL GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM

	BUILD=$(cd "$top" && realpath -m "${BUILD:-build}")
	odd=$(printf %s "$top$BUILD" | LC_ALL=C tr -d 'A-Za-z0-9/._+@~\200-\377-' | tr '\n' ' ')
	[ -z "$odd" ] || die "make or QEMU would stumble over '$odd' in $top or $BUILD: take other names"
	# A folder of the lab's own is tagged as backups know it: bford.info/cachedir
	if [ ! -e "$BUILD" ] || [ -z "$(ls -A "$BUILD")" ]; then
		mkdir -p "$BUILD"
		printf 'Signature: 8a477f597d28d172789f06886806bc55\n# made by tools/lab\n' >"$BUILD/CACHEDIR.TAG"
	fi
	grep -qs '^# made by tools/lab' "$BUILD/CACHEDIR.TAG" ||
		die "$BUILD is not empty, and was not made by the lab: BUILD=DIR takes another folder"
	# The clock starts with the first script of a run, and pool.sh ends with it.
	LAB_START=$(date +%s)
	LAB_PID=$$
fi
# Whoever began all this has been killed: nobody reads what comes of it
kill -0 "${LAB_PID:-$$}" 2>/dev/null || exit 130

JOBS=${JOBS:-$(nproc)}
BOOTS=${BOOTS:-$(nproc)}
numbers 1 "$JOBS" "$BOOTS" || die "JOBS and BOOTS are numbers from 1 on"
V=${V:-0}
KDIR=${KDIR:-}
CROSS_COMPILE=${CROSS_COMPILE:-aarch64-linux-gnu-}
log=$BUILD/log
share=$BUILD/share	# what every host sees as /lab
export BUILD JOBS BOOTS V KDIR LAB_START LAB_PID
mkdir -p "$log" "$share"

# Two that write to the build folder at a time would write over each other. The
# scripts that the owner of the lock starts go on under it.
lock_build()
{
	[ "${LAB_LOCKED:-}" != "$BUILD" ] || return 0
	exec 9>>"$BUILD/lock"
	flock -n 9 || { say "waiting for $(cat "$BUILD/lock"), which is at work in $BUILD"; flock 9; }
	echo "${0##*/} (process $$)" >"$BUILD/lock"
	LAB_LOCKED=$BUILD
	export LAB_LOCKED
}

# rows TABLE: without comments and empty lines
rows()
{
	awk '!/^[ \t]*(#|$)/' "$lab/tables/$1"
}

# in_table TABLE COLUMN NAME [VALUE]: what the table says there of what is called so; or,
# without a name, the names of those of which it says that. Columns have their names in the
# last line before the rows, and tabs between.
in_table()
{
	awk -F '\t+' -v column="$2" -v name="$3" -v value="${4:-}" '
		/^[ \t]*(#|$)/ {
			if (!rows && NF > 1 && sub(/^# /, ""))
				for (i = c = 0; i++ < NF; )
					c = $i == column ? i : c
			next
		}
		!rows++ && !c { exit 1 }
		name == "" ? $c == value : $1 == name { print name == "" ? $1 : $c }' "$lab/tables/$1" ||
		die "tools/lab/tables/$1 has no column $2"
}

entry() { in_table "$1" "$3" "$2"; }	# TABLE NAME COLUMN
with() { in_table "$1" "$2" "" "$3"; }	# TABLE COLUMN VALUE

# excuses KIND: "WHAT DETAIL REASON" of that kind in the table of excuses, with tabs
excuses()
{
	awk -F '\t' -v kind="$1" '$1 == kind' "$lab/tables/excuses" | cut -f2-
}

names() { rows "$1" | awk '{ print $1 }'; }	# TABLE
kernels() { names kernels; }
kernels_but() { kernels | grep -vxF "$(with kernels role "$1")"; }	# ROLE
kernel_with() { with kernels role "$1" | head -n 1; }	# ROLE

# A kernel of the table can be built with another configuration: KERNEL+NAME has that
# of build/NAME.config on top, and sources and selftests of KERNEL.
plain() { echo "${1%%+*}"; }	# KERNEL[+NAME...]

# field KERNEL role|from|patches
field() { entry kernels "$(plain "$1")" "$2"; }

is_binary()	# KERNEL
{
	case $(field "$1" from) in
	binary:*) return 0 ;;
	*) return 1 ;;
	esac
}

# kernels_in COLUMN: those that stdin names there, in the order of the table; one with
# other configurations comes with the plain one, whose selftests it runs
kernels_in()
{
	awk -v c="$1" -v kernels="$(kernels | tr '\n' ' ')" '
		{ k = $c; sub(/\+.*/, "", k); want[k]; if (k != $c && !seen[$c]++) more[k] = more[k] " " $c }
		END {
			n = split(kernels, in_order, " ")
			for (i = 1; i <= n; i++)
				if (in_order[i] in want)
					print in_order[i] more[in_order[i]]
		}'
}

# lineage KERNEL: the kernels that it comes from, the first one first, and itself
lineage()
{
	awk -v k="${1%%+*}" '
		!/^[ \t]*(#|$)/ { from[$1] = $3 }
		END {
			while (k in from && !(k in seen)) {
				seen[k]
				out = k " " out
				k = from[k]
			}
			print out
		}' "$lab/tables/kernels"
}

root_of()	# KERNEL: the one whose source it is built from
{
	line=$(lineage "$1")
	echo "${line%% *}"
}

# The folders of a kernel: sources, build products, installed selftests.
tree_of() { echo "$BUILD/${1%%+*}/tree"; }
obj_of() { echo "$BUILD/$1/obj"; }
tests_of() { echo "$BUILD/${1%%+*}/tests"; }

image_of()	# KERNEL
{
	if is_binary "$1"; then
		echo "$BUILD/$1/Image"
	else
		echo "$(obj_of "$1")/arch/arm64/boot/Image"
	fi
}

# What a kernel as shipped has to load before it sees this machine's folders
modules_of() { echo "$BUILD/$1/modules.cpio"; }

# run_logged LOG COMMAND...: its output goes to the log; V=1 shows it too. In a list or a
# condition, errexit is off in a function: run that in the background, and wait for it.
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

# verdict PART pass|fail|skip WHAT [WHY]: a line of the report. Each part of a
# check begins with new_verdicts PART, and leaves its lines in build/verdict/PART.
verdict()
{
	printf '%s\t%s\t%s\n' "$2" "$3" "${4:-}" >>"$BUILD/verdict/$1"
}

new_verdicts()	# PART [SOME]: some of it only, which is no verdict for make check FAILED=1
{
	mkdir -p "$BUILD/verdict"
	[ -z "${2:-}" ] || rm -f "$BUILD/verdict/.tier"
	: >"$BUILD/verdict/$1"
}

# What a kernel says on its console when something is wrong with it
# shellcheck disable=SC2034 # for those who read consoles
splats='WARNING: |BUG: |Oops|KASAN|UBSAN|possible .* detected|suspicious RCU|Internal error|Unable to handle|Kernel panic|rcu: INFO|blocked for more|hyp panic|refcount_t:|list_(add|del) corruption|sleeping function called|INFO: trying to register|kmemleak: ([0-9]+ new|.* disabled)'
