#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# judge.sh KERNEL...: what has changed from each of these kernels to the next, by what
# the jobs of build/run/history have left: to the file "changes" there, see changes.awk.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

here=$lab/history
run=$BUILD/run/history
kernels=$*

"$lab/migrate/names.sh" >"$run/names"

for k; do
	# uname -r
	r=$(cat "$run"/record-*-"$k"/console.log 2>/dev/null | tr -d '\r' | sed -n 's/^lab: kernel //p' | sed q)
	[ -n "$r" ] || die "kernel $k has never come up, see build/run/history/record-*-$k/console.log"
	printf 'kernel\t%s\t%s\n' "$k" "$r"
done >"$run/changes.new"

# How guests have moved between two kernels, judged as in the matrix
moves()	# MACHINE OLD NEW
{
	rows vmms | grep '^hcid_vmm[[:blank:]]' >"$run/vmms"
	printf 'default - -\npinned oldest -\n' >"$run/guests"
	{
		echo "vmm guest from $2 $3"
		echo "hcid_vmm default $2 - same"
		echo "hcid_vmm default $3 same -"
		echo "hcid_vmm pinned $3 same -"
	} >"$run/cells"
	awk -v tier=all -v kernels="$2 $3" -v oldest="$2" -v run="$run/$1" \
		-v names="$run/names" \
		-f "$lab/migrate/cells.awk" -f "$lab/migrate/judge.awk" \
		"$run/vmms" "$run/guests" "$run/cells"
}

rows history | while read -r machine guests vcpus; do
	[ -d "$run/$machine" ] || continue
	old=
	for new in $kernels; do
		if [ -n "$old" ]; then
			m=$run/$machine/moves/$old-$new
			mkdir -p "$m"
			: >"$m/outcomes"
			[ "$guests" != guests ] || moves "$machine" "$old" "$new" >"$m/outcomes"
			for v in $vcpus; do
				for pair in "$old $new" "$new $old"; do
					p=$run/$machine/profiles/$v
					"$BUILD/kvm_feat/kvm_feat" check -v "$p/${pair% *}/profile" "$p/${pair#* }/profile" \
						>"$m/$v.${pair#* }" 2>&1 || true
				done
			done
			awk -v run="$run/$machine" -v machine="$machine" -v old="$old" -v new="$new" \
				-v vcpus="$vcpus" -v guests="$guests" -f "$here/changes.awk" "$run/names"
		fi
		old=$new
	done
done >>"$run/changes.new"
mv "$run/changes.new" "$run/changes"
