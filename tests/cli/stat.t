#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb stat: counts.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m SCRAM-SHA-1,PLAIN:sha512crypt,CRAM-MD5
create bob -m SCRAM-SHA-1:5000,CRAM-MD5
printf hoge | saslpasswd -c -f "$DB" -u another.test -m CLEARTEXT,PLAIN:smd5 cid
echo '{"user":"dan","realm":"another.test","secrets":{}}' >"$WORK/in"
gsasldb import -f "$DB" "$WORK/in" >"$WORK/out"
gsasldb disable -f "$DB" -u "$REALM" ann
gsasldb expire -f "$DB" -u "$REALM" ann 2001-01-01
gsasldb expire -f "$DB" -u "$REALM" bob 2901-01-01
run gsasldb stat -f "$DB"
is_rc 0 "exit code"
is "$(sed 's/^generation: [0-9a-f]\{32\}$/generation: N/' "$WORK/out")" "database: $DB
users: 4
disabled: 1
expired: 1
without a secret: 1
realm: another.test users: 2
realm: example.test users: 2
secret: CLEARTEXT users: 1
secret: CRAM-MD5 users: 2
secret: PLAIN:sha512crypt users: 1
secret: PLAIN:smd5 users: 1
secret: SCRAM-SHA-1:4096 users: 1
secret: SCRAM-SHA-1:5000 users: 1
bytes: $(stat -c %s "$DB")
generation: N" "text"
is "$(cat "$WORK/err")" "" "nothing on standard error"
run gsasldb stat -f "$DB" --json
is "$(sed 's/"generation":"[0-9a-f]\{32\}"/"generation":N/' "$WORK/out")" "{\"database\":\"$DB\",\"users\":4,\"disabled\":1,\"expired\":1,\"without_secret\":1,\"realms\":{\"another.test\":2,\"example.test\":2},\"secrets\":{\"CLEARTEXT\":1,\"CRAM-MD5\":2,\"PLAIN:sha512crypt\":1,\"PLAIN:smd5\":1,\"SCRAM-SHA-1:4096\":1,\"SCRAM-SHA-1:5000\":1},\"bytes\":$(stat -c %s "$DB"),\"generation\":N}" \
	"--json"
first=$(grep -o '"generation":"[0-9a-f]*"' "$WORK/out")
printf new | saslpasswd -f "$DB" -u "$REALM" -m CRAM-MD5 ann
run gsasldb stat -f "$DB" --json
ok "each write has a generation of its own" test "$(grep -o '"generation":"[0-9a-f]*"' "$WORK/out")" != "$first"
rm "$WORK/.db.state" "$WORK/.db.twin"
run gsasldb stat -f "$DB"
is_rc 0 "without companions: exit code"
out_like '^generation: none$' "no generation"
gsasldb init -f "$WORK/empty"
run gsasldb stat -f "$WORK/empty" --json
out_like '"users":0,"disabled":0,"expired":0,"without_secret":0,"realms":\{\},"secrets":\{\}' "nobody"
run gsasldb stat -f "$WORK/none"
fails 66 'none: No such file' "no database: 66"
run gsasldb stat -f "$SRCDIR/COPYING"
fails 65 'is not a GDBM file' "another file: 65"
bash -c "gsasldb stat -f '$DB' >/dev/full" 2>"$WORK/err"
rc=$?
: >"$WORK/out"
fails 74 'standard output: cannot be written: No space left' "a full standard output: 74"

finish
