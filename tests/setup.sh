# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# What ./demo and ./run-tests begin with: Debian packages, and a copy of the tree to build in.  Sourced.

# To build; for a Postfix and its clients; for everything that the tests use.
BUILD_PACKAGES=(autoconf automake libtool make gcc libc6-dev pkg-config
	libsasl2-dev libgdbm-dev libssl-dev libcrypt-dev libidn-dev libjansson-dev)
HOST_PACKAGES=(postfix libsasl2-modules telnet expect python3
	curl gsasl msmtp swaks libauthen-sasl-perl libdigest-hmac-perl)
TEST_PACKAGES=(git clang clang-tidy cppcheck shellcheck mandoc binutils xz-utils libcmocka-dev libsasl2-modules-db sasl2-bin
	acl db-util gdbmtool jq lmdb-utils openssl perl
	ansible-core apache2-utils dovecot-core fail2ban memcached passwd postgresql python3-yaml rpm rpmlint subversion whois)

is_installed() { # PACKAGE
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The package of a mail server that is not Postfix, if there is one: installing Postfix would remove it.
other_mail_server() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
		awk '$1 == "installed" && $2 != "postfix" && /mail-transport-agent/ { print $2; exit }'
}

# Installs what is not there yet.  Nothing is started and Postfix is not configured by that.
install_packages() { # LOG PACKAGE...
	local log=$1 package server missing=()
	shift
	[ -r /etc/debian_version ] || { echo "this is not Debian: install by hand: $*" >&2; return 1; }
	for package; do
		is_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	server=$(other_mail_server)
	[ -z "$server" ] || { echo "another mail server is installed here: $server; nothing was changed" >&2; return 1; }
	[ "$(id -u)" = 0 ] || { echo "only root can install: ${missing[*]}" >&2; return 1; }
	echo "installing ${#missing[@]} packages: ${missing[*]}"
	(start_nothing && apt_install "${missing[@]}") >"$log" 2>&1 </dev/null ||
		{ tail -n 20 "$log" >&2; echo "the packages could not be installed" >&2; return 1; }
}

# In a subshell: until it ends, no package may start a service.
start_nothing() {
	local policy=/usr/sbin/policy-rc.d
	temporary=()
	trap 'rm -f "${temporary[@]}"' EXIT
	trap 'exit 1' HUP INT TERM
	[ ! -e $policy ] || return 0
	temporary+=("$policy")
	printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
}

# After start_nothing: nor may PostgreSQL's package make a database.
make_no_cluster() {
	local conf=/etc/postgresql-common/createcluster.d/gsasldb-tests.conf
	temporary+=("$conf")
	mkdir -p "${conf%/*}" && echo "create_main_cluster = false" >"$conf"
}

apt_install() { # PACKAGE...
	export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
	is_installed postfix || echo "postfix postfix/main_mailer_type select No configuration" |
		debconf-set-selections || return
	[[ " $* " != *" postgresql "* ]] || make_no_cluster || return
	apt-get -q update
	apt-get -q install -y --no-install-recommends "$@" && disable_services "$@"
}

# Nor may a package that only the tests need start a service when the machine boots.
disable_services() { # PACKAGE...
	local unit
	command -v systemctl >/dev/null || return 0
	for unit in $(dpkg -L "$@" | sed -nE 's,^(/usr)?/lib/systemd/system/([^/@]+\.(service|socket|timer|path))$,\2,p'); do
		[[ $unit = postfix* ]] || systemctl --quiet disable "$unit" || return
	done
}

# Copies the project as it stands in FROM, changes that are not committed included, but nothing that was built.
copy_tree() { # FROM TO
	mkdir -p "$2" || return
	if [ ! -e "$1/.git" ] || ! command -v git >/dev/null; then
		cp -a "$1/." "$2" && { [ ! -e "$2/Makefile" ] || make -s -C "$2" distclean >/dev/null; }
		return
	fi
	(
		set -o pipefail
		cd "$1" || exit
		project_git . ls-files -z --cached --others --exclude-standard | exist_only |
			tar -c --null --no-recursion -T - | tar -x -C "$2"
	)
}

# git in a checkout that may be somebody else's.
project_git() { # DIRECTORY ARGUMENT...
	git -C "$1" -c safe.directory='*' "${@:2}"
}

# Of the NUL-separated names on standard input those that are there.
exist_only() {
	local name
	while IFS= read -r -d '' name; do
		[ ! -e "$name" ] && [ ! -L "$name" ] || printf '%s\0' "$name"
	done
}
