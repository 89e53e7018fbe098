#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -c makes the user, and the database; he gets the default mechanisms.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input hoge
run saslpasswd -c -f "$DB" -u "$REALM" ann
succeeds "a new database"
mechs_are "CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-256" ann "the default mechanisms"
password_is hoge ann "the password"
run saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN bob
succeeds "a second user"
mechs_are PLAIN bob "-m chooses"
is "$(sasldblistusers -f "$DB" --count)" 2 "both are there"

finish
