#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import --map-realm: users of one realm come into another.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

for user in ann bob; do
	printf hoge | saslpasswd -c -f "$WORK/old" -u Old.test -m DIGEST-MD5 "$user"
done
printf hoge | saslpasswd -f "$WORK/old" -u old.test -m CRAM-MD5,DIGEST-MD5 ann
printf hoge | saslpasswd -c -f "$WORK/old" -u third.test -m DIGEST-MD5 cid
gsasldb export -f "$WORK/old" >"$WORK/in"
run gsasldb import -f "$DB" --map-realm OLD.test=New.test
summary_is 2 0 0 0 "who has nothing left is left out"
err_is "gsasldb: not kept: line 1: ann@new.test: DIGEST-MD5 belongs to the old realm
gsasldb: not kept: line 2: bob@new.test: DIGEST-MD5 belongs to the old realm" "what is lost is said"
is "$(sasldblistusers -f "$DB")" "user: ann realm: new.test mech: CRAM-MD5
user: cid realm: third.test mech: DIGEST-MD5" "the others come along"

printf '%s\n' ann@old.test:new eve@third.test:x >"$WORK/in"
run gsasldb import -f "$DB" --format colon --map-realm old.test=New.test -m DIGEST-MD5
summary_is 1 1 0 0 "a password"
verifies new ann "makes a secret of the new realm"
is "$(grep -a '^DIGEST-MD5 .*New.test' "$DB" | sort -u | wc -l)" 1 "as it was spelled"
printf '%s\n' ann@old.test:new ann@new.test:x >"$WORK/in"
run gsasldb import -f "$DB" --format colon --map-realm old.test=new.test
is_rc 65 "one who is in both: exit code"
err_like '^gsasldb: line 2: ann@new.test: is there already, in line 1' "both lines are named"
echo ann:x >"$WORK/in"
run gsasldb import -f "$DB" --format colon -u old.test --map-realm old.test=new.test --replace-realm new.test -m CRAM-MD5
summary_is 0 1 0 0 "with --replace-realm of the new one"
run gsasldb import -f "$DB" --map-realm =new.test
fails 65 'realm: is empty' "no old realm"
run gsasldb import -f "$DB" --map-realm "old.test="
fails 65 'realm: is empty' "no new realm"
run gsasldb import -f "$DB" --map-realm "$(printf 'x%.0s' {1..300})=a"
fails 65 'realm: longer than 255 bytes' "too long a realm"

finish
