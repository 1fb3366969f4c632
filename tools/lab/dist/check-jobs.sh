#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check-jobs.sh [FILE.yaml...]: are the job files what LAVA and KernelCI can read? yamllint
# looks at all, and LAVA's own schema at those that have a device_type. Both come from
# Debian, and are unpacked below build/: nothing is installed.

lab=$(dirname "$0")/..
. "$lab/lib.sh"
. "$lab/deb/lib.sh"

[ $# -gt 0 ] || set -- "$lab/dist"/*.yaml
root=$BUILD/dist/check
packages="lava-common yamllint python3-voluptuous python3-pathspec python3-yaml"
if [ "$(cat "$root/packages" 2>/dev/null)" != "$packages" ]; then
	rm -rf "$root"
	for p in $packages; do
		deb=$("$lab/deb/fetch.sh" -a "$(host_arch)" "$p" -) || die "no $p to check the job files with"
		unpack "$deb" "$root"
	done
	echo "$packages" >"$root/packages"
fi
PYTHONPATH=$root/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
# Debian's own python3 is the one that these modules are for
/usr/bin/python3 -m yamllint --strict -d '{extends: default, rules: {line-length: {max: 100}}}' "$@"
/usr/bin/python3 - "$@" <<'EOF'
import sys
import voluptuous
import yaml
from lava_common import schemas

status = 0
for name in sys.argv[1:]:
    with open(name) as f:
        job = yaml.safe_load(f)
    if "device_type" not in job:
        continue
    try:
        schemas.validate(job)
        schemas.extra_checks(job)
    except voluptuous.Invalid as wrong:
        print(f"{name}: {wrong}", file=sys.stderr)
        status = 1
sys.exit(status)
EOF
