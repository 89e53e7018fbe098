#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: TLS, and what is offered without it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

# "postfix -c DIR tls" also reads the machine's own main.cf, which a Postfix that was never configured has not.
if [ ! -e /etc/postfix/main.cf ]; then
	need_namespace
	cp -a /etc/postfix "$WORK/etc-postfix"
	: >"$WORK/etc-postfix/main.cf"
	mount --bind "$WORK/etc-postfix" /etc/postfix || bail "cannot mount over /etc/postfix"
fi
check_begin
main_cf 'smtpd_tls_auth_only = yes'
heals tls-off "AUTH under TLS only, no certificate"
main_cf 'smtpd_tls_security_level = none'
heals tls-off "AUTH under TLS only, TLS is off"
main_cf 'smtpd_tls_auth_only = no'
master_cf smtpd_tls_security_level=none smtpd_tls_auth_only=yes
broken tls-off "by master.cf"
restore

sed -i "s/^127.0.0.1:/192.0.2.1:/" "$CONF/master.cf"
heals plaintext "PLAIN without TLS"
restore
sed -i "s/^127.0.0.1:[0-9]*/smtp/" "$CONF/master.cf"
main_cf "inet_interfaces = all" "smtpd_tls_security_level = may" \
	"smtpd_tls_cert_file = /nowhere/cert.pem"
broken plaintext "PLAIN beside TLS"
main_cf "smtpd_tls_auth_only = no" "smtpd_sasl_security_options = noanonymous, noplaintext" \
	"smtpd_sasl_tls_security_options = noanonymous"
smtpd_conf mech_list "PLAIN SCRAM-SHA-256"
silent "noplaintext, but under TLS"

finish
