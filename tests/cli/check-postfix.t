#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: main.cf and master.cf.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin

# Postfix is where administrators' commands are: only an empty folder over it hides it
if [ -x /usr/sbin/postconf ] && unshare -m true 2>/dev/null; then
	mkdir "$WORK/empty"
	gsasldb disable -f "$DB" -u "$REALM" ann
	# shellcheck disable=SC2016,SC2317
	hidden() {
		unshare -m sh -c 'mount --bind "$0" /usr/sbin && exec "$@"' "$WORK/empty" "$@"
	}
	run hidden "$(command -v gsasldb)" check --config-dir "$CONF" -f "$DB" --json
	ok "no Postfix: the rest is checked" finding disabled remedy
	is "$(finding postfix-missing severity)" advice "no Postfix: postfix-missing"
	is "$(finding postfix-missing remedy)" "apt-get install postfix" "what to do"
	gone postfix-missing "with Postfix"
	gsasldb enable -f "$DB" -u "$REALM" ann
else
	skip "no Postfix: cannot hide it"
fi

echo 'nonsense' >>"$CONF/main.cf"
check --json
ok "main.cf with nonsense: postfix-broken" finding postfix-broken remedy
ok "with the words of postconf" grep -q 'missing .=. after attribute name' "$WORK/out"
restore
gone postfix-broken "main.cf without nonsense"

sed -i '/smtpd$/d' "$CONF/master.cf"
broken no-smtpd "master.cf without smtpd"
restore

main_cf 'smtpd_sasl_auth_enable = no'
broken auth-off "main.cf: no AUTH"
master_cf smtpd_sasl_auth_enable=no
broken auth-off "master.cf: no AUTH"
is "$(postconf -c "$CONF" -P | grep -c 'auth_enable = yes')" 1 "it was mended in master.cf"
restore

main_cf 'smtpd_sasl_type = dovecot'
broken sasl-type "Dovecot"
main_cf 'smtpd_sasl_path = private/auth'
broken sasl-path "a path for Dovecot"
silent "both mended"
printf 'other inet n - n - - smtpd -o smtpd_sasl_path=other\n' >>"$CONF/master.cf"
broken sasl-path "two smtpd with two conf files"
restore

main_cf 'smtpd_discard_ehlo_keywords = dsn, AUTH, etrn'
broken auth-discarded "AUTH is not announced"
is "$(postconf -c "$CONF" -h smtpd_discard_ehlo_keywords)" "dsn, etrn" "the others stay"
restore

main_cf 'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination'
broken relay-refused "main.cf: relay restrictions"
is "$(postconf -c "$CONF" -h smtpd_relay_restrictions)" \
	"permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination" "where it was put"
for list in 'permit_mynetworks, check_helo_access hash:/reject, warn_if_reject reject' \
	'permit_mynetworks permit' 'reject_rbl_client reject.example, permit_sasl_authenticated, reject'; do
	main_cf "smtpd_helo_restrictions = $list"
	gone relay-refused "not with $list"
done
main_cf 'smtpd_helo_restrictions ='
master_cf smtpd_client_restrictions=permit_mynetworks,reject
heals relay-refused "master.cf: client restrictions"

finish
