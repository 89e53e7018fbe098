#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every failed delete was "no user" to the stock sasldb: here it says what failed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann
run saslpasswd -d -f "$DB" -u "$REALM" bob
fails 1 "bob@$REALM: no such user in " "no such user: 1"
run saslpasswd -d -f "$WORK/none" -u "$REALM" ann
fails 66 "none: No such file" "no database: 66"
echo garbage >"$WORK/garbage"
run saslpasswd -d -f "$WORK/garbage" -u "$REALM" ann
fails 65 "garbage: is " "garbage: 65"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$BUILDDIR/saslpasswd" "$WORK/"
	run as_nobody "$WORK/saslpasswd" -d -f "$DB" -u "$REALM" ann
	fails 77 "db: Permission denied" "no permission: 77"
else
	skip "no permission: needs root and setpriv"
fi
is "$(sasldblistusers -f "$DB" --count)" 1 "the user is still there"

finish
