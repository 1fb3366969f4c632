#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh TIER: what "make check" does, from nothing to the verdict: plan all of it, build
# what the plans need, boot all of it side by side, and judge each part.
# check.sh failed TIER: the parts of the last one that failed, or that it did not come to;
# what the others have said stays.
# check.sh list TIER: print what it would run. check.sh last: the last verdict again.

lab=$(dirname "$0")
. "$lab/lib.sh"

list='' failed=''
case $1 in
failed)
	failed=1
	shift
	;;
list)
	list=1
	shift
	# What has run stays
	BUILD=$BUILD/list
	mkdir -p "$BUILD"
	;;
last)
	exec "$lab/report.sh" again
	;;
esac
tier=$1
case $tier in
default|full) studies="bench matrix linux-guest tests" ;;
debug) studies="tests matrix" ;;
modes|coverage) studies=tests ;;
*) die "the tier is default, full, modes, debug or coverage, not '$tier'" ;;
esac
lock_build
if [ -n "$failed" ]; then
	[ "$(cat "$BUILD/verdict/.tier" 2>/dev/null)" = "$tier" ] || die "the last verdict was not one of TIER=$tier"
	rm -f "$BUILD/verdict/boots"
else
	rm -rf "$BUILD/verdict"
fi
mkdir -p "$BUILD/verdict"
echo "$tier" >"$BUILD/verdict/.tier"

wanted()	# PART
{
	if [ -n "$failed" ] && [ -s "$BUILD/verdict/$1" ] && ! grep -q '^fail' "$BUILD/verdict/$1"; then
		say "$1: as it was" >&2
		return 1
	fi
	rm -f "$BUILD/verdict/$1"
}
studies=$(for s in $studies; do ! wanted "$s" || echo "$s"; done)

# Each host has 2 GB
fit=$(awk '/^MemAvailable/ { print int($2 / 2400000) }' /proc/meminfo)
if [ "$fit" -lt "$BOOTS" ]; then
	BOOTS=$((fit > 1 ? fit : 1))
	say "memory is free for boots side by side: $BOOTS"
fi

study()	# plan|judge NAME
{
	case $2 in
	bench) set -- "$@" guard ;;
	matrix) set -- "$@" "$([ "$tier" = debug ] && echo debug || echo short)" ;;
	tests) set -- "$@" -t "$([ "$tier" != full ] || echo default,)$tier" ;;
	esac
	verb=$1 name=$2
	shift 2
	"$lab/study/$name.sh" "$verb" "$@"
}

# A part that ends before it has said what is wrong is a failure, too.
part()	# NAME COMMAND...
{
	name=$1
	shift
	wanted "$name" || return 0
	"$@" || grep -qs '^fail' "$BUILD/verdict/$name" || verdict "$name" fail "$name" "ended with an error"
	[ -s "$BUILD/verdict/$name" ] || verdict "$name" fail "$name" "checked nothing"
}

runs=
for s in $studies; do
	study plan "$s" >"$log/runs-$s"
	runs="$runs $(cat "$log/runs-$s")"
done
# shellcheck disable=SC2086 # a list of runs
[ -z "$runs" ] || "$lab/boot/runner.sh" check $runs
if [ -n "$list" ]; then
	for r in $runs; do
		awk -v run="$r" -f "$lab/boot/list.awk" "$BUILD/run/$r/plan"
	done
	exit 0
fi

case $tier in
default|full) part selftest "$lab/selftest/run.sh" ;;
esac
# shellcheck disable=SC2086 # a list of runs
if [ -n "$runs" ]; then
	"$lab/boot/runner.sh" build $runs
else
	"$lab/series/tree.sh"
fi
case $tier in
default|full)
	part lint "$lab/lint/lint.sh"
	part model "$lab/study/model.sh"
	;;
esac
ready=
runs=
for s in $studies; do
	# shellcheck disable=SC2046 # a list of runs
	if "$lab/boot/runner.sh" prepare $(cat "$log/runs-$s"); then
		ready="$ready $s"
		runs="$runs $(cat "$log/runs-$s")"
	else
		verdict "$s" fail "$s" "what its boots need cannot be made"
	fi
done
# shellcheck disable=SC2086 # a list of runs
[ -z "$runs" ] || "$lab/boot/runner.sh" boot $runs || verdict boots fail boots "ended with an error"
for s in $ready; do
	part "$s" study judge "$s"
done
case $tier in
full) part fuzz "$lab/study/fuzz.sh" ;;
coverage) part coverage "$lab/study/coverage.sh" ;;
esac
"$lab/report.sh" "check-$tier" "make check TIER=$tier"
