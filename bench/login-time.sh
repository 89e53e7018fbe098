#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How long a real Postfix takes to refuse AUTH PLAIN: does the time tell who exists?  As root.
#
#   bench/login-time.sh [ROUNDS]     100 if not given; BUILDDIR is the build tree
#
# Milliseconds, over one connection, all users by turns: from sending the line to reading the answer, and of
# processor time that smtpd used, which a busy machine does not change much.
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
	printf '%-24s %19s %19s\n' "$1" "until the answer" "processor"
	printf '%-24s %9s %9s %9s %9s\n' "" least median least median
	"$PYTHON" "$HOSTS_DIR/bad_clients.py" time "$POSTFIX_PORT" "$PID" "$ROUNDS" "${@:2}"
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
sed -i 's/- - smtpd$/- 1 smtpd/' "$BOX/master.cf.in"
echo "smtpd_hard_error_limit = 1000000" >>"$BOX/etc/main.cf"
box_start
talk NOOP >"$WORK/said"
PID=$(sed -nE 's,^.{15} [^ ]+ postfix/smtpd\[([0-9]+)\]: .*,\1,p' "$BOX/log/mail.log" | sort -u)
measure "secrets as they are made" hoge nobody hoge@no.example.test off cramonly
measure "a secret of another kind" scramonly
box_stop
