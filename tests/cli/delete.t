#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -d deletes the user; nobody there is exit code 1, with --if-exists 0.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann
hash=$(stored PLAIN)
create bob
run saslpasswd -d -f "$DB" -u "$REALM" ann
succeeds "ann is deleted"
run sasldblistusers -f "$DB" --sasl2
out_is "bob@$REALM: userPassword" "bob is still there"
for file in db .db.twin; do
	not_ok "her secrets are gone from $file" grep -qaF "$hash" "$WORK/$file"
done

run saslpasswd -d -f "$DB" -u "$REALM" ann
fails 1 "ann@$REALM: no such user in .*/db\$" "nobody there"
run saslpasswd -d --if-exists -f "$DB" -u "$REALM" ann
succeeds "nobody there, --if-exists"
run saslpasswd -d -f "$DB" -u other.test bob
fails 1 'bob@other.test: no such user' "the right user in another realm"
run saslpasswd -d -f "$WORK/none" -u "$REALM" ann
fails 66 'none: ' "no database"
run saslpasswd -d --if-exists -f "$WORK/none" -u "$REALM" ann
fails 66 'none: ' "no database, --if-exists: a mistyped path must not look like success"
not_ok "-d makes no database" test -e "$WORK/none"

finish
