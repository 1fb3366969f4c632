#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# judge.sh all|short|story|debug TABLE: judge what the jobs of build/run/matrix* have left, to
# the file "outcomes" there: see judge.awk.

lab=$(dirname "$0")/..
. "$lab/lib.sh"

tier=$1 table=$2
here=$lab/migrate
product=$(kernel_with product)
. "$lab/migrate/table.sh"

# What uname -r has said, and which VMMs these were
{
	for b in "$run"/*/console.log; do
		ran "$(basename "${b%/*}")"
	done | awk -v kernels="$(kernels | tr '\n' ' ')" -v hosts="$(rows "$table" | tr -s '>\t ' '\n' | grep @ | sort -u | tr '\n' ' ')" '
		NF == 2 && !($1 in release) { release[$1] = $2 }
		END {
			n = split(kernels, kernel, " ")
			for (i = 1; i <= n; i++)
				if (kernel[i] in release)
					print kernel[i], release[kernel[i]]
			# The same kernels on other machines
			n = split(hosts, host, " ")
			for (i = 1; i <= n; i++) {
				split(host[i], part, "@")
				if (part[1] in release)
					print host[i], release[part[1]]
			}
		}' | while read -r k release; do
		case " $(lineage "${k%@*}") " in
		*" $product "*) has=rule ;;
		*) has=- ;;
		esac
		printf 'kernel\t%s\t%s\t%s\n' "$k" "$release" "$has"
	done
	rows vmms | while read -r name driver vcpu _ _ _ stock _; do
		version=$(cat "$share/vmm/$name/version" 2>/dev/null) || version=
		printf 'vmm\t%s\t%s\t%s\n' "$name" \
			"$(sed -n 's/^title=//p' "$here/vmm/$driver.sh")${version:+ $version}$(
				case $vcpu in *el1_32bit*) echo " in AArch32" ;; esac)" \
			"$stock"
	done
} >"$run/heads"
(cd "$run" && mkdir -p guests && find guests -name state -exec "$BUILD/migrate/stream" {} +) >"$run/registers"
"$here/names.sh" >"$run/names"
awk -v names="$run/names" -v tier="$tier" -v kernels="$(kernels | tr '\n' ' ')" -v oldest="$(kernel_with oldest)" \
	-v machine="$machine" -v run="$run" -f "$here/cells.awk" -f "$here/judge.awk" \
	"$lab/tables/vmms" "$lab/tables/guests" "$lab/tables/$declared" >"$run/outcomes"
