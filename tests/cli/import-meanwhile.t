#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: somebody else's change between the hashing and the writing is started from.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need flock
create ann -m DIGEST-MD5
create bob -m DIGEST-MD5
create cid -m DIGEST-MD5
mkdir "$WORK/next"
cp "$DB" "$WORK/next/db"
next() { printf hoge | saslpasswd -f "$WORK/next/db" -u "$REALM" "$@"; }
next --only -m SCRAM-SHA-1 ann
next -d bob
next -c -m SCRAM-SHA-1 dan
printf new | saslpasswd -f "$WORK/next/db" -u "$REALM" -m DIGEST-MD5 cid
printf '%s\n' ann:new bob:new cid:new dan:new >"$WORK/in"
exec 9<>"$WORK/.db.state"
flock 9
gsasldb import -f "$DB" -u "$REALM" --format colon <"$WORK/in" >"$WORK/out" 2>"$WORK/err" 9>&- &
job=$!
# it has hashed when it has the state open a second time, to write it
until [ "$(find "/proc/$job/fd" -lname '*.db.state' 2>/dev/null | wc -l)" -ge 2 ]; do
	kill -0 "$job" 2>/dev/null || bail "the import has not waited: $(cat "$WORK/err")"
done
cat "$WORK/next/db" >"$DB"
exec 9>&-
wait "$job"
rc=$?
summary_is 1 2 1 0 "bob was deleted, cid has the password already"
is "$(cat "$WORK/err")" "" "nothing on standard error"
mechs_are SCRAM-SHA-1 ann "ann keeps the mechanism that she got meanwhile"
mechs_are "CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-256" bob "bob is made anew"
mechs_are SCRAM-SHA-1 dan "dan, who came meanwhile, keeps his"
verifies new cid "cid has it"
run gsasldb import -f "$DB" -u "$REALM" --format colon
summary_is 0 0 4 0 "and all have the new password"

finish
