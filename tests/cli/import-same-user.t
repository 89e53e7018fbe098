#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: lines of one user are put together, unless they contradict each other.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

for mech in SCRAM-SHA-1 SCRAM-SHA-256; do
	create ann -m "$mech"
done
sha1=$(exported ann SCRAM-SHA-1) sha256=$(exported ann SCRAM-SHA-256)
printf 'ann@Example.test\tSCRAM-SHA-1$%s\nann@example.test\tSCRAM-SHA-256$%s\n' "$sha1" "$sha256" >"$WORK/in"
run gsasldb import -f "$DB"
summary_is 0 0 1 0 "two verifiers of one user are one user, and unchanged here"
rm "$DB" "$WORK"/.db.*
run gsasldb import -f "$DB"
summary_is 1 0 0 0 "in a new database"
mechs_are "SCRAM-SHA-1 SCRAM-SHA-256" ann "he has both"
is "$(exported ann SCRAM-SHA-1) $(exported ann SCRAM-SHA-256)" "$sha1 $sha256" "as they were"
printf 'ann@example.test\tSCRAM-SHA-1$%s\n' "$sha1" >>"$WORK/in"
before=$(files)
run gsasldb import -f "$DB"
is_rc 65 "a third with the mechanism of the first: exit code"
err_is "gsasldb: line 3: ann@$REALM: is there already, in line 1
gsasldb: standard input: 1 wrong: nothing was changed" "both lines are named"
is "$(files)" "$before" "nothing was changed"
# contradicts NAME LINE LINE: and so does it the other way round
contradicts() {
	printf '%s\n' "$2" "" "$3" >"$WORK/in"
	run gsasldb import -f "$DB" --format jsonl
	[ "$rc" -eq 65 ] && grep -q '^gsasldb: line 3: ann@r: is there already, in line 1$' "$WORK/err"
	result $? "$1"
	printf '%s\n' "$3" "" "$2" >"$WORK/in"
	run gsasldb import -f "$DB" --format jsonl
	[ "$rc" -eq 65 ] && grep -q '^gsasldb: line 3: ann@r: is there already, in line 1$' "$WORK/err"
	result $? "$1 (the other way round)"
}
contradicts "two passwords" '{"user":"ann","realm":"r","password":"x"}' '{"user":"ann","realm":"R","password":"x"}'
contradicts "all secrets, and a password" '{"user":"ann","realm":"r","secrets":{}}' '{"user":"ann","realm":"r","password":"x"}'
contradicts "expires" '{"user":"ann","realm":"r","expires":null}' '{"user":"ann","realm":"r","expires":"2030-01-01"}'
contradicts "disabled and not" '{"user":"ann","realm":"r","disabled":true}' '{"user":"ann","realm":"r","disabled":false}'
contradicts "a property" '{"user":"ann","realm":"r","properties":{"a":"1"}}' '{"user":"ann","realm":"r","properties":{"b":"","a":"1"}}'
is "$(files)" "$before" "nothing was changed"
printf '%s\n' '{"user":"ann","realm":"r","password":"x","disabled":true}' '{"user":"ann","realm":"r","properties":{"a":"1"}}' \
	'{"user":"ann","realm":"r","expires":"2030-01-01","properties":{"b":"2"}}' >"$WORK/in"
run gsasldb import -f "$DB" -m DIGEST-MD5
summary_is 1 0 0 0 "three parts"
gsasldb export -f "$DB" -u r >"$WORK/out"
out_like '"secrets":{"DIGEST-MD5":"[^"]*"},"disabled":"20[^"]*","expires":"2030-01-01T00:00:00Z",.*"properties":{"a":"1","b":"2"}' \
	"are one user"

finish
