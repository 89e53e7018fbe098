#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Real clients log in to a real Postfix with every mechanism.  smtpd is not chrooted; with the argument
# "chrooted", as postfix-chrooted.t gives it, it is, as Debian ships it.

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 900 "$@"
CHROOT=$([ "${1-}" = chrooted ] && echo y || echo n)

REALM=mail.example.test
OTHER=other.example.test
MECHS="PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256"
DB=$WORK/db/sasldb
OTHER_PASSWORD=Anders-9x
mkdir "$WORK/db"

smtpd_conf() {
	printf '%s\n' "pwcheck_method: auxprop" "auxprop_plugin: gsasldb" "gsasldb_path: $DB" "mech_list: $MECHS"
}

set_password() { # USER REALM PASSWORD [OPTION...]
	printf '%s\n' "$3" | timeout 60 saslpasswd -c -p -f "$DB" -u "$2" "${@:4}" "$1"
}

make_users() {
	set_password hoge "$REALM" hoge &&
		set_password hoge "$OTHER" "$OTHER_PASSWORD" &&
		set_password plainonly "$REALM" hoge -m PLAIN &&
		set_password cramonly "$REALM" hoge -m CRAM-MD5
}

# ---- what Postfix offers ----

offers() {
	local mechs want
	talk >/dev/null
	want=$(tr ' ' '\n' <<<"$MECHS" | sort | xargs)
	mechs=$(sed -n 's/^< 250-AUTH //p' "$CLIENT_TRANSCRIPT" | tr ' ' '\n' | sort | xargs)
	tap_is "$mechs" "$want" "$WHERE: EHLO says 250-AUTH with each mechanism of mech_list once"
	mechs=$(sed -n 's/^< 250-AUTH=//p' "$CLIENT_TRANSCRIPT" | tr ' ' '\n' | sort | xargs)
	tap_is "$mechs" "$want" "$WHERE: EHLO says 250-AUTH= too, for broken clients"
}

# ---- the guide's two lines, and their like ----

typed() {
	tap_is "$(talk 'AUTH PLAIN aG9nZQBob2dlAGhvZ2U=')" 235 "$WHERE: typed: hoge with password hoge"
	tap_is "$(talk 'AUTH PLAIN aG9nZQBob2dlAHRlc3Q=')" 535 "$WHERE: typed: hoge with password test"
	tap_is "$(talk "AUTH PLAIN $(plain_response hoge hoge somebody)")" 535 \
		"$WHERE: typed: nobody may act for somebody else"
	tap_is "$(talk 'AUTH PLAIN aG9nZQ==' 'AUTH PLAIN aG9nZQBob2dlAGhvZ2U=')" "535 235" \
		"$WHERE: typed: after a message without NUL the right one is still taken"
}

# ---- every mechanism, every client ----

matrix() {
	local mech client lacking has lines
	for mech in $MECHS; do
		case $mech in
		PLAIN | LOGIN) lacking=cramonly has=CRAM-MD5 ;;
		*) lacking=plainonly has=PLAIN ;;
		esac
		for client in $(clients_for "$mech"); do
			login "right password" 235 "$client" "$mech" hoge hoge
			login "wrong password" 535 "$client" "$mech" hoge test
			login "unknown user" 535 "$client" "$mech" nobody hoge
			lines=$(log_lines "$BOX")
			login "user who has only $has" 535 "$client" "$mech" "$lacking" hoge
			tap_log "$WHERE: $mech user who has only $has, $client: the log names it" "$lines" \
				"user $lacking in realm $REALM has no secret for $mech; he has: $has\$"
			if [ "$mech" = DIGEST-MD5 ]; then
				login "user@realm" 535 "$client" "$mech" "hoge@$REALM" hoge
				tap_log "$WHERE: $mech user@realm, $client: the log explains it" 0 \
					"DIGEST-MD5 .*a client that writes user@realm as its user name cannot log in"
				login "user@otherrealm" 535 "$client" "$mech" "hoge@$OTHER" "$OTHER_PASSWORD"
			else
				login "user@realm" 235 "$client" "$mech" "hoge@$REALM" hoge
				login "user@REALM" 235 "$client" "$mech" "hoge@${REALM^^}" hoge
				login "user@otherrealm" 235 "$client" "$mech" "hoge@$OTHER" "$OTHER_PASSWORD"
			fi
			login "user@otherrealm, this realm's password" 535 "$client" "$mech" "hoge@$OTHER" hoge
			login "user@norealm" 535 "$client" "$mech" "hoge@no.example.test" hoge
		done
	done
}

# ---- changes while smtpd runs: over a connection that was open before, and with every mechanism ----

every_mechanism() { # WHAT WANT USER PASSWORD
	local mech
	for mech in $MECHS; do
		login "$1" "$2" msmtp "$mech" "$3" "$4"
	done
}

live() {
	local first second set
	first=$(plain_response live first) second=$(plain_response live second)
	set="| saslpasswd -c -p -f '$DB' -u $REALM live"
	tap_is "$(talk "AUTH PLAIN $first" "!echo first $set" "AUTH PLAIN $first")" "535 235" \
		"$WHERE: a user created while a connection is open logs in over it"
	every_mechanism "user created meanwhile" 235 live first
	tap_is "$(talk "AUTH PLAIN $second" "!echo second $set" "AUTH PLAIN $first" "AUTH PLAIN $second")" \
		"535 535 235" "$WHERE: a password changed while a connection is open counts over it"
	every_mechanism "old password" 535 live first
	every_mechanism "new password" 235 live second
	tap_is "$(talk "AUTH PLAIN $first" "!saslpasswd -d -f '$DB' -u $REALM live" "AUTH PLAIN $second")" \
		"535 535" "$WHERE: a user deleted while a connection is open is gone over it"
	every_mechanism "user deleted meanwhile" 535 live second
}

# ---- the log ----

log_is_clean() {
	! grep -aE 'fatal:|panic:|killed by signal|bad command startup' "$BOX/log/mail.log"
	tap $? "$WHERE: no smtpd died"
	! grep -aF -e "$OTHER_PASSWORD" "$BOX/log/mail.log"
	tap $? "$WHERE: no password in the log"
}

# ---- files that cannot be used ----

# Postfix loads plugins as root, before it drops root and the chroot is made.
only_root_may_read() {
	fault_box rootonly
	set_password hoge "$REALM" hoge
	chown root:root "$WORK"/rootonly.db/* "$WORK"/rootonly.db/.sasldb.*
	chmod 600 "$WORK"/rootonly.db/* "$WORK"/rootonly.db/.sasldb.*
	box_start
	login "file that only root may read, opened before root is dropped" 235 raw PLAIN hoge hoge
	box_stop
}

# A file that smtpd must open late, as its own user: "try again later", and the log says what to do.
made_later() {
	local lines
	fault_box later
	box_start
	lines=$(log_lines "$BOX")
	login "no database yet" 535 raw PLAIN hoge hoge
	tap_log "$WHERE: no database yet: the log names it" "$lines" "$WORK/later.db"
	set_password hoge "$REALM" hoge -g root
	chmod 600 "$DB"
	lines=$(log_lines "$BOX")
	login "file made later that smtpd may not read" 454 raw PLAIN hoge hoge
	tap_log "$WHERE: file made later that smtpd may not read: the log says who, what and the remedy" "$lines" \
		"$DB.*uid $(id -u postfix) and gid $(id -g postfix).*uid 0, gid 0 and mode 0600" \
		"chgrp postfix $DB; chmod 640 $DB"
	chgrp postfix "$DB" && chmod 640 "$DB"
	login "file that smtpd may read now" 235 raw PLAIN hoge hoge
	box_stop
}

# In the jail smtpd cannot reach a new file.
made_later_out_of_reach() {
	local lines
	fault_box later
	box_start
	login "no database yet" 535 raw PLAIN hoge hoge
	set_password hoge "$REALM" hoge
	box_reload
	tap_becomes "$WHERE: file made later, after a reload: 235" 235 hoge
	lines=$(log_lines "$BOX")
	rm "$DB" "${DB%/*}"/.sasldb.*
	set_password hoge "$REALM" second
	tap_becomes "$WHERE: file replaced out of reach: 454, not 535" 454 second
	tap_log "$WHERE: file replaced out of reach: the log asks for a reload" "$lines" "$DB.*reload"
	box_reload
	tap_becomes "$WHERE: file replaced, after a reload: 235" 235 second
	box_stop
}

garbage() {
	local lines mech
	fault_box garbage
	head -c 20000 /dev/urandom >"$DB"
	chgrp postfix "$DB" && chmod 640 "$DB"
	box_start
	lines=$(log_lines "$BOX")
	for mech in $MECHS; do
		login "garbage instead of a database" 454 msmtp "$mech" hoge hoge
	done
	tap_log "$WHERE: garbage instead of a database: the log names it" "$lines" "$DB: "
	box_stop
}

# A box of its own with no database yet at DB.
fault_box() { # NAME
	DB=$WORK/$1.db/sasldb
	mkdir "$WORK/$1.db"
	box_make "$1" "$CHROOT" < <(smtpd_conf)
}

box_reload() {
	postfix -c "$BOX/etc" reload >/dev/null 2>&1
}

# Within a few seconds AUTH PLAIN gets that reply.
tap_becomes() { # NAME REPLY PASSWORD
	wait_for 10 smtpd_says "$2" "$3"
	tap $? "$1"
}

# shellcheck disable=SC2317 # wait_for calls it
smtpd_says() { # REPLY PASSWORD
	[ "$(client_login raw "$POSTFIX_PORT" PLAIN hoge "$2")" = "$1" ]
}

make_users || bail "saslpasswd does not make users"
box_make matrix "$CHROOT" < <(smtpd_conf)
box_start
offers
typed
matrix
live
log_is_clean
box_stop
only_root_may_read
if [ "$CHROOT" = y ]; then
	made_later_out_of_reach
else
	made_later
fi
garbage
tap_end
