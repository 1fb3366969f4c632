# SPDX-License-Identifier: GPL-2.0-only
#
# prose.awk FILE...: sentences of more than 40 words and cells of tables of more than 25,
# in Markdown, reStructuredText and the messages of patches. Each is printed as
# "FILE:LINE: COUNT words in a sentence|cell: BEGINNING...". Code is no prose: it is
# indented, or stands between "```".

FNR == 1 {
	end_of_text()
	end_of_row()
	kind = FILENAME ~ /\.patch$/ ? "patch" : FILENAME ~ /\.rst$/ ? "rst" : "md"
	header = kind == "patch"
	over = fence = rules = folded = 0
	literal = -1
}
{ sub(/\r$/, "") }

# The message of a patch: from the first empty line to the "---", or to the list of patches
over { next }
header { header = !/^$/; next }
kind == "patch" && (/^---$/ || / \([0-9]+\):$/) { end_of_text(); over = 1; next }
kind == "patch" && /^(Signed-off-by|Link|Fixes|Cc|To): / { end_of_text(); folded = FNR; next }
kind == "patch" && folded == FNR - 1 && /^ [^ ]/ { folded = FNR; next }

/^```/ { end_of_text(); fence = !fence; next }
fence { next }
literal >= 0 {
	if (/^ *$/ || indent() > literal)
		next
	literal = -1
}
kind == "rst" && /^ *\.\. / { end_of_text(); literal = indent(); next }

# Tables drawn with pipes: in Markdown, each line is a row
/^ *\+[-=+]+\+ *$/ { end_of_text(); end_of_row(); next }
/^ *\|/ {
	end_of_text()
	n = split($0, c, "|")
	for (i = 2; i < n; i++)
		add_to_cell(i, c[i])
	if (kind == "md")
		end_of_row()
	next
}
# Tables with columns below "===  ===", which end with the second or third such line
kind == "rst" && /^ *=+( +=+)+ *$/ {
	end_of_text()
	end_of_row()
	if (!rules++) {
		columns = 0
		for (i = 1; i <= length($0); i++)
			if (substr(" " $0, i, 2) == " =")
				start[++columns] = i
	}
	rule_at = FNR
	next
}
rules {
	if (/^ *$/ && rule_at == FNR - 1 && rules > 1) {
		rules = 0
		next
	}
	if (substr($0, start[1], 1) ~ /[^ ]/)
		end_of_row()
	for (i = 1; i <= columns; i++)
		add_to_cell(i, i < columns ? substr($0, start[i], start[i + 1] - start[i]) : substr($0, start[i]))
	next
}

/^ *$/ { end_of_text(); next }
kind != "rst" && /^(    |\t)/ && text == "" { next }
/^#+ / || /^[-=~^]+$/ { end_of_text(); next }
/^ *([-*]|[0-9]+[.)]) / { end_of_text(); sub(/^ *([-*]|[0-9]+[.)]) /, "") }
{
	if (text == "")
		line = FNR
	text = text " " $0
	file = FILENAME
	if (kind == "rst" && /::$/) {
		end_of_text()
		literal = indent()
	}
}
END { end_of_text(); end_of_row() }

function indent()
{
	match($0, /^[ \t]*/)
	return RLENGTH
}

function add_to_cell(i, s)
{
	if (!row_at)
		row_at = FNR
	file = FILENAME
	cell[i] = cell[i] " " s
}

function end_of_row(  i)
{
	for (i in cell)
		count(cell[i], 25, "cell", row_at)
	split("", cell)
	row_at = 0
}

function end_of_text(  s, n, i, part)
{
	s = text
	text = ""
	gsub(/[.!?][)"*`]*( |$)/, "&\n", s)
	n = split(s, part, "\n")
	for (i = 1; i <= n; i++)
		count(part[i], 40, "sentence", line)
}

# A word has a letter or a digit
function count(s, limit, what, at,  n, w, i, c)
{
	n = split(s, w, " ")
	for (i = 1; i <= n; i++)
		c += w[i] ~ /[A-Za-z0-9]/
	gsub(/^ +| +$/, "", s)
	if (c > limit)
		print file ":" at ": " c " words in a " what ": " substr(s, 1, 60) "..."
}
