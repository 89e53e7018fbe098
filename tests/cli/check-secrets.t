#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: weak secrets, and the command that removes them, whatever the users are called.
# shellcheck disable=SC2016  # hashes have dollars
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin
ODD="-o'd \$(x)\\n\"é"

set_password() { # USER MECHS
	printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m "$2" -- "$1" >/dev/null 2>&1
}

set_password "$ODD" CLEARTEXT,SCRAM-SHA-256
set_password bob CLEARTEXT,SCRAM-SHA-256
finds weak-cleartext "CLEARTEXT"
ok "they are counted" grep -q 'CLEARTEXT): 2 users' "$WORK/out"
mends weak-cleartext "CLEARTEXT"
is "$(sasldblistusers -f "$DB" --count)" 3 "nobody was deleted"
silent "mended"
set_password carl CLEARTEXT
heals weak-cleartext "CLEARTEXT only" hoge
restore

set_password "$ODD" PLAIN:smd5,SCRAM-SHA-256
broken weak-plain "PLAIN by MD5, beside SCRAM"
set_password bob PLAIN:smd5
broken weak-plain "PLAIN by MD5 only" hoge
restore

for secret in 'crypt $sha1$100$salt$abcdefghijklmnopqrstuvwxyzab' 'crypt $md5$saltsalt$abcdefghijklmnopqrstuv' \
	'crypt _J9..rasmBYk8r9AiWNc' 'crypt $3$$8846f7eaee8fb117ad06bdd830b7586c'; do
	put_secret ann PLAIN "$secret"
	broken weak-plain "${secret%%ras*}, beside SCRAM"
	restore
done

sed -i '/^gsasldb_mechs/d' "$SMTPD"
smtpd_conf mech_list "PLAIN LOGIN SCRAM-SHA-256 DIGEST-MD5 CRAM-MD5"
for user in ann "$ODD" bob; do
	set_password "$user" CRAM-MD5,DIGEST-MD5,SCRAM-SHA-256
done
heals weak-md5 "what the guide makes"
is "$(sed -n 's/^mech_list: //p' "$SMTPD")" "PLAIN LOGIN SCRAM-SHA-256" "they are offered no more"
is "$(sed -n 's/^gsasldb_mechs: //p' "$SMTPD")" "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN" "new users get none"
is "$(sasldblistusers -f "$DB" --count)" 3 "nobody was deleted"
restore

set_password "$ODD" SCRAM-SHA-256:4096,PLAIN
set_password bob SCRAM-SHA-512:4096,SCRAM-SHA-256
broken low-iterations "few iterations"
set_password carl SCRAM-SHA-256:4096
broken low-iterations "few iterations, nothing else" hoge

finish
