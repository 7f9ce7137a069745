# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# setup.sh - what has to be there before anything can be built; for sourcing.
#
#	setup_packages build check	install what is missing for these groups
#	setup_build build/check CC=gcc	configure and make in that directory
#
# Never asks anything. Installs as root or with `sudo -n`; else says what it
# would install and ends with status 1.

setup_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# group, how to see that it is there, Debian package
setup_table='
build   command:gcc                  gcc
build   command:make                 make
build   file:/usr/include/stdio.h    libc6-dev
build   command:autoconf             autoconf
build   command:automake             automake
build   command:libtoolize           libtool
build   command:pkg-config           pkg-config
build   module:libsystemd            libsystemd-dev
build   module:libnl-3.0             libnl-3-dev
build   module:libnl-route-3.0       libnl-route-3-dev
build   module:libseccomp            libseccomp-dev
build   module:libcap                libcap-dev
build   module:yaml-0.1              libyaml-dev
build   module:jansson               libjansson-dev
build   module:libcurl               libcurl4-gnutls-dev
build   module:libmicrohttpd         libmicrohttpd-dev
build   module:cunit                 libcunit1-dev
check   command:mandoc               mandoc
check   command:shellcheck           shellcheck
check   command:spin                 spin
clang   command:clang                clang
valgrind command:valgrind            valgrind
vm      command:qemu-system-x86_64   qemu-system-x86
vm      command:mmdebstrap           mmdebstrap
vm      command:mke2fs               e2fsprogs
demo    command:journalctl           systemd
demo    file:/lib/systemd/systemd-journald systemd
demo    command:curl                 curl
bench   command:taskset              util-linux
bench   module:libzmq                libzmq3-dev
bench   file:/usr/include/nng/nng.h  libnng-dev
bench-servers file:/usr/sbin/nats-server nats-server
bench-servers command:erlc           erlang-base
bench-sandbox command:bwrap          bubblewrap
bench-supervisors command:s6-svscan  s6
bench-supervisors command:runsvdir   runit
bench-supervisors file:/usr/bin/supervisord supervisor
bench-supervisors command:erlc       erlang-base
'

setup_is_there() {
	case $1 in
	command:*) command -v "${1#*:}" >/dev/null 2>&1 ;;
	file:*) [ -e "${1#*:}" ] ;;
	module:*) pkg-config --exists "${1#*:}" 2>/dev/null ;;
	esac
}

# setup_missing GROUP...: the packages of these groups that are not there
setup_missing() {
	local group how package
	while read -r group how package; do
		case " $* " in
		*" $group "*) ;;
		*) continue ;;
		esac
		setup_is_there "$how" || echo "$package"
	done <<<"$setup_table" | sort -u | tr '\n' ' ' | sed 's/ $//'
}

setup_as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

setup_can_install() {
	command -v apt-get >/dev/null 2>&1 || return 1
	[ "$(id -u)" = 0 ] && return 0
	command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1
}

setup_apt() {
	setup_as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "$@" \
		</dev/null >&2
}

# setup_packages GROUP...: install what is missing, or say so and fail
setup_packages() {
	local missing
	missing=$(setup_missing "$@")
	[ -n "$missing" ] || return 0
	if ! setup_can_install; then
		{
			echo "These Debian packages are missing, and this user may not install them:"
			echo "    $missing"
			echo "As root: apt-get install -y $missing"
		} >&2
		return 1
	fi
	echo "installing: $missing" >&2
	# shellcheck disable=SC2086 # a list of words
	setup_apt $missing && return 0
	setup_as_root apt-get update -q </dev/null >&2
	# shellcheck disable=SC2086
	setup_apt $missing
}

# setup_optional GROUP...: the same, but what cannot be had is only mentioned
setup_optional() {
	local missing
	missing=$(setup_missing "$@")
	[ -n "$missing" ] || return 0
	if setup_can_install; then
		setup_packages "$@" && return 0
	fi
	echo "going on without: $missing" >&2
}

# setup_build DIRECTORY [configure's arguments]: everything, built there
setup_build() {
	local directory=$1
	shift
	if [ ! -x "$setup_top/configure" ] ||
	   [ "$setup_top/configure.ac" -nt "$setup_top/configure" ] ||
	   [ "$setup_top/Makefile.am" -nt "$setup_top/Makefile.in" ]; then
		(cd "$setup_top" && ./autogen.sh) || return 1
	fi
	case $directory in
	/*) ;;
	*) directory=$setup_top/$directory ;;
	esac
	mkdir -p "$directory" || return 1
	(
		cd "$directory" || exit 1
		if [ ! -e Makefile ] || [ "$setup_top/configure" -nt config.status ]; then
			"$setup_top/configure" --quiet "$@" || exit 1
		fi
		make -j"$(nproc)" --no-print-directory
	)
}
