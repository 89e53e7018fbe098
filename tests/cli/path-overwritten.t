#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A database that was overwritten with something else while its companions are whole.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m PLAIN
create bob -m PLAIN
cp "$DB" "$WORK/good"
head -c 16384 /dev/zero | tr "\000" x >"$DB"
run sasldblistusers -f "$DB"
is_rc 0 "the listing takes the twin"
out_is "user: ann realm: $REALM mech: PLAIN
user: bob realm: $REALM mech: PLAIN" "and is whole"
err_like '^sasldblistusers: warning: .*/db: is not a GDBM file' "and warns"
input hoge
run saslpasswd -c -f "$DB" -u "$REALM" carl
is_rc 65 "a change is refused"
err_like '^saslpasswd: .*/db: is not a GDBM file' "with the reason"
cp "$WORK/good" "$DB"
run saslpasswd -c -f "$DB" -u "$REALM" carl
succeeds "after a copy was restored it works again"
is "$(sasldblistusers -f "$DB" --count)" 3 "and all are there"

finish
