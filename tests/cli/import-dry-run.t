#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import --dry-run: says who and how many, and does nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input 'cid:x\nann:x\n'
dry() { gsasldb import -f "$DB" -u "$REALM" --format colon --dry-run "$@"; }
run dry
out_is "added ann@$REALM
added cid@$REALM
added 2, changed 0, unchanged 0, removed 0" "no database: who would be added, sorted"
is_rc 0 "exit code"
is "$(files)" "" "no file is made"
run dry --json
out_is '{"user":"ann","realm":"example.test","action":"added"}
{"user":"cid","realm":"example.test","action":"added"}
{"added":2,"changed":0,"unchanged":0,"removed":0}' "--json"
is "$(files)" "" "no file is made"
run gsasldb import -f "$DB" -u "$REALM" --format colon -m DIGEST-MD5
create gone -m CRAM-MD5
create kept -m CRAM-MD5
input 'cid:y\nann:x\nnew:z\nkept:other\n'
before=$(files)
run dry --replace-realm "$REALM"
out_is "changed cid@$REALM
removed gone@$REALM
changed kept@$REALM
added new@$REALM
added 1, changed 2, unchanged 1, removed 1" "added, changed, removed"
is "$(files)" "$before" "nothing was changed"
run dry --replace-realm "$REALM" --json
is "$(tail -n 1 "$WORK/out")" '{"added":1,"changed":2,"unchanged":1,"removed":1}' "--json: the summary"
is "$(grep -c '"action":"changed"' "$WORK/out")" 2 "--json: who"
run dry -m CRAM-MD5
err_is "gsasldb: 2 keep an older password for other mechanisms (--only removes it)" "the notice"
is "$(files)" "$before" "nothing was changed"
run gsasldb import -f "$DB" -u "$REALM" --format colon --replace-realm "$REALM" -m DIGEST-MD5
run dry --replace-realm "$REALM" -m DIGEST-MD5
out_is "added 0, changed 0, unchanged 4, removed 0" "and after it is done there is nothing to do"

: >"$WORK/unmade"
run gsasldb import -f "$WORK/unmade" -u "$REALM" --format colon --dry-run
summary_is 4 0 0 0 "a file that is empty"
is "$(stat -c %s "$WORK/unmade")" 0 "stays empty"
echo "no database at all, whatever it is, and longer than a header" >"$WORK/foreign"
run gsasldb import -f "$WORK/foreign" -u "$REALM" --format colon --dry-run
fails 65 '^gsasldb: .*foreign: is not a GDBM file' "another file"
run bash -c "gsasldb import -f '$DB' -u $REALM --format colon --dry-run <'$WORK/in' >/dev/full"
is_rc 74 "what it says cannot be written: exit code"

finish
