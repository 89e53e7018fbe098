#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# slapd, OpenLDAP's server: asks for another plugin while it loads us and for us once it has read its own
# configuration, wants a property that nobody has (slapAuthzDN), and answers from several threads.
# shellcheck disable=SC2034 # what program.sh uses

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 300 "$@"
# shellcheck source=tests/hosts/program.sh
. "$HOSTS_DIR/program.sh"
# shellcheck source=tests/hosts/root.sh
. "$HOSTS_DIR/root.sh"

REALM=ldap.example.test
REFUSED=49 # LDAP_INVALID_CREDENTIALS
SASLPASSWD=(timeout 60 "${IN_ROOT[@]}" saslpasswd -a /etc/ldap/sasl2/slapd.conf)

root_make slapd ldap-utils
root_account openldap openldap
mkdir -p "$ROOT/etc/ldap/sasl2"
cat >"$ROOT/etc/ldap/sasl2/slapd.conf" <<END
pwcheck_method: auxprop
gsasldb_group: openldap
gsasldb_plain: yes
mech_list: ${MECHS[*]}
log_level: 7
END
cat >"$ROOT/etc/ldap/slapd.conf" <<END
sasl-host $REALM
sasl-realm $REALM
sasl-secprops noanonymous
sasl-auxprops gsasldb
END

program() { # PORT
	exec "${IN_ROOT[@]}" slapd -f /etc/ldap/slapd.conf -h "ldap://127.0.0.1:$1" \
		-u openldap -g openldap -d stats
}

ldap() { # COMMAND OPTION...
	timeout 60 "${IN_ROOT[@]}" "$1" -H "ldap://127.0.0.1:$PORT" "${@:2}"
}

# -O none: the client's library, too, must be told to send a password in the clear.
log_in() { # MECH USER PASSWORD [OPTION...]
	ldap ldapwhoami -Q -O none -Y "$1" -U "$2" -w "$3" "${@:4}"
}

# Who the server says that the last login was.
is_dn() { # DN NAME
	tap_is "$(sed -n 's/^dn://p' "$CLIENT_TRANSCRIPT")" "$1" "$2"
}

make_users
program_start
mapfile -t offered < <(ldap ldapsearch -x -LLL -s base -b '' supportedSASLMechanisms |
	sed -n 's/^supportedSASLMechanisms: //p')
offers "${offered[@]}"
matrix "${MECHS[@]}"
live "${MECHS[@]}"

for mech in PLAIN DIGEST-MD5 SCRAM-SHA-256; do # the others have no authorization identity
	enters "acting for himself" in $mech hoge hoge -X u:hoge
	is_dn "uid=hoge,cn=$REALM,cn=${mech,,},cn=auth" "$mech acting for himself: is himself"
	log_in $mech hoge hoge -X u:plainonly >"$CLIENT_TRANSCRIPT" 2>&1
	tap_is $? 50 "$mech acting for somebody else: insufficient access, as nobody has a slapAuthzDN"
done
log_is_clean
program_ends 0
tap_end
