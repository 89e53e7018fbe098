#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An empty file is no database; -c makes it one and keeps its mode.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

: >"$DB"
chmod 604 "$DB"
input hoge
run sasldblistusers -f "$DB"
fails 65 'db: is an empty file' "list"
run saslpasswd -f "$DB" -u "$REALM" ann
fails 65 'db: is an empty file' "set"
run saslpasswd -d -f "$DB" -u "$REALM" ann
fails 65 'db: is an empty file' "delete"
is "$(stat -c %s "$DB")" 0 "it is still empty"
run saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN ann
succeeds "create"
is "$(sasldblistusers -f "$DB" --count)" 1 "ann is there"
is "$(stat -c %a "$DB")" 604 "the mode is kept"

finish
