#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Without -c a mistyped name made an account in the stock tool: here the user must exist.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create hoge
cp "$DB" "$WORK/before"
input hoge
run saslpasswd -f "$DB" -u "$REALM" hoeg
fails 1 "hoeg@$REALM: no such user in .*/db \(-c creates one\)" "a mistyped user"
run saslpasswd -f "$DB" -u exmaple.test hoge
fails 1 'hoge@exmaple.test: no such user in ' "a mistyped realm"
ok "the database is as it was" cmp "$DB" "$WORK/before"
run saslpasswd -f "$WORK/sadldb" -u "$REALM" hoge
fails 66 'sadldb: there is no database \(-c makes one\)' "a mistyped path"
not_ok "makes no file" test -e "$WORK/sadldb"

finish
