#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -m sets those mechanisms; a notice names the others, which keep an older password; --only removes
# them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m 'PLAIN DIGEST-MD5 CRAM-MD5'
digest=$(stored DIGEST-MD5)
input new
run saslpasswd -f "$DB" -u "$REALM" -m PLAIN,SCRAM-SHA-256 ann
is_rc 0 "-m: exit code"
err_is "saslpasswd: ann@$REALM: keeps an older password for CRAM-MD5,DIGEST-MD5 (--only removes them)" "the notice"
mechs_are "CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-256" ann "one more mechanism"
is "$(stored DIGEST-MD5)" "$digest" "a mechanism that was not named stays as it was"

run saslpasswd -f "$DB" -u "$REALM" -m 'DIGEST-MD5' --only ann
succeeds "--only"
mechs_are DIGEST-MD5 ann "the others are removed"
password_is new ann "that one is renewed"

run saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN ann
is_rc 0 "-c -m on an existing user"
mechs_are "DIGEST-MD5 PLAIN" ann "the mechanism is added"

finish
