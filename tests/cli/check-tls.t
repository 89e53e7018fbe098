#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: TLS, and what is offered without it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin
cp -a "$CONF" "$WORK/tls-conf"
postfix -c "$WORK/tls-conf" tls enable-server >/dev/null 2>&1 || skip_all "postfix tls does not work"
postconf -c "$WORK/tls-conf" -h smtpd_tls_cert_file smtpd_tls_key_file >"$WORK/certificate"

main_cf 'smtpd_tls_auth_only = yes'
broken tls-off "AUTH under TLS only, no certificate"
silent "mended"
main_cf 'smtpd_tls_security_level = none'
broken tls-off "AUTH under TLS only, TLS is off"
silent "mended again"
main_cf 'smtpd_tls_auth_only = no'
postconf -c "$CONF" -P "127.0.0.1:$POSTFIX_PORT/inet/smtpd_tls_security_level=none" \
	"127.0.0.1:$POSTFIX_PORT/inet/smtpd_tls_auth_only=yes"
broken tls-off "by master.cf"
restore

sed -i "s/^127.0.0.1:/192.0.2.1:/" "$CONF/master.cf"
broken plaintext "PLAIN without TLS"
silent "mended"
restore
sed -i "s/^127.0.0.1:[0-9]*/smtp/" "$CONF/master.cf"
main_cf "inet_interfaces = all" "smtpd_tls_security_level = may" \
	"smtpd_tls_cert_file = $(sed -n 1p "$WORK/certificate")" "smtpd_tls_key_file = $(sed -n 2p "$WORK/certificate")"
broken plaintext "PLAIN beside TLS"
main_cf "smtpd_tls_auth_only = no" "smtpd_sasl_security_options = noanonymous, noplaintext" \
	"smtpd_sasl_tls_security_options = noanonymous"
smtpd_conf mech_list "PLAIN SCRAM-SHA-256"
silent "noplaintext, but under TLS"

finish
