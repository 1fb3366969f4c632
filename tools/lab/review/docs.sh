#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# docs.sh FOLDER: Sphinx says nothing new of that folder of Documentation/

. "$lab/lib.sh"
. "$lab/review/lib.sh"

folder=$1
html()
{
	mkdir -p "$work/obj"
	PATH=/usr/bin:$PATH make -C "$PWD" O="$work/obj" SPHINXDIRS="$folder" SPHINXOPTS=-j1 htmldocs 2>&1 &&
		[ -e "$work/obj/Documentation/output/$folder/index.html" ]
}

need sphinx-build
keep "$@"
step html
