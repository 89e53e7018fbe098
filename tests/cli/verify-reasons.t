#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify says what the database has against a login.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

use_plugins
verify() {
	run gsasldb verify -f "$DB" -u "$REALM" "$@" ann
}

input hoge
verify
fails 66 "$DB: " "no database"
create ann -m PLAIN,SCRAM-SHA-1,DIGEST-MD5
run gsasldb verify -f "$DB" -u "$REALM" bob
fails 1 "^gsasldb: bob@$REALM: no such user in $DB\$" "an unknown user"
run gsasldb verify -f "$DB" -u other.test ann
fails 1 "^gsasldb: ann@other.test: no such user in $DB \(there is ann@$REALM\)" "another realm has one of that name"
for realm in a.test b.test c.test; do
	saslpasswd -c -f "$DB" -u "$realm" ann <"$WORK/in"
done
run gsasldb verify -f "$DB" -u other.test ann
fails 1 '\(there is ann@[^,]+, ann@[^,]+, ann@[^,]+, \.\.\.\)' "several do"

verify -m CRAM-MD5,PLAIN,SCRAM-SHA-256
is_rc 1 "no secret for some: exit code"
out_is "CRAM-MD5: no secret for it (ann@$REALM has DIGEST-MD5 PLAIN SCRAM-SHA-1)
PLAIN: ok
SCRAM-SHA-256: no secret for it (ann@$REALM has DIGEST-MD5 PLAIN SCRAM-SHA-1)" "they are named, and those that there are"
run gsasldb verify -f "$DB" -u EXAMPLE.Test -m DIGEST-MD5,SCRAM-SHA-1 ann
is_rc 1 "the realm spelled otherwise: exit code"
out_like '^DIGEST-MD5: its secret is of the realm spelled example.test, not EXAMPLE.Test' "that matters to DIGEST-MD5"
out_like '^SCRAM-SHA-1: ok' "and to nothing else"

# one mechanism with another password than the rest
printf new | saslpasswd -f "$DB" -u "$REALM" -m PLAIN ann 2>/dev/null
verify -m PLAIN,SCRAM-SHA-1
out_is "PLAIN: wrong password
SCRAM-SHA-1: ok" "each mechanism by its own secret"
is_rc 1 "one that fails is enough: exit code"
printf hoge | saslpasswd -f "$DB" -u "$REALM" -m PLAIN ann 2>/dev/null

time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z'
gsasldb disable -f "$DB" -u "$REALM" ann
verify
is_rc 1 "disabled: exit code"
is "$(grep -cE "^[A-Z0-9-]+: disabled since $time\$" "$WORK/out")" 4 "each mechanism says since when"
input wrong
verify -m PLAIN
out_is "PLAIN: wrong password" "a wrong password is what is said of both"
gsasldb enable -f "$DB" -u "$REALM" ann
gsasldb expire -f "$DB" -u "$REALM" ann 2020-02-29
input hoge
verify -m PLAIN,SCRAM-SHA-1
is_rc 1 "expired: exit code"
out_is "PLAIN: expired since 2020-02-29T00:00:00Z
SCRAM-SHA-1: expired since 2020-02-29T00:00:00Z" "each mechanism says since when"
gsasldb expire -f "$DB" -u "$REALM" ann never
verify
is_rc 0 "and again neither"

finish
