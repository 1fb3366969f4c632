#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh TIER: what "make check" does, from nothing to the verdict: plan all of it, build
# what the plans need, boot all of it side by side, and judge each part.
# check.sh list TIER: print what that would run. check.sh last: the last verdict again.

lab=$(dirname "$0")
. "$lab/lib.sh"

list=
case $1 in
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
rm -rf "$BUILD/verdict"
mkdir -p "$BUILD/verdict"

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
	"$@" || grep -qs '^fail' "$BUILD/verdict/$name" || verdict "$name" fail "$name" "ended with an error"
	[ -s "$BUILD/verdict/$name" ] || verdict "$name" fail "$name" "checked nothing"
}

runs=
for s in $studies; do
	study plan "$s" >"$log/runs-$s"
	runs="$runs $(cat "$log/runs-$s")"
done
# shellcheck disable=SC2086 # a list of runs
"$lab/boot/runner.sh" check $runs
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
"$lab/boot/runner.sh" build $runs
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
