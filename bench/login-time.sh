#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How long a real Postfix takes to refuse AUTH PLAIN: does the time tell who exists?  As root.
#
#   bench/login-time.sh [ROUNDS]     100 if not given; BUILDDIR is the build tree
#
# Milliseconds from sending the line to reading the answer, over one connection, all users by turns.
set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/../tests/hosts/host.sh"
host_begin 1800 "$@"
REALM=mail.example.test
mkdir "$WORK/db"
DB=$WORK/db/sasldb

set_password() { # USER [OPTION...]
	echo Richtig-7x | saslpasswd -c -p -f "$DB" -u "$REALM" "${@:2}" "$1"
}

measure() { # WHAT USER...
	echo "$1, ms             least   median  9 of 10"
	"$PYTHON" "$HOSTS_DIR/bad_clients.py" time "$POSTFIX_PORT" "$ROUNDS" "${@:2}"
}

make_users() {
	set_password hoge && set_password off && set_password cramonly -m CRAM-MD5 &&
		set_password scramonly -m SCRAM-SHA-256 && gsasldb disable -f "$DB" -u "$REALM" off
}

ROUNDS=${1:-100}
make_users || bail "no users"
box_make box y <<-END
	pwcheck_method: auxprop
	auxprop_plugin: gsasldb
	gsasldb_path: $DB
	mech_list: PLAIN
END
echo "smtpd_hard_error_limit = 1000000" >>"$BOX/etc/main.cf"
box_start
measure "gsasldb_mechs as it comes" hoge nobody hoge@no.example.test off cramonly
measure "other than gsasldb_mechs" scramonly
box_stop
