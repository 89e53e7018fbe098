#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb compact: a file as small as its records; all of them are there, and logins go on.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

printf '{"user":"%s","realm":"r","secrets":{},"properties":{"p":"'"$(printf 'x%.0s' {1..400})"'"}}\n' u{1..1500} >"$WORK/many"
gsasldb import -f "$DB" "$WORK/many" >"$WORK/out"
printf '{"user":"%s","realm":"r","secrets":{}}\n' u{1..40} k{1..3} >"$WORK/few"
gsasldb import -f "$DB" --replace-realm r "$WORK/few" >"$WORK/out"
before=$(gsasldb export -f "$DB")
large=$(stat -c %s "$DB")
inodes=$(stat -c %i "$DB" "$WORK/.db.twin" "$WORK/.db.state")
exec 8>"$WORK/reading"
while [ -e "$WORK/reading" ]; do gsasldb exists -f "$DB" -u r u7 || echo failed; done >"$WORK/failures" 2>&1 &
job=$!
run gsasldb compact -f "$DB"
succeeds "compact"
rm "$WORK/reading"
wait "$job"
is "$(cat "$WORK/failures")" "" "readers went on"
ok "the file is smaller" test "$(stat -c %s "$DB")" -lt $((large / 4))
is "$(gsasldb export -f "$DB")" "$before" "the records are the same"
is "$(stat -c %i "$DB" "$WORK/.db.twin" "$WORK/.db.state")" "$inodes" "in the same files"
ok "the twin is a copy" cmp "$DB" "$WORK/.db.twin"
is "$(find "$WORK" -name '.sasldb.*')" "" "nothing is left behind"
small=$(stat -c %s "$DB")
run gsasldb compact -f "$DB"
succeeds "again"
is "$(stat -c %s "$DB")" "$small" "it does not become smaller than that"
create ann -m CRAM-MD5
run gsasldb exists -f "$DB" -u "$REALM" ann
succeeds "it can be written"
rm "$DB" "$WORK"/.db.*
gsasldb init -f "$DB"
run gsasldb compact -f "$DB"
succeeds "an empty database"
is "$(sasldblistusers -f "$DB" --count)" 0 "stays one"
run gsasldb compact -f "$WORK/none"
fails 66 'none: No such file' "no database: 66"
not_ok "none is made" test -e "$WORK/none"

finish
