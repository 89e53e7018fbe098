#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: says what it did; a second run changes nothing, not one byte.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input 'ann:one\nbob:two\n'
run gsasldb import -f "$DB" -u "$REALM" --format colon -m DIGEST-MD5
out_is "added 2, changed 0, unchanged 0, removed 0" "added"
is_rc 0 "exit code"
is "$(cat "$WORK/err")" "" "nothing on standard error"
verifies one ann "the password"
before=$(files)
sleep 1
run gsasldb import -f "$DB" -u "$REALM" --format colon -m DIGEST-MD5
out_is "added 0, changed 0, unchanged 2, removed 0" "again: unchanged"
is "$(cat "$WORK/err")" "" "nothing on standard error"
is "$(files)" "$before" "no byte is another, nor is the generation"

input 'ann:one\nbob:neu\ncid:three\n'
run gsasldb import -f "$DB" -u "$REALM" --format colon -m DIGEST-MD5 --json
out_is '{"added":1,"changed":1,"unchanged":1,"removed":0}' "--json"
is "$(cat "$WORK/err")" "" "nothing on standard error"
verifies neu bob "a changed password"
verifies one ann "and one that is not"
is "$(exported ann changed)" "$(exported ann created)" "nothing is changed for ann"
ok "bob was changed later than he was created" test "$(exported bob created)" \< "$(exported bob changed)"
run gsasldb import -f "$DB" -u "$REALM" --format colon -m DIGEST-MD5 --json
out_is '{"added":0,"changed":0,"unchanged":3,"removed":0}' "--json: unchanged"

run bash -c "gsasldb import -f '$DB' -u $REALM --format colon -m DIGEST-MD5 <'$WORK/in' >/dev/full"
is_rc 74 "the summary cannot be written: exit code"
err_like '^gsasldb: standard output: cannot be written: No space left' "it is said"

finish
