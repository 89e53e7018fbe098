#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Cyrus imapd: its options are lines of imapd.conf, and its LOGIN command calls sasl_checkpass().
# shellcheck disable=SC2034 # what program.sh uses

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 300 "$@"
# shellcheck source=tests/hosts/program.sh
. "$HOSTS_DIR/program.sh"
# shellcheck source=tests/hosts/root.sh
. "$HOSTS_DIR/root.sh"

REALM=imap.example.test
REFUSED=1
SASLPASSWD=(timeout 60 "${IN_ROOT[@]}" saslpasswd -g mail)
LOG=$WORK/syslog
CLIENT=gsasl

root_make cyrus-imapd msmtp-mta # any package that can send mail will do
root_account cyrus mail
mkdir -p "$ROOT"/var/lib/cyrus/{db,socket} "$ROOT"/run/cyrus "$ROOT"/var/spool/cyrus/mail
chown -R 990:990 "$ROOT"/{var/lib,run,var/spool}/cyrus || bail "no folders"
cat >"$ROOT/etc/imapd.conf" <<END
configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
servername: $REALM
loginrealms: $REALM $OTHER
failedloginpause: 0
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: gsasldb
sasl_mech_list: ${MECHS[*]}
END

# Everything goes to syslog.
"$PYTHON" - "$ROOT/dev/log" <<'END' >"$LOG" &
import os, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
while True:
    print(log.recv(65536).decode("utf-8", "replace").rstrip("\n"), flush=True)
END
CHILDREN+=($!)
wait_for 10 test -S "$ROOT/dev/log" || bail "no log"

program() { # PORT
	cat >"$ROOT/etc/cyrus.conf" <<-END
		START {
		}
		SERVICES {
			imap cmd="imapd" listen="127.0.0.1:$1" prefork=0
		}
		EVENTS {
		}
	END
	exec "${IN_ROOT[@]}" /usr/lib/cyrus/bin/master -C /etc/imapd.conf -M /etc/cyrus.conf -p /run/cyrus/master.pid
}

log_in() { # MECH USER PASSWORD
	case $CLIENT in
	gsasl) timeout 60 gsasl --imap --connect "127.0.0.1:$PORT" -m "$1" -a "$2" -p "$3" --no-starttls ;;
	imaplib) timeout 60 "$PYTHON" "$CLIENTS_PY" imaplib "$PORT" "$@" ;;
	esac
}

make_users
set_password checked "$REALM" hoge -m PLAIN:smd5
set_password checked "$OTHER" "$OTHER_PASSWORD" -m PLAIN:smd5
program_start
exec 3<>"/dev/tcp/127.0.0.1/$PORT"
mapfile -t offered < <(timeout 20 head -n 1 <&3 | grep -oE 'AUTH=[A-Z0-9-]+' | sed 's/AUTH=//')
exec 3>&-
offers "${offered[@]}"
matrix "${MECHS[@]}"
live "${MECHS[@]}"

CLIENT=imaplib
every_mechanism "another client, right password" in hoge hoge "${MECHS[@]}"
every_mechanism "another client, wrong password" out hoge test "${MECHS[@]}"

# IMAP's LOGIN command, which knows PLAIN:smd5 and CLEARTEXT only.
enters "right password" in command checked hoge
enters "wrong password" out command checked test
enters "unknown user" out command nobody hoge
enters "user@realm" in command "checked@$REALM" hoge
enters "user@otherrealm" in command "checked@$OTHER" "$OTHER_PASSWORD"
enters "user@otherrealm, this realm's password" out command "checked@$OTHER" hoge
enters "user with a slow hash only" out command plainonly hoge
log_says "command: the log names it" \
	"user plainonly in realm $REALM has no secret for sasl_checkpass \(PLAIN:smd5 or CLEARTEXT\); he has: PLAIN\$"
set_password checked "$REALM" second # keeps its scheme
enters "old password" out command checked hoge
enters "new password" in command checked second
enters "the same user by AUTHENTICATE" in PLAIN checked second
log_is_clean
# with the runtime of sanitizers imapd hangs in its exit, in libp11-kit's freelocale(), also without any plugin
[ -n "$SANITIZERS" ] || program_ends 0
tap_end
