#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# checkpatch.sh: checkpatch --strict, without the complaints that the table of excuses lets pass
#
# shellcheck disable=SC2154 # what study/review.sh sets

. "$lab/lib.sh"

# Debian's own python3 is the one that has the modules that checkpatch uses.
PATH=/usr/bin:$PATH exec ./scripts/checkpatch.pl --strict --quiet --no-summary --show-types \
	--ignore "$(excuses patch | cut -f1 | paste -sd,)" "$file"
