# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the scripts here share: an apt root of our own for each architecture and
# suite, below build/apt, so that the machine's packages and apt configuration stay
# as they are. The mirror is the machine's; what it sends is verified with Debian's
# installed keyring. They come after ../lib.sh.
#
# A script here that ends with status 3 was told that something is not to be had: another
# suite or package may do. Whatever else goes wrong is said, and ends the run.

: "${log:?}"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

host_arch()
{
	dpkg --print-architecture
}

# "URI suite" of what the machine's own apt takes from Debian, whichever of its two
# formats that is written in. Before its first update apt knows no origin.
own_sources()
{
	# shellcheck disable=SC2016 # apt's fields, not the shell's
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' \
		'Created-By: Packages' |
		awk '$3 == "main" && ($4 == "Debian" || $4 ~ /ORIGIN|^$/) { print $1, $2 }' | sort -u
}

codename()
{
	(. /etc/os-release && echo "${VERSION_CODENAME:-}")
}

# What a suite is called in names of files and in messages
folder_of()	# SUITES
{
	case $1 in
	-*) echo "own${1#-}" ;;	# no option, please
	*) echo "$1" ;;
	esac
}

# apt_root ARCH SUITES: set $conf, what apt's commands get as -c; SUITES have commas
# between, "-" is the machine's own with its updates. A suite's list is fetched once.
# ARCH "source" is for source packages.
apt_root()
{
	apt_arch=$1 apt_kind=deb
	if [ "$1" = source ]; then
		apt_arch=$(host_arch) apt_kind=deb-src
	fi
	command -v apt-get >/dev/null || die "no apt-get here to fetch Debian's packages with"
	[ -e "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	apt_suites=$2
	apt_dir=$BUILD/apt/$1/$(folder_of "$2")
	conf=$apt_dir/apt.conf
	apt_log=$log/apt-$1-$(folder_of "$2").log
	if [ -e "$apt_dir/updated" ] && grep -qF "\"$apt_dir/lists\"" "$conf" &&
			[ -z "$(find /etc/apt -newer "$conf")" ]; then
		return 0
	fi
	rm -rf "$apt_dir"
	mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
	own_sources | awk -v suites="$2" -v code="$(codename)" -v key="$keyring" -v kind="$apt_kind" '
		function source(suite) { print kind " [signed-by=" key "]", $1, suite, "main" }
		BEGIN {
			n = split(suites, list, ",")
			for (i = 1; i <= n; i++)
				want[list[i]]
		}
		code && index($2, code) == 1 && "-" in want { source($2) }
		code && $2 == code && !done {
			done = 1
			for (i = 1; i <= n; i++)
				if (list[i] != "-")
					source(list[i])
		}' >"$apt_dir/sources.list"
	[ -s "$apt_dir/sources.list" ] ||
		die "apt knows no Debian mirror for $(codename) (see apt-get indextargets)"

	# The machine's proxies and the like still apply, its hooks do not. apt would lock
	# what is beside the status file, which only root can; nothing is installed.
	cat >"$conf" <<-EOT
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Post-Invoke;
		#clear APT::Default-Release;
		APT::Architecture "$apt_arch";
		#clear APT::Architectures;
		APT::Architectures { "$apt_arch"; };
		APT::Sandbox::User "";
		Debug::NoLocking "true";
		APT::Get::AllowUnauthenticated "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::Etc::SourceList "$apt_dir/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Dir::State::Lists "$apt_dir/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$apt_dir/cache";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
	EOT
	apt_update
}

not_to_be_had()
{
	echo "${0##*/}: $*" >&2
	exit 3
}

# The mirror has answered, and has nothing of that name
refused()	# LOG
{
	grep -qE '404 |does not have a Release file|Unable to locate package|no installation candidate' "$1"
}

apt_update()
{
	# Without it, lists that could not be fetched are warnings
	if ! apt-get -c "$conf" --error-on=any update >"$apt_log" 2>&1; then
		! refused "$apt_log" || not_to_be_had "no suite $apt_suites, see $apt_log"
		die "no package list of suite $apt_suites: $(grep -m 1 '^[EW]:' "$apt_log"), see $apt_log"
	fi
	touch "$apt_dir/updated"
}

# A list may be older than the pool. Fails if this one is as good as new.
apt_refresh()
{
	[ -n "$(find "$apt_dir/updated" -mmin +5)" ] || return 1
	apt_update
}

# candidates PATTERN: NAME=VERSION of what the lists have, the newest first. Kernels
# for special purposes, and their debugging symbols, have the same names with more
# in them; a pattern does not mean these.
candidates()
{
	names=$1
	case $1 in
	*[*?]*)
		names=$(apt-cache -c "$conf" pkgnames "${1%%[*?]*}" | while read -r name; do
			# shellcheck disable=SC2254 # a pattern
			case $name in
			*-dbg | *-rt-* | *-16k* | *-cloud-* | *-unsigned*) ;;
			$1) echo "$name" ;;
			esac
		done)
		[ -n "$names" ] || return 0
		;;
	esac
	# shellcheck disable=SC2086 # words
	apt-cache -c "$conf" madison $names 2>/dev/null |
		awk -F ' *[|] *' '{ sub(/^ */, "", $1); print $1 "=" $2 }' | sort -rVu
}

# unpack DEB FOLDER [WILDCARD...]: all of it, or what is named
unpack()
{
	deb=$1
	to=$2
	shift 2
	mkdir -p "$to"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --keep-directory-symlink \
		--exclude='./usr/share/doc' --exclude='./usr/share/locale' \
		--exclude='./usr/share/man' --wildcards "$@"
}
