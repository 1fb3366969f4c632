#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# judge.sh all|short|story: judge what the jobs of build/matrix/run have left, and
# tell it as matrix.sh says. Fails if a cell does not end as cells says, or if a
# kernel complains.

here=$(dirname "$0")
lab=$here/..
. "$lab/lib.sh"

# Logs in the same order for everyone
export LC_ALL=C

: "${splats:?}"	# of lib.sh
run=$BUILD/matrix/run
picture=$BUILD/report/matrix.svg

version()	# KERNEL
{
	sed -n 's/^matrix: kernel \([^[:space:]][^[:space:]]*\).*/\1/p' \
		"$run/save-$1.log" "$run/restore-$1.log" 2>/dev/null | sed -E 's/-(N\+1|N|O|LTS)$//; q'
}

versions=
for k in LTS O N N+1; do
	v=$(version "$k")
	versions="$versions${v:+${versions:+, }$k: $v}"
done

failed=0
(cd "$run" && find . -name state -exec "$BUILD/matrix/stream" {} +) >"$run/registers"
awk -v tier="$1" -v run="$run" -v folder="${run#"$top"/}" \
	-v picture="$picture" -v report="${picture#"$top"/}" \
	-v table="$BUILD/matrix/kvm_feat/regs-table.h" \
	-v versions="$versions" -v old="$(version LTS)" -v new="$(version N)" \
	-f "$here/cells.awk" -f "$here/judge.awk" -f "$here/show.awk" -f "$here/svg.awk" \
	"$here/cells" || failed=1
# The first complaint of each boot
if complaints=$(cd "$run" && grep -asHE -m 1 "\] .*($splats)" ./*.log); then
	echo "$complaints" | sed 's,^\./\([^:]*\):[[:space:]]*,not ok: the kernel complains: \1: ,; s/[[:space:]]*$//'
	failed=1
fi
exit "$failed"
