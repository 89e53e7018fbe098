#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# svnserve, Subversion's server: forks for each connection after it has started libsasl2; with -T it makes threads.
# shellcheck disable=SC2034 # what program.sh uses

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 300 "$@"
# shellcheck source=tests/hosts/program.sh
. "$HOSTS_DIR/program.sh"

for tool in svnserve svnadmin svn; do
	command -v $tool >/dev/null || bail "$tool is missing: see tests/setup.sh"
done
REALM=svn.example.test
REFUSED=1
OTHER_REALMS=out
HOST_LOGS_SASL=no # svnserve gives libsasl2 no log; its messages go to syslog
LOG=$WORK/svnserve.log
export SASL_CONF_PATH=$WORK/conf
SASLPASSWD=(timeout 60 saslpasswd -a svn)
threads=()

mkdir "$WORK/db" "$WORK/conf" "$WORK/svn"
install -o daemon -m 600 /dev/null "$LOG" || bail "no log"
svnadmin create "$WORK/repo" || bail "no repository"
cat >"$WORK/repo/conf/svnserve.conf" <<END
[general]
anon-access = none
auth-access = read
realm = $REALM
[sasl]
use-sasl = true
END
copy_plugins "$WORK/plugins"

offer() { # MECH...
	cat >"$WORK/conf/svn.conf" <<-END
		pwcheck_method: auxprop
		auxprop_plugin: gsasldb
		gsasldb_path: $WORK/db/sasldb
		gsasldb_group: daemon
		mech_list: $*
	END
}

program() { # PORT
	exec env "${PLUGIN_ENV[@]}" SASL_PATH="$WORK/plugins" setpriv --reuid=daemon --regid=daemon --clear-groups \
		svnserve -d --foreground --listen-host 127.0.0.1 --listen-port "$1" -r "$WORK" --log-file "$LOG" "${threads[@]}"
}

# The client takes the mechanism that libsasl2 likes best of those offered.
log_in() { # MECH USER PASSWORD
	local said code
	said=$(timeout 60 svn info --non-interactive --no-auth-cache --config-dir "$WORK/svn" --username "$2" \
		--password "$3" "svn://127.0.0.1:$PORT/repo" 2>&1)
	code=$?
	echo "$said"
	[ $code != 1 ] || [[ $said == *E170001* ]] || code=9 # 1 is every error: only this one is a refusal
	return $code
}

# What the server offers to somebody who says the client's first words.
list_offered() {
	local answer url="svn://127.0.0.1:$PORT/repo"
	exec 3<>"/dev/tcp/127.0.0.1/$PORT" || return
	printf '( 2 ( edit-pipeline ) %d:%s ) ' ${#url} "$url" >&3
	IFS= read -r -d . -t 10 answer <&3
	exec 3>&-
	grep -oE '(PLAIN|LOGIN|[A-Z]+-[A-Z0-9-]+) ' <<<"$answer" | tr -d ' '
}

offer "${MECHS[@]}"
make_users
program_start
mapfile -t offered < <(list_offered)
offers "${offered[@]}"
program_ends 143 # it leaves that to the system

for mech in "${MECHS[@]}"; do
	offer "$mech"
	program_start
	matrix "$mech"
	live "$mech"
	program_stop
done

threads=(-T)
offer "SCRAM-SHA-256"
program_start
enters "with threads, right password" in SCRAM-SHA-256 hoge hoge
enters "with threads, wrong password" out SCRAM-SHA-256 hoge test
live SCRAM-SHA-256
log_is_clean
program_ends 143
tap_end
