# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For cases about series: a repository like this one, at $BUILD/top, with the lab's
# own scripts around git in it, a "kernel" of a few files, and two folders of patches
# and a demo. What Debian would give comes from files.

toy=$here/toy
top=$BUILD/top
git_env()
{
	GIT_AUTHOR_NAME="A U Thor" GIT_AUTHOR_EMAIL=author@example.org
	GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
	GIT_AUTHOR_DATE=2026-02-01T12:00:00+0000 GIT_COMMITTER_DATE=2026-02-01T12:00:00+0000
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL \
		GIT_AUTHOR_DATE GIT_COMMITTER_DATE
}

mkdir -p "$top/tools/lab/deb" "$top/tools/lab/build" "$top/tools/lab/tables"
cp -r "$lab/lib.sh" "$lab/series" "$lab/lint" "$lab/clean.sh" "$top/tools/lab"
lab=$top/tools/lab
cp -r "$toy/patches" "$top"
: >"$lab/tables/excuses"
cat >"$lab/tables/kernels" <<EOT
# name	role	from	patches
shipped	oldest	binary:linux-image@-	-
base	base	source:old@suite	-
series	product	base	patches/first,patches/second
next	-	series	patches/demo
EOT

# The packages: the patches do not apply to "newest", "newer" is not
# to be had, and "offline" can't be asked for.
cat >"$lab/deb/source.sh" <<EOT
#!/bin/sh
case \$1 in
newer@*) echo "the mirror has no newer" >&2; exit 3 ;;
offline@*) echo "the mirror does not answer" >&2; exit 1 ;;
esac
cp -r "$toy/base" "\$2"
case \$1 in
newest@*) sed -i 's/return [12]/return 7/' "\$2/arch/arm64/kvm/arm.c" ;;
esac
echo "\${1%@*}_1.0"
EOT
chmod 755 "$lab/deb/source.sh"

git -C "$top" init -q
git -C "$top" config user.name "Whoever Works Here"
git -C "$top" config user.email whoever@example.org
unset here
mkdir -p "$top/build"
cp "$BUILD/CACHEDIR.TAG" "$top/build"
BUILD=$top/build
export BUILD
tree=$BUILD/tree

# graph REF...: the commits between the base and these
graph()
{
	for ref; do
		echo "$ref: $(git -C "$tree" log --format=%s --reverse "base..$ref" | paste -sd';')"
	done
}

# commit TREE MESSAGE
commit()
(
	git_env
	git -C "$1" add -A
	git -C "$1" commit -q -m "$2" -m "Signed-off-by: A U Thor <author@example.org>"
)

patches_same()
{
	diff -r -x kernel.diff "$toy/patches" "$top/patches" && echo "patches: the same bytes"
}
