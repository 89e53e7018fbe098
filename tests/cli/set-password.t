#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A new password for an existing user: he keeps his mechanisms, and all of them are renewed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m 'PLAIN:bcrypt DIGEST-MD5 SCRAM-SHA-1:15000'
old=$(stored PLAIN)
input new
run saslpasswd -f "$DB" -u "$REALM" ann
succeeds "without -c"
mechs_are "DIGEST-MD5 PLAIN SCRAM-SHA-1" ann "his mechanisms"
password_is new ann "the new password"
is "$(sasldblistusers -f "$DB" --tsv | cut -f4 | tr '\n' ' ')" "- bcrypt 15000 " "the scheme and the iterations stay"
not_ok "the old hash is gone from the file" grep -qaF "$old" "$DB"
not_ok "and from its twin" grep -qaF "$old" "$WORK/.db.twin"

input newer
run saslpasswd -c -f "$DB" -u "$REALM" ann
succeeds "-c does the same for an existing user"
mechs_are "DIGEST-MD5 PLAIN SCRAM-SHA-1" ann "his mechanisms, again"
password_is newer ann "the newer password"

finish
