#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -u, -m and USER choose what is listed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

REALM=a.test create ann -m 'PLAIN,CRAM-MD5'
REALM=b.test create ann -m PLAIN
REALM=b.test create bob -m SCRAM-SHA-256

run sasldblistusers -f "$DB" ann
out_is "user: ann realm: a.test mech: CRAM-MD5
user: ann realm: a.test mech: PLAIN
user: ann realm: b.test mech: PLAIN" "a user without a realm: in every realm"
run sasldblistusers -f "$DB" ann@B.test
out_is "user: ann realm: b.test mech: PLAIN" "user@realm, the realm without regard to case"
run sasldblistusers -f "$DB" -u a.test ann
out_is "user: ann realm: a.test mech: CRAM-MD5
user: ann realm: a.test mech: PLAIN" "-u and a user"
run sasldblistusers -f "$DB" --realm B.TEST
out_is "user: ann realm: b.test mech: PLAIN
user: bob realm: b.test mech: SCRAM-SHA-256" "-u alone"
run sasldblistusers -f "$DB" -m cram-md5
out_is "user: ann realm: a.test mech: CRAM-MD5" "-m: users who have it, and no other line"
run sasldblistusers -f "$DB" --mechanisms 'CRAM-MD5 SCRAM-SHA-256'
out_is "user: ann realm: a.test mech: CRAM-MD5
user: bob realm: b.test mech: SCRAM-SHA-256" "-m with a list"
run sasldblistusers -f "$DB" -u c.test
succeeds "a realm without users is an empty list"

run sasldblistusers -f "$DB" carl
fails 1 'carl: no such user in ' "nobody of that name"
run sasldblistusers -f "$DB" bob@a.test
fails 1 'bob@a.test: no such user in ' "nobody of that name in that realm"
run sasldblistusers -f "$DB" -m PLAIN bob
fails 1 'bob: no such user with such a secret' "he has no such secret"
run sasldblistusers -f "$DB" -u a.test ann@b.test
fails 65 'realm: "a.test" was asked for' "two realms that differ"
run sasldblistusers -f "$DB" -m ROT13
is_rc 64 "a mechanism that there is not"
err_like '^sasldblistusers: .*"ROT13"' "is named"
run sasldblistusers -f "$DB" -m PLAIN:bcrypt
is_rc 64 "a scheme cannot be asked for"

finish
