#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# 32 clients log in at once to a real Postfix while users are changed, made and deleted as fast as the tools can:
# no answer fails or is wrong, and smtpd's memory does not grow.  LOAD_LONG=yes (make check-load) takes 100,000
# users and a minute.

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 900 "$@"

if [ -n "${LOAD_LONG-}" ]; then
	USERS=100000 LASTS=60
else
	USERS=2000 LASTS=8
fi
GROWTH_MAX=64 # kB a process, of some thousand that it has

DB=$WORK/db/sasldb
LOAD_PY=$HOSTS_DIR/load_clients.py
FIGURES=$WORK/figures
mkdir "$WORK/db"

figure() { # NAME
	sed -n "s/^$1 //p" "$FIGURES"
}

make_users() {
	"$PYTHON" "$LOAD_PY" users "$USERS" >"$WORK/users.jsonl" &&
		gsasldb init -f "$DB" &&
		gsasldb import -f "$DB" --format jsonl <"$WORK/users.jsonl" >"$WORK/said" 2>&1
	tap $? "$USERS users are imported" "$(cat "$WORK/said")"
	rm "$WORK/users.jsonl"
}

# One smtpd for each client, which lives as long as the test.
start() {
	box_make load y <<-END
		pwcheck_method: auxprop
		auxprop_plugin: gsasldb
		gsasldb_path: $DB
		mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256
	END
	cat >>"$BOX/etc/main.cf" <<-END
		max_use = 1000000
		max_idle = 600s
		smtpd_client_connection_count_limit = 0
		default_process_limit = 50
	END
	box_start
}

run_load() {
	timeout -k 5 600 "$PYTHON" "$LOAD_PY" run "$POSTFIX_PORT" "$LASTS" "$USERS" "$DB" \
		"$(tr -cd 0-9 <"$BOX/queue/pid/master.pid")" >"$FIGURES" 2>&1
	tap $? "the load runs to its end" "$(cat "$FIGURES")"
	sed 's/^/# /' "$FIGURES"
	tap_is "$(figure wrong)" 0 "no login and no write failed, and no answer was wrong"
	[ "$(figure logins)" -ge 1000 ] && [ "$(figure accepted)" -ge 400 ] && [ "$(figure writes)" -ge 50 ]
	tap $? "there was a load"
	tap_is "$(sasldblistusers -f "$DB" --count)" $((USERS + $(figure added) + $(figure there))) \
		"every user is there, and nobody else"
	[ "$(figure stayed)" -ge 16 ] && [ "$(figure stayed)" = "$(figure smtpds)" ] &&
		[ "$(figure growth-kB)" -le $GROWTH_MAX ]
	tap $? "the memory of the same smtpds does not grow by more than $GROWTH_MAX kB"
}

log_is_clean() {
	! grep -aE 'fatal:|panic:|killed by signal|bad command startup|can be used again|being written' \
		"$BOX/log/mail.log" >"$WORK/bad"
	tap $? "no smtpd died or could not look up" "$(head "$WORK/bad")"
}

make_users
start
run_load
log_is_clean
box_stop
tap_end
