# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What every host test begins with: bounds, a directory of its own, TAP.  Sourced; then: host_begin SECONDS "$@"
#
# BUILDDIR is the build tree (default: the current directory).

HOSTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILDDIR=$(cd "${BUILDDIR:-.}" && pwd)
PLUGIN=$BUILDDIR/.libs/libgsasldb.so
PATH=$BUILDDIR:$PATH:/usr/sbin:/sbin
unset MAIL_CONFIG SASL_PATH SASL_CONF_PATH

# shellcheck source=tests/hosts/postfix.sh
. "$HOSTS_DIR/postfix.sh"
# shellcheck source=tests/hosts/clients.sh
. "$HOSTS_DIR/clients.sh"

# Starts the script again under a time limit; then makes WORK, which goes away at the end with what was
# started in it.
host_begin() { # SECONDS ARGUMENTS...
	if [ -z "${HOST_BOUNDED-}" ]; then
		HOST_BOUNDED=1 exec timeout -k 60 "$1" "$BASH" "$0" "${@:2}"
	fi
	unset HOST_BOUNDED
	[ "$(id -u)" = 0 ] || skip_all "servers of its own need root"
	[ -e "$PLUGIN" ] || bail "$PLUGIN is missing: BUILDDIR must name the build tree"
	local tool
	for tool in postfix swaks curl gsasl msmtp saslpasswd2 /usr/bin/python3; do
		command -v "$tool" >/dev/null || bail "$tool is missing: see tests/setup.sh"
	done
	WORK=$(mktemp -d /tmp/hosts.XXXXXX) || bail "no directory to work in"
	chmod 755 "$WORK"
	trap host_end EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	CLIENT_TRANSCRIPT=$WORK/transcript
	tap_count=0 tap_failures=0
}

host_end() {
	local dir
	for dir in "$WORK"/*/; do
		postfix_stop "$dir"
	done
	wait
	rm -rf "$WORK"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

bail() {
	echo "Bail out! $*"
	exit 99
}

# One test point.  On failure WHAT-WAS-SEEN is shown, and with it the last dialogue and the end of the log.
tap() { # HOLDS(0: yes) NAME [WHAT-WAS-SEEN]
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
		return
	fi
	tap_failures=$((tap_failures + 1))
	echo "not ok $tap_count - $2"
	{
		echo "${3-}"
		[ ! -e "$CLIENT_TRANSCRIPT" ] || { echo '-- dialogue'; tail -n 12 "$CLIENT_TRANSCRIPT"; }
		[ ! -e "${BOX-}/log/mail.log" ] || { echo '-- mail.log'; tail -n 12 "$BOX/log/mail.log"; }
		[ ! -e "${LOG-}" ] || { echo '-- log'; tail -n 12 "$LOG"; }
	} | sed 's/^/# /'
}

tap_is() { # GOT WANT NAME
	[ "$1" = "$2" ]
	tap $? "$3" "got '$1', want '$2'"
}

# The mail log since LINES says it (within a few seconds).
tap_log() { # NAME LINES REGEX...
	local name=$1 lines=$2
	shift 2
	wait_for 5 log_since "$BOX" "$lines" "$@"
	tap $? "$name" "the log since line $lines does not match all of: $*"
}

tap_end() {
	echo "1..$tap_count"
	[ "$tap_failures" = 0 ]
	exit
}

# Sets the box, a private Postfix in $WORK/NAME, with our plugin beside the stock ones and the given smtpd.conf
# on standard input; not yet started.
box_make() { # NAME CHROOT
	BOX=$WORK/$1
	WHERE=$([ "$2" = y ] && echo chrooted || echo "not chrooted")
	postfix_make "$BOX" mail.example.test "$2" || bail "cannot make a private Postfix"
	make_plugin_dir "$BOX/plugins" "$PLUGIN" || bail "cannot find libsasl2's plugins"
}

box_start() {
	postfix_start "$BOX" >"$WORK/start" 2>&1 || { sed 's/^/# /' "$WORK/start"; bail "Postfix does not start"; }
}

# It takes seconds to die; the next test need not wait for that.
box_stop() {
	postfix_stop "$BOX" &
}

# One login is one test point.
login() { # WHAT WANT CLIENT MECH USER PASSWORD
	tap_is "$(client_login "$3" "$POSTFIX_PORT" "${@:4}")" "$2" "$WHERE: $4 $1, $3: $2"
}

# Sends lines over one connection; prints the replies to AUTH: "535 235".
talk() { # LINE...
	timeout -k 5 120 "$PYTHON" "$CLIENTS_PY" talk "$POSTFIX_PORT" "$@" </dev/null >"$CLIENT_TRANSCRIPT" 2>&1
	grep -oE '^< (235|[45][0-9][0-9])' "$CLIENT_TRANSCRIPT" | cut -c 3- | xargs
}
