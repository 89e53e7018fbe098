#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: one bad line and nothing is changed; each is named, the first 20 of them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m CRAM-MD5
before=$(files)
input 'ann:new\nbob\ncid:new\n:x\ndan:\n'
run gsasldb import -f "$DB" -u "$REALM" --format colon -m CRAM-MD5
is_rc 65 "exit code"
out_is "" "no summary"
err_is "gsasldb: line 2: line: is not USER:PASSWORD, there is no colon
gsasldb: line 4: user: is empty
gsasldb: line 5: password: is empty
gsasldb: standard input: 3 wrong: nothing was changed" "line, reason, how many"
is "$(files)" "$before" "nothing was changed"

seq 1 25 >"$WORK/bad"
echo 'bob:x' >>"$WORK/bad"
run gsasldb import -f "$DB" -u "$REALM" --format colon "$WORK/bad"
is_rc 65 "25 bad lines: exit code"
is "$(grep -c 'line [0-9]*: line: is not USER' "$WORK/err")" 20 "20 are named"
is "$(tail -n 2 "$WORK/err")" "gsasldb: 5 more
gsasldb: $WORK/bad: 25 wrong: nothing was changed" "and how many more"
head -n 20 "$WORK/bad" >"$WORK/bad20"
run gsasldb import -f "$DB" -u "$REALM" --format colon "$WORK/bad20"
not_ok "20: no more" grep -q more "$WORK/err"
is "$(files)" "$before" "nothing was changed"

run gsasldb import -f "$WORK/none" --format colon "$WORK/bad"
is_rc 65 "where there is no database: exit code"
not_ok "none is made" test -e "$WORK/none" -o -e "$WORK/.none.state"
run gsasldb import -f "$DB" --format colon --dry-run "$WORK/bad"
is_rc 65 "--dry-run: exit code"
run gsasldb import -f "$DB" --format colon --json "$WORK/bad"
is_rc 65 "--json: exit code"
out_is "" "and no output"

# a password that no secret can be made of is found when it is hashed, or judged
{ echo 'bob:x'; printf 'ann:%080d\n' 1; } >"$WORK/in"
for dry in "" --dry-run; do
	run gsasldb import -f "$DB" -u "$REALM" --format colon -m PLAIN:bcrypt $dry
	fails 65 '^gsasldb: line 2: ann@example.test: password: longer than 72 bytes, and bcrypt would cut it$' \
		"bcrypt and 80 bytes $dry"
done
is "$(files)" "$before" "nothing was changed"

# a record that becomes too large
large=$(head -c 40000 /dev/zero | tr '\0' x)
{
	printf '{"user":"ann","realm":"%s","properties":{"a":"%s"}}\n' "$REALM" "$large"
	printf '{"user":"ann","realm":"%s","properties":{"b":"%s"}}\n' "$REALM" "$large"
} >"$WORK/in"
run gsasldb import -f "$DB"
is_rc 65 "two lines of one user, too large together: exit code"
is "$(sed -n 1p "$WORK/err" | cut -d, -f1)" \
	"gsasldb: line 2: record: would be $(grep -o '8[0-9]\{4\}' "$WORK/err" | head -n 1) bytes" "the line is named"
sed -n 1p "$WORK/in" >"$WORK/first"
sed -n 2p "$WORK/in" >"$WORK/second"
run gsasldb import -f "$DB" "$WORK/first"
is_rc 0 "the one alone"
before=$(gsasldb export -f "$DB" | md5sum)
run gsasldb import -f "$DB" "$WORK/second"
fails 65 '^gsasldb: line 1: ann@example.test: record: would be 8[0-9]* bytes' "the other on top of it: line and user"
is "$(gsasldb export -f "$DB" | md5sum)" "$before" "nothing was changed"

finish
