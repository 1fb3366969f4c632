# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # lab is the runner's
#
# For the cases here: "base" and "product" are recorded consoles of a guard's boots,
# "allowances" the table that they are held to.

figures()	# CONSOLE OUT
{
	awk -f "$lab/bench/figures.awk" "$1" >"$2"
}

# judge BASE-CONSOLE PRODUCT-CONSOLE [FURTHER ARGUMENTS OF AWK...]
judge()
{
	figures "$1" "$BUILD/base.tsv"
	figures "$2" "$BUILD/product.tsv"
	shift 2
	awk -v base=base -v product=series "$@" -f "$lab/bench/targets.awk" "${allowances:-../allowances}" \
		"$BUILD/base.tsv" "$BUILD/product.tsv"
}

# multiply FIGURE FACTOR <CONSOLE
multiply()
{
	awk -v key="$1" -v by="$2" '
		BEGIN { FS = OFS = "\t" }
		$1 == "figure" && $2 == key { $3 = sprintf("%.2f", $3 * by) }
		{ print }'
}
