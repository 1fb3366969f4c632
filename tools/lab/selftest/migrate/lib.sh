# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For the cases of run.sh

unpack()	# FILE FOLDER
{
	awk -v to="$2" '
		/^== / {
			if (file)
				close(file)
			file = to "/" $2
			folder = file
			sub(/[^\/]*$/, "", folder)
			system("mkdir -p \"" folder "\"")
			printf "" >file
			next
		}
		{ print >file }' "$1"
}
