#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check finds nothing in a system in which nothing is wrong; the forms of its output; exit codes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin
silent "a chrooted smtpd, two mechanisms, one user"
check --json
succeeds "no line of JSON either"
main_cf 'inet_interfaces = all'
sed 's/^127.0.0.1:/smtp-/; s/^smtp-[0-9]*/smtp/' -i "$CONF/master.cf"
main_cf 'smtpd_tls_security_level = may' 'smtpd_tls_cert_file = /nowhere/cert.pem' 'smtpd_tls_auth_only = yes'
cat >>"$CONF/master.cf" <<'END'
submission inet n - y - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o { smtpd_client_restrictions = permit_sasl_authenticated, reject }
smtps inet n - - - - smtpd -o smtpd_tls_wrappermode=yes
smtpd pass - - n - - smtpd
END
silent "a server for the world, with TLS, submission and smtps"
main_cf 'smtpd_sasl_auth_enable = no'
settle
postconf -c "$CONF" -P submission/inet/smtpd_sasl_auth_enable=yes
silent "AUTH at submission only"
main_cf 'smtpd_sasl_type = dovecot' 'smtpd_sasl_path = private/auth'
postconf -c "$CONF" -P submission/inet/smtpd_sasl_type=cyrus submission/inet/smtpd_sasl_path=smtpd
silent "and by Dovecot elsewhere"

restore
create bob -m SCRAM-SHA-256,PLAIN,CRAM-MD5
gsasldb disable -f "$DB" -u "$REALM" bob
check
is_rc 0 "advice alone: exit code 0"
err_is "" "no message"
out_like '^advice: disabled: 1 user \(bob@mail.example.test\)$' "what was found"
out_like "^  remedy: gsasldb enable -f $DB -u $REALM -- bob\$" "and what mends it"
chmod 644 "$DB"
check
is_rc 1 "an error: exit code 1"
is "$(sed -n '1s/:.*//p' "$WORK/out")" error "errors come first"
check --json
is_rc 1 "as JSON, too"
is "$(finding disabled severity)" advice "JSON has the severity"
is "$(finding everybody severity)" error "of each"
run gsasldb check --config-dir "$CONF" surplus
is_rc 64 "an argument"
run gsasldb check --config-dir "$CONF" -f "$WORK/other"
is_rc 1 "-f: another database, which is not there"
out_like "/other: there is no database" "says so"
if [ -e /dev/full ]; then
	gsasldb check --config-dir "$CONF" >/dev/full 2>"$WORK/err"
	is $? 1 "standard output is full: the finding's exit code"
fi

finish
