#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: realms, and users who cannot log in.
# shellcheck disable=SC2016  # hashes have dollars
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin

main_cf 'smtpd_sasl_local_domain = example.test'
heals realm-mismatch "another smtpd_sasl_local_domain"
main_cf 'smtpd_sasl_local_domain ='
silent "an empty one is myhostname"
main_cf 'myhostname = new.example.test'
broken realm-mismatch "another myhostname"
restore
main_cf 'smtpd_sasl_local_domain = MAIL.Example.Test'
silent "the case of letters does not count"
master_cf smtpd_sasl_local_domain=x.example.test
heals realm-mismatch "in master.cf"
printf hoge | saslpasswd -c -f "$DB" -u other.example.test -m SCRAM-SHA-256,PLAIN bob
silent "a second realm"
master_cf smtpd_sasl_local_domain=x.example.test
broken realm-empty "no user in smtpd's realm, several others"
check
is_rc 0 "which is no error: they can write user@realm"
restore

smtpd_conf mech_list "PLAIN LOGIN SCRAM-SHA-256 DIGEST-MD5"
printf hoge | saslpasswd -f "$DB" -u Mail.Example.Test -m SCRAM-SHA-256,PLAIN,DIGEST-MD5 ann
broken digest-realm "DIGEST-MD5 by another spelling"
is "$(postconf -c "$CONF" -h smtpd_sasl_local_domain)" Mail.Example.Test "it is the spelling now"
create bob -m SCRAM-SHA-256,PLAIN,DIGEST-MD5
broken digest-realm "one of two" hoge
restore

gsasldb disable -f "$DB" -u "$REALM" ann
broken disabled "a disabled user"
gsasldb expire -f "$DB" -u "$REALM" ann 2020-01-01
heals expired "an expired user"

printf '{"user":"dash-o","realm":"%s","secrets":{}}\n' "$REALM" >"$WORK/line"
if gsasldb import -f "$DB" --format jsonl "$WORK/line" >"$WORK/out" 2>&1 ||
	gsasldb import -f "$DB" --format jsonl <"$WORK/line" >"$WORK/out" 2>&1; then
	broken no-secret "a user without a secret" hoge
else
	skip "a user without a secret: $(cat "$WORK/out")"
fi

restore

put_secret ann PLAIN 'crypt $2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde'
heals secret-too-costly "a bcrypt hash that takes days" hoge
mechs_are "PLAIN SCRAM-SHA-256" ann "both have the new password"
put_secret ann PLAIN 'crypt $2b$13$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde'
silent "one at the bound"
restore
zeros=$(printf 'A%.0s' {1..43})=
create bob -m SCRAM-SHA-256,PLAIN
put_secret ann SCRAM-SHA-256 "10000000:MDEy\$$zeros:$zeros"
silent "too many iterations where PLAIN has a secret of its own"
put_secret ann PLAIN 'crypt $2b$14$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde'
put_secret bob PLAIN 'crypt $6$rounds=999999999$salt$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
check
is_rc 1 "two such users: exit code"
is "$(grep -c '(PLAIN: .* is above the bound of 13): 2 users (one is ann@\|(PLAIN: .* are above the bound of 656000): 2 users (one is bob@' "$WORK/out")" 1 \
	"they are one finding, which names one of them and his cost"
restore
printf '{"user":"cid","realm":"%s","secrets":{}}\n' "$REALM" >"$WORK/in"
gsasldb import -f "$DB" <"$WORK/in" >/dev/null
put_secret cid SCRAM-SHA-256 "10000000:MDEy\$$zeros:$zeros"
broken secret-too-costly "too many iterations, and nothing else" hoge

finish
