#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# memcached: gives root up before it starts libsasl2, and answers from several threads.
# shellcheck disable=SC2034 # what program.sh uses

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 300 "$@"
# shellcheck source=tests/hosts/program.sh
. "$HOSTS_DIR/program.sh"

command -v memcached >/dev/null || bail "memcached is missing: see tests/setup.sh"
DB=$WORK/db/sasldb
REFUSED=1
export SASL_CONF_PATH=$WORK/conf
SASLPASSWD=(timeout 60 saslpasswd -a memcached)
mkdir "$WORK/db" "$WORK/conf"
cat >"$WORK/conf/memcached.conf" <<END
pwcheck_method: auxprop
auxprop_plugin: gsasldb
gsasldb_path: $DB
gsasldb_group: memcache
mech_list: ${MECHS[*]}
log_level: 7
END
copy_plugins "$WORK/plugins"

program() { # PORT
	exec env "${PLUGIN_ENV[@]}" SASL_PATH="$WORK/plugins" \
		memcached -S -u memcache -l 127.0.0.1 -p "$1" -U 0 -t 4 -v
}

log_in() { # MECH USER PASSWORD
	timeout 60 "$PYTHON" "$HOSTS_DIR/memcached_client.py" login "$PORT" "$@"
}

crowd() { # WHAT RIGHT WRONG
	"$PYTHON" "$HOSTS_DIR/memcached_client.py" crowd "$PORT" crowd "$2" "$3" "${MECHS[@]}" >"$CLIENT_TRANSCRIPT" 2>&1
	tap $? "$1" "$(cat "$CLIENT_TRANSCRIPT")"
}

# A user without a realm is one of this host's, for saslpasswd and for memcached.
REALM=$(printf '%s\n' "first" | "${SASLPASSWD[@]}" -c -p crowd 2>&1 | sed -n "s/.* realm: \(.*\) (the host's name.*/\1/p")
make_users
program_start

mapfile -t offered < <("$PYTHON" "$HOSTS_DIR/memcached_client.py" mechs "$PORT")
offers "${offered[@]}"
matrix "${MECHS[@]}"
live "${MECHS[@]}"

# Its threads look up at the same time, beside somebody who writes.
crowd "96 logins at once: each answer is right" first other
(
	trap 'exit 0' TERM
	while :; do
		printf '%s\n' "$RANDOM" | "${SASLPASSWD[@]}" -c -p -u "$REALM" -m PLAIN:bcrypt,CRAM-MD5 busy || exit
	done
) &
WRITER=$!
CHILDREN+=("$WRITER")
crowd "96 logins at once beside a writer: each answer is right" first other
kill "$WRITER"
wait "$WRITER"
tap $? "the writer had no error"
printf 'second\n' | "${SASLPASSWD[@]}" -p -u "$REALM" crowd
crowd "96 logins at once with a changed password: each answer is right" second first
log_is_clean
program_ends 0
tap_end
