#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What gsasldb check says is true: where it finds nothing a login succeeds; with each error it fails, and
# succeeds again after the remedy and a reload.

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 300 "$@"

REALM=mail.example.test
DB=$WORK/db/sasldb
mkdir "$WORK/db"

smtpd_conf() {
	printf '%s\n' "pwcheck_method: auxprop" "auxprop_plugin: gsasldb" "gsasldb_path: $DB" \
		"gsasldb_mechs: SCRAM-SHA-256 PLAIN" "mech_list: PLAIN LOGIN SCRAM-SHA-256"
}

# Reads everything anew: smtpd is started anew, too.
reload() {
	timeout -k 5 60 postfix -c "$BOX/etc" reload </dev/null >"$WORK/reload" 2>&1
	wait_for 10 port_answers "$POSTFIX_PORT"
}

check() {
	found=$(timeout -k 5 60 gsasldb check --config-dir "$BOX/etc" --json 2>&1 </dev/null)
}

auth() { # WHAT WANT(a pattern)
	local got
	got=$(talk "AUTH PLAIN $(plain_response hoge hoge)")
	# shellcheck disable=SC2053
	[[ $got == $2 ]]
	tap $? "$WHERE: $1: login: $2" "got '$got'"
}

# It is broken now.
proves() { # ID WHAT WANT-OF-A-LOGIN
	local remedy
	reload
	auth "$2" "$3"
	check
	remedy=$(perl -ne 'print $1 =~ s/\\(.)/$1 eq "n" ? "\n" : $1/ger if /"severity":"error","id":"'"$1"'".*"remedy":"(.*)"}$/' <<<"$found")
	[ -n "$remedy" ]
	tap $? "$WHERE: $2: check finds $1" "$found"
	sh -e -c "$remedy" >"$WORK/remedy" 2>&1 </dev/null
	tap $? "$WHERE: $2: the remedy can be run: $(tr '\n' ';' <<<"$remedy")" "$(cat "$WORK/remedy")"
	reload
	check
	tap_is "$found" "" "$WHERE: $2: after the remedy check finds nothing"
	auth "$2, after the remedy" 235
}

for chroot in y n; do
	box_make "box-$chroot" "$chroot" < <(smtpd_conf)
	printf 'hoge\n' | timeout 60 saslpasswd -c -p -f "$DB" -u "$REALM" -m SCRAM-SHA-256,PLAIN hoge ||
		bail "cannot create the user"
	box_start
	check
	tap_is "$found" "" "$WHERE: check finds nothing"
	auth "nothing is wrong" 235

	postconf -c "$BOX/etc" -e 'smtpd_sasl_local_domain = example.test'
	proves realm-mismatch "another realm" 535

	sed -i 's/^gsasldb_path:.*/&\ngsasldb_mechs: nonsense/; /^gsasldb_mechs/d' "$BOX/etc/sasl/smtpd.conf"
	proves option-value "an option that cannot be" 454

	mv "$WORK/db" "$WORK/db-kept"
	mkdir "$WORK/db"
	reload
	auth "no database" 535
	check
	tap_is "$(grep -o '"id":"[a-z-]*"' <<<"$found")" '"id":"database-missing"' \
		"$WHERE: check finds database-missing"
	rm -r "$WORK/db"
	mv "$WORK/db-kept" "$WORK/db"

	# every plugin is asked then; what they say depends on the machine's own /etc/sasldb2
	sed -i '/^auxprop_plugin/d' "$BOX/etc/sasl/smtpd.conf"
	proves auxprop-plugin "no auxprop_plugin" '[45]??'

	postconf -c "$BOX/etc" -e 'smtpd_sasl_auth_enable = no'
	proves auth-off "no AUTH" 503
	box_stop
done

tap_end
