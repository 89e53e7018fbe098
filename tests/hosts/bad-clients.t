#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Clients that break the rules, against a real Postfix: malformed messages, guesses, names that try to break the log.
# smtpd stays the same process and serves the next client; nobody learns by PLAIN or LOGIN who exists; the log holds no
# secret, and fail2ban reads nothing in it that a client forged.

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 600 "$@"
for tool in htpasswd fail2ban-regex; do
	command -v "$tool" >/dev/null || bail "$tool is missing: see tests/setup.sh"
done

REALM=mail.example.test
MECHS="PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256"
PASSWORD=Richtig-7x WRONG=Falsch-9q # bad_clients.py knows the first
DB=$WORK/db/sasldb
mkdir "$WORK/db"

# Hashes that cost next to nothing, so that a thousand can be had.
CHEAP="CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256:4096"

set_password() { # USER MECHS
	echo "$PASSWORD" | saslpasswd -c -p -f "$DB" -u "$REALM" -m "$2" "$1"
}

make_users() {
	local user
	for user in hoge other off past; do
		set_password "$user" "$CHEAP" || return
		htpasswd -niBC 4 "$user" <<<"$PASSWORD" | grep . >>"$WORK/hashes"
	done
	gsasldb import -f "$DB" --format crypt -u "$REALM" "$WORK/hashes" >"$WORK/said" &&
		set_password cramonly CRAM-MD5 &&
		gsasldb disable -f "$DB" -u "$REALM" off &&
		gsasldb expire -f "$DB" -u "$REALM" past 2001-01-01 &&
		gsasldb export -f "$DB" -o "$WORK/secrets"
}

# One smtpd, which serves everybody and shows no client the door.
one_smtpd_box() { # NAME SMTPD-OPTION...
	box_make "$1" y <<-END
		pwcheck_method: auxprop
		auxprop_plugin: gsasldb
		gsasldb_path: $DB
		gsasldb_mechs: $CHEAP
		mech_list: $MECHS
		log_level: 7
	END
	sed -i "s/- - smtpd\$/- 1 smtpd ${*:2}/" "$BOX/master.cf.in"
	cat >>"$BOX/etc/main.cf" <<-END
		max_use = 1000000
		smtpd_hard_error_limit = 1000000
		smtpd_soft_error_limit = 1000000
	END
	box_start
}

smtpd_pids() {
	sed -nE 's,^.{15} [^ ]+ postfix/smtpd\[([0-9]+)\]: .*,\1,p' "$BOX/log/mail.log" | sort -u | xargs
}

# The test points of bad_clients.py.
points() { # VERB ARGUMENT...
	local verdict name seen ended=1
	while IFS=$'\t' read -r verdict name seen; do
		case $verdict in
		ok) tap 0 "$name" ;;
		"not ok") tap 1 "$name" "$seen" ;;
		end) ended=0 && [ -z "$name" ] || echo "# $name" ;;
		*) echo "# $verdict" ;;
		esac
	done < <("$PYTHON" "$HOSTS_DIR/bad_clients.py" "$1" "$POSTFIX_PORT" "$CLIENT_TRANSCRIPT" "${@:2}" 2>&1)
	tap $ended "bad_clients.py $1 came to its end"
}

# Lines of the log that hold one of these passwords or a secret of the database.
leaks() { # PASSWORD...
	"$PYTHON" "$HOSTS_DIR/bad_clients.py" leaks "$BOX/log/mail.log" "$WORK/secrets" "$@" 2>&1
}

# Right and wrong, with every mechanism.
log_in() {
	local mech
	for mech in $MECHS; do
		login "right password" 235 msmtp "$mech" hoge "$PASSWORD"
		login "wrong password" 535 msmtp "$mech" hoge "$WRONG"
		login "unknown user" 535 msmtp "$mech" nobody "$WRONG"
	done
}

# ---- the log at log_level 7 ----

log_is_sound() {
	local log=$BOX/log/mail.log seen
	seen=$(grep -aEv "^[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [^ ]+ (postfix)?/[a-z/-]+\[[0-9]+\]: " "$log")
	tap_is "$seen" "" "each line of the log is one of Postfix"
	seen=$(LC_ALL=C grep -an $'[\x01-\x08\x0b-\x1f\x7f]' "$log"; iconv -f UTF-8 -t UTF-8 "$log" 2>&1 >"$WORK/utf8")
	tap_is "$seen" "" "without control characters, and in UTF-8"
	seen=$(grep -aE 'fatal:|panic:|error:|killed by signal|bad command startup' "$log")
	tap_is "$seen" "" "nothing died"
	tap_is "$(leaks "$PASSWORD" "$WRONG" Falsch-1)" "" "no password and no secret, however it is encoded"
}

# fail2ban's own filter finds who guessed, and nobody else.
fail2ban_is_not_fooled() {
	local log=$BOX/log/mail.log found want
	grep -aq 'SASL authentication failure: .*no such user .*6\.6\.6\.6' "$log"
	tap $? "a forged line stands in the log, inside one of ours"
	found=$(fail2ban-regex --print-no-missed --print-no-ignored -o ip "$log" "postfix[mode=aggressive]" 2>&1 |
		grep -E '^[0-9.:a-f]+$')
	tap_is "$(sort -u <<<"$found")" 127.0.0.1 "fail2ban finds the guesser's address and no forged one"
	want=$(grep -acE 'warning: [^[]*\[127\.0\.0\.1\]: SASL (PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5) authentication failed:' "$log")
	[ "$(wc -l <<<"$found")" -ge "$want" ] && [ "$want" -gt 600 ]
	tap $? "and finds each of his $want guesses" "found $(wc -l <<<"$found")"
}

# ---- the log of smtpd -v -v: Postfix itself shows the dialogue there ----

verbose_log_holds_no_secret() {
	one_smtpd_box verbose -v -v
	log_in
	grep -aq 'SASL authentication debug: ' "$BOX/log/mail.log"
	tap $? "smtpd -v -v: libsasl2's lines are all there"
	tap_is "$(leaks)" "" "no stored secret in any line"
	tap_is "$(leaks "$PASSWORD" "$WRONG" | grep -aE 'SASL authentication [a-z]+: ')" "" \
		"no password in a line of ours or of libsasl2"
	[ -n "$(leaks "$PASSWORD")" ]
	tap $? "known: the dialogue, which Postfix logs, holds them"
	box_stop
}

make_users >"$WORK/said" 2>&1 || bail "no users: $(cat "$WORK/said")"
one_smtpd_box bad
login "right password" 235 raw PLAIN hoge "$PASSWORD"
PID=$(smtpd_pids)
points malformed
points refused
points names
points wrong "$PID"
log_in
tap_is "$(smtpd_pids)" "$PID" "one smtpd served them all"
log_is_sound
fail2ban_is_not_fooled
box_stop
verbose_log_holds_no_secret
tap_end
