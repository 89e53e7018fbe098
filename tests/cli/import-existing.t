#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: a user who is there keeps his mechanisms; -m chooses, --only removes the others.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m DIGEST-MD5,SCRAM-SHA-1
printf '%s\n' 'ann:new' >"$WORK/in"
import() { gsasldb import -f "$DB" -u "$REALM" --format colon "$@"; }
run import
summary_is 0 1 0 0 "a new password"
is "$(cat "$WORK/err")" "" "nothing on standard error"
mechs_are "DIGEST-MD5 SCRAM-SHA-1" ann "his mechanisms"
verifies new ann "DIGEST-MD5 has it"
run import -m SCRAM-SHA-1
summary_is 0 0 1 0 "SCRAM-SHA-1 has it: unchanged"
run import -m DIGEST-MD5
summary_is 0 0 1 0 "-m with one that he has, the same password: unchanged"
is "$(cat "$WORK/err")" "" "no notice then"
run import -m DIGEST-MD5,SCRAM-SHA-224
summary_is 0 1 0 0 "-m with one that he has not: changed"
mechs_are "DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-224" ann "it is added"

echo 'ann:other' >"$WORK/in"
run import -m SCRAM-SHA-1
summary_is 0 1 0 0 "-m and another password"
err_is "gsasldb: 1 keep an older password for other mechanisms (--only removes it)" "the others keep the older, and that is said"
verifies new ann "DIGEST-MD5 does"
run import -m SCRAM-SHA-1
summary_is 0 0 1 0 "SCRAM-SHA-1 has the new one"
run import -m SCRAM-SHA-1 --only
summary_is 0 1 0 0 "--only: changed"
is "$(cat "$WORK/err")" "" "no notice"
mechs_are SCRAM-SHA-1 ann "the others are gone"
run import -m SCRAM-SHA-1 --only
summary_is 0 0 1 0 "--only again: unchanged"

# the strength that he has
echo 'ann:third' >"$WORK/in"
run import -m SCRAM-SHA-1:5000
run import
is "$(stored SCRAM-SHA-1 | cut -d: -f1)" 5000 "-m SCHEME"
echo 'ann:fourth' >"$WORK/in"
run import
is "$(stored SCRAM-SHA-1 | cut -d: -f1)" 5000 "and a new password keeps the iterations"

# verifiers beside what is there
line=$(printf hoge | saslpasswd -c -f "$WORK/other" -u "$REALM" -m SCRAM-SHA-256 ann && gsasldb export -f "$WORK/other" --format postgres)
echo "$line" >"$WORK/in"
run gsasldb import -f "$DB"
summary_is 0 1 0 0 "a verifier"
err_is "gsasldb: 1 keep an older password for other mechanisms (--only removes it)" "the other mechanism's may be older"
mechs_are "SCRAM-SHA-1 SCRAM-SHA-256" ann "it stands beside the others"
is "$(gsasldb export -f "$DB" --format postgres)" "$line" "as it was"
run gsasldb import -f "$DB"
summary_is 0 0 1 0 "again: unchanged"
run gsasldb import -f "$DB" --only
summary_is 0 1 0 0 "--only"
mechs_are SCRAM-SHA-256 ann "it alone stays"
# jsonl's secrets are all that there are
printf '{"user":"ann","realm":"%s","secrets":{"CRAM-MD5":"%064d"}}\n' "$REALM" 7 >"$WORK/in"
run gsasldb import -f "$DB"
summary_is 0 1 0 0 "jsonl with secrets"
mechs_are CRAM-MD5 ann "those are all that he has"

finish
