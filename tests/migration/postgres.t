#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From a real PostgreSQL server and back to it: a private one, which listens on a socket in a folder of its own and
# nowhere else.

set -u
# shellcheck source=tests/migration/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:$(printf %s: /usr/lib/postgresql/*/bin) # Debian has the server there
migration_begin 120 initdb postgres psql setpriv

SERVER=$WORK/server
SERVER_PID=
unset "${!PG@}"

# ---- the server ----

AS_POSTGRES=(setpriv --reuid=postgres --regid=postgres --init-groups) # the user comes with Debian's package

sql() { # STATEMENTS
	(cd "$SERVER" && "${AS_POSTGRES[@]}" psql -X -q -h "$SERVER" -d postgres -v ON_ERROR_STOP=1 -At -c "$1")
}

server_start() {
	mkdir "$SERVER" && chown postgres: "$SERVER" || return
	(cd "$SERVER" && "${AS_POSTGRES[@]}" initdb -D data -N -E UTF8 --locale=C.UTF-8 --auth=reject) || return
	printf '%s\n' "local all postgres peer" "local all all scram-sha-256" >"$SERVER/data/pg_hba.conf"
	(cd "$SERVER" && exec "${AS_POSTGRES[@]}" postgres -D data -c listen_addresses= \
		-c unix_socket_directories="$SERVER" -c fsync=off) &
	SERVER_PID=$!
	trap 'server_stop; host_end' EXIT
	wait_for 20 sql "SELECT 1"
}

# shellcheck disable=SC2317 # the trap calls it
server_stop() {
	[ -n "$SERVER_PID" ] || return 0
	kill -INT "$SERVER_PID" # without waiting for clients; it takes its children with it
	wait_for 10 pid_gone "$SERVER_PID" || kill -QUIT "$SERVER_PID"
	SERVER_PID=
}

# Who one is after a login with the password; nobody without it.
psql_user() { # ROLE PASSWORD
	PGPASSWORD=$2 psql -X -h "$SERVER" -d postgres -U "$1" -w -At -c "SELECT current_user" 2>"$WORK/said"
}

# ---- from PostgreSQL ----

from_postgres() {
	sql "CREATE ROLE ann LOGIN PASSWORD 'hoge'; CREATE ROLE bob LOGIN PASSWORD 'Größe 7 €';
		CREATE ROLE nobody LOGIN" || bail "no roles"
	sql "COPY (SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL) TO STDOUT" >"$WORK/roles"
	imports "rolpassword" "added 2" "$WORK/roles" -u "$REALM" --format postgres
	logs_in "rolpassword" ann hoge PLAIN LOGIN SCRAM-SHA-256
	logs_in "rolpassword, not ASCII" bob "Größe 7 €" PLAIN LOGIN SCRAM-SHA-256
	imports "rolpassword, recognised" "unchanged 2" "$WORK/roles" -u "$REALM"
	sql "ALTER ROLE ann PASSWORD 'second'"
	sql "COPY (SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin) TO STDOUT (NULL '')" \
		>"$WORK/roles"
	imports "changed there" "changed 1, unchanged 1" "$WORK/roles" -u "$REALM" --format postgres
	tap_is "$(grep -o 'not kept: .*' "$WORK/notes" | cut -d' ' -f 5- | sort | xargs -d '\n')" \
		"nobody@$REALM: no password postgres@$REALM: no password" "who has no password is named"
	verifies "changed there" ann second PLAIN LOGIN SCRAM-SHA-256
	sql "SET password_encryption = md5; CREATE ROLE old LOGIN PASSWORD 'hoge'" 2>"$WORK/said"
	sql "COPY (SELECT rolname, rolpassword FROM pg_authid WHERE rolname IN ('ann', 'old') ORDER BY 1) TO STDOUT" \
		>"$WORK/roles"
	refuses "md5" "line 2: .*scram-sha-256" "$WORK/roles" -u "$REALM"
}

# ---- to PostgreSQL ----

to_postgres() {
	local role verifier
	printf 'Größe 7 €' | saslpasswd -c -p -f "$DB" -u "$REALM" carol
	printf hoge | saslpasswd -c -p -f "$DB" -u "$REALM" -m SCRAM-SHA-256:4096 dave
	gsasldb export -f "$DB" -u "$REALM" --format postgres >"$WORK/exported" 2>"$WORK/notes"
	tap_is "$? $(cut -f 1 "$WORK/exported" | xargs)" "0 ann bob carol dave" "export --format postgres"
	while IFS=$'\t' read -r role verifier; do
		sql "SET client_min_messages = error; DROP ROLE IF EXISTS $role; CREATE ROLE $role LOGIN; ALTER ROLE $role PASSWORD '$verifier'" ||
			bail "$role is no role"
	done <"$WORK/exported"
	psql_takes carol 'Größe 7 €'
	psql_takes dave hoge
	psql_takes ann second
	sql "COPY (SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword LIKE 'SCRAM%') TO STDOUT" >"$WORK/roles"
	imports "round trip" "unchanged 4" "$WORK/roles" -u "$REALM"
}

psql_takes() { # ROLE PASSWORD
	tap_is "$(psql_user "$1" "$2")" "$1" "export of $1: PostgreSQL takes it"
	tap_is "$(psql_user "$1" "${2}x")" "" "export of $1: PostgreSQL does not take another password"
}

server_start >"$WORK/start" 2>&1 || { sed 's/^/# /' "$WORK/start"; bail "PostgreSQL does not start"; }
from_postgres
to_postgres
tap_end
