#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A secret that is too costly to check, and in the database all the same: it can be listed, exported, replaced and
# removed, and verify says what is wrong with it.
# shellcheck disable=SC2016  # hashes have dollars
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

use_plugins
HASH='$2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde'

create ann -m PLAIN,SCRAM-SHA-256
put_secret ann PLAIN "crypt $HASH"
input hoge
run timeout 60 gsasldb verify -f "$DB" -u "$REALM" ann
is_rc 1 "verify: exit code"
for mech in PLAIN LOGIN; do
	out_like "^$mech: its secret is too costly to check: PLAIN: bcrypt cost 31 is above the bound of 13 \(set the password again with saslpasswd\)\$" \
		"verify: $mech: why, and what to do"
done
out_like '^SCRAM-SHA-256: ok$' "verify: other mechanisms are as they were"

run sasldblistusers -f "$DB" --tsv
out_like '^ann	.*	PLAIN	bcrypt	' "it is listed"
is "$(exported ann PLAIN)" "crypt $HASH" "and exported"
gsasldb export -f "$DB" >"$WORK/in"
run gsasldb import -f "$WORK/other"
is_rc 65 "what is exported comes in nowhere: exit code"
err_like '^gsasldb: line 1: PLAIN: bcrypt cost 31 is above the bound of 13$' "why"
run gsasldb disable -f "$DB" -u "$REALM" ann
succeeds "disable"
run gsasldb enable -f "$DB" -u "$REALM" ann
succeeds "enable"
is "$(exported ann PLAIN)" "crypt $HASH" "it is still there"

printf 'ann:hoge\n' >"$WORK/in"
run timeout 60 gsasldb import -f "$DB" -u "$REALM" --format colon
summary_is 0 1 0 0 "an import of the password that SCRAM has replaces it"
is "$(exported ann PLAIN | cut -c-13)" 'crypt $2b$10$' "at today's cost"
put_secret ann PLAIN "crypt $HASH"
printf new >"$WORK/in"
run timeout 60 saslpasswd -f "$DB" -u "$REALM" ann
succeeds "a new password"
run timeout 60 gsasldb verify -f "$DB" -u "$REALM" ann
is_rc 0 "and it can log in"

put_secret ann PLAIN "crypt $HASH"
run saslpasswd -d -f "$DB" -u "$REALM" -m PLAIN ann
succeeds "-d -m"
mechs_are SCRAM-SHA-256 ann "it is gone"
put_secret ann PLAIN "crypt $HASH"
run saslpasswd -d -f "$DB" -u "$REALM" ann
succeeds "-d"
run sasldblistusers -f "$DB" --count
out_is 0 "the user is gone"

finish
