# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # $apt and $work are set by who reads this file
#
# Debian packages without touching the machine: what test/vm/parts and
# test/programs/fetch share. $apt is a folder for apt's files, $work one for
# what is unpacked. $apt_arch, if set, is not amd64.
# shellcheck disable=SC2034
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# apt with nothing of the machine's: sources, lists, package state, cache. A list's
# signature is what counts, not its age: sid's is good for a week, and a mirror
# that stands still, or a clock that runs ahead, makes no package another one.
apt_private() {
	tool=$1
	shift
	"$tool" -qq \
		-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts="$apt/none" \
		-o Dir::State="$apt/state" -o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt/cache" -o APT::Architecture="${apt_arch-amd64}" \
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3 \
		-o Acquire::Check-Valid-Until=false "$@"
}

# Of these suites of Debian's packages are had from now on.
apt_sources() {
	mkdir -p "$apt/none" "$apt/state/lists/partial" "$apt/cache/archives/partial"
	# apt looks for a relative one below its own folders
	apt=$(cd "$apt" && pwd)
	: >"$apt/status"
	for suite; do
		archive=debian
		[ "${suite%-security}" = "$suite" ] || archive=debian-security
		echo "deb [signed-by=$keyring] http://deb.debian.org/$archive $suite main"
	done >"$apt/sources.list"
	apt_private apt-get update
}

# Download package $1 into a folder of its own and print the file's path. A
# second name $2 is the suite when it is not the default one.
deb_fetch() {
	to=$(mktemp -d "$work/deb.XXXXXX")
	(cd "$to" && apt_private apt-get download "$1${2:+/$2}" >&2)
	echo "$to"/*.deb
}

# Only what is named is unpacked: of 100 MB of modules we need a few.
deb_unpack() {
	mkdir -p "$2"
	deb=$1 to_folder=$2
	shift 2
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to_folder" --wildcards "$@"
}
