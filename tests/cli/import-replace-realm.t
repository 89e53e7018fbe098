#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import --replace-realm: users of that realm who are not in the input are removed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m CRAM-MD5
create bob -m CRAM-MD5
create Bob -m CRAM-MD5
printf hoge | saslpasswd -c -f "$DB" -u other.test -m CRAM-MD5 bob
printf hoge | saslpasswd -c -f "$DB" -u sub.example.test -m CRAM-MD5 bob
input 'ann:hoge\ncid:x\nann@other.test:x\n'
run gsasldb import -f "$DB" --format colon -m CRAM-MD5 --replace-realm Example.TEST -u example.test
is_rc 65 "a line of another realm than -u says"
printf '%s\n' ann@example.test:hoge cid@EXAMPLE.test:x ann@other.test:x >"$WORK/in"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5 --replace-realm Example.TEST
summary_is 2 0 1 2 "removed"
is "$(sasldblistusers -f "$DB" --tsv | cut -f1,2 | sort | tr '\t\n' '@ ')" \
	"ann@example.test ann@other.test bob@other.test bob@sub.example.test cid@example.test " "the others of other realms stay"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5 --replace-realm Example.TEST
summary_is 0 0 3 0 "again: nothing to do"

printf '%s\n' ann@other.test:new dan@other.test:x >"$WORK/in"
before=$(gsasldb export -f "$DB" | md5sum)
for dry in "" --dry-run; do
	run gsasldb import -f "$DB" --format colon -m CRAM-MD5 --replace-realm example.test $dry
	fails 65 '^gsasldb: realm example.test: the input has no user of it, so all 2 would be removed: nothing was changed' \
		"no user of that realm in the input $dry"
done
is "$(gsasldb export -f "$DB" | md5sum)" "$before" "nothing was changed"
: >"$WORK/in"
run gsasldb import -f "$DB" --replace-realm example.test
fails 65 'so all 2 would be removed' "an empty input"
is "$(gsasldb export -f "$DB" | md5sum)" "$before" "nothing was changed"
run gsasldb import -f "$DB" --replace-realm nobody.test
summary_is 0 0 0 0 "a realm without users, and an empty input"
run gsasldb import -f "$DB" --replace-realm ''
fails 65 'realm: is empty' "no realm"

# two users whom the importer's own order cannot tell apart
# shellcheck disable=SC2016  # the backquote is a letter of it
one='j`hodehe`dmkbogmfa`ghhbk' two=bbadeahiglaobkbgfgegkeio
printf '%s@example.test:x\n' "$one" "$two" ann >"$WORK/in"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5 --replace-realm example.test
summary_is 2 1 0 1 "names with one hash"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5 --replace-realm example.test
summary_is 0 0 3 0 "both stay"
printf '%s@example.test:x\n' "$one" "$two" "$one" >"$WORK/in"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5
is_rc 65 "the first of them twice: exit code"
err_like "line 3: $one@example.test: is there already, in line 1" "is noticed"

finish
