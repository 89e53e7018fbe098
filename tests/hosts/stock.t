#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Beside the stock tools and the stock plugin: the stock saslpasswd2 sets passwords through our plugin, and a host
# that selected the stock sasldb works as before.

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 600 "$@"

REALM=mail.example.test
MECHS="PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256"
PASSWORD=Geheim-7q

every_mechanism() { # WHAT WANT PASSWORD
	local mech
	for mech in $MECHS; do
		login "$1" "$2" msmtp "$mech" hoge "$3"
	done
}

# The stock tool, with the plugins and the conf file of the box.
stock_saslpasswd() { # PASSWORD OPTION...
	printf '%s\n' "$1" | SASL_PATH=$BOX/plugins SASL_CONF_PATH=$BOX/etc/sasl \
		timeout 60 saslpasswd2 -a smtpd -u "$REALM" "${@:2}" hoge
}

readable() { # FILE...
	grep -aFq -e "$PASSWORD" -e "$(printf %s "$PASSWORD" | base64)" "$@"
}

# ---- the stock saslpasswd2 through our plugin ----

set_through_us() {
	local db=$WORK/db/sasldb
	mkdir "$WORK/db"
	box_make ours y <<-END
		pwcheck_method: auxprop
		auxprop_plugin: gsasldb
		gsasldb_path: $db
		mech_list: $MECHS
	END
	stock_saslpasswd "$PASSWORD" -c -p >"$WORK/said" 2>&1
	tap $? "stock saslpasswd2 sets a password" "$(cat "$WORK/said")"
	[ -s "$db" ] && [ ! -e "$BOX/etc/sasldb2" ]
	tap $? "in our database"
	! readable "$db" "$WORK"/db/.sasldb.*
	tap $? "which holds no readable password"
	tap_is "$(sasldblistusers -f "$db" | grep -c CLEARTEXT)" 0 "and lists none"
	tap_is "$(stat -c '%a %U %G' "$db")" "640 root postfix" "and is 0640 root:postfix"
	box_start
	every_mechanism "set by the stock tool" 235 "$PASSWORD"
	every_mechanism "set by the stock tool, wrong password" 535 wrong
	stock_saslpasswd "second" -p >"$WORK/said" 2>&1
	tap $? "stock saslpasswd2 changes it" "$(cat "$WORK/said")"
	every_mechanism "changed by the stock tool, the old one" 535 "$PASSWORD"
	every_mechanism "changed by the stock tool" 235 second
	stock_saslpasswd "" -d >"$WORK/said" 2>&1
	tap $? "stock saslpasswd2 deletes the user" "$(cat "$WORK/said")"
	every_mechanism "deleted by the stock tool" 535 second
	box_stop
}

# ---- the stock sasldb selected, by name or by naming none, without our plugin and beside it ----

stock_host() { # WHAT SELECTING-LINE OURS(y or n)
	local db=$WORK/stock.db sees
	box_make "stock-$3-${2##* }" n <<-END
		pwcheck_method: auxprop
		$2
		sasldb_path: $db
		gsasldb_path: $WORK/never/sasldb
		mech_list: $MECHS
	END
	rm -f "$db"
	[ "$3" = y ] || rm "$BOX/plugins/libgsasldb.so"
	stock_saslpasswd "$PASSWORD" -c -p >"$WORK/said" 2>&1
	tap $? "$1: saslpasswd2 sets a password" "$(cat "$WORK/said")"
	tap_is "$(cat "$WORK/said")" "" "$1: and says nothing"
	sees=$(SASL_PATH=$BOX/plugins sasldblistusers2 -f "$db" 2>&1)
	tap_is "$sees" "hoge@$REALM: userPassword" "$1: into its own file"
	chgrp postfix "$db" && chmod 640 "$db"
	box_start
	# shellcheck disable=SC2034 # login's
	WHERE=$1
	every_mechanism "right password" 235 "$PASSWORD"
	every_mechanism "wrong password" 535 wrong
	! grep -a gsasldb "$BOX/log/mail.log"
	tap $? "$1: nothing of ours in the log"
	[ ! -e "$WORK/never" ]
	tap $? "$1: no file of ours"
	box_stop
}

set_through_us
for ours in n y; do
	beside=$([ $ours = y ] && echo "beside ours" || echo "alone")
	stock_host "sasldb selected, $beside" "auxprop_plugin: sasldb" $ours
	stock_host "no plugin selected, $beside" "" $ours
done
tap_end
