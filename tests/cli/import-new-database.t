#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: a database that it makes is as saslpasswd makes it; -a says where and how.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input 'ann:one\n'
run gsasldb import -f "$DB" -u "$REALM" --format colon
summary_is 1 0 0 0 "a new database"
mechs_are "CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-256" ann "the default mechanisms"
printf hoge | saslpasswd -c -f "$WORK/ref" -u "$REALM" -m CRAM-MD5 ann 2>/dev/null
for file in db .db.twin .db.state; do
	is "$(stat -c '%a %U:%G' "$WORK/$file")" "$(stat -c '%a %U:%G' "$WORK/${file/db/ref}")" "$file: group and mode as saslpasswd's"
done
mkdir "$WORK/conf"
printf 'gsasldb_path: %s\ngsasldb_mechs: CRAM-MD5 DIGEST-MD5\ngsasldb_group: daemon\n' "$WORK/conf/db" >"$WORK/conf/prog.conf"
export SASL_CONF_PATH=$WORK/conf
run gsasldb import -a prog -u "$REALM" --format colon
summary_is 1 0 0 0 "-a"
DB=$WORK/conf/db
mechs_are "CRAM-MD5 DIGEST-MD5" ann "gsasldb_mechs"
run gsasldb import -f "$WORK/dbm" -u "$REALM" --format colon -m CRAM-MD5 -g no-such-group
is_rc 0 "a group that there is not: exit code"
if [ "$(id -u)" -eq 0 ]; then
	is "$(stat -c '%a %G' "$DB")" "640 daemon" "gsasldb_group"
	err_like "^gsasldb: warning: $WORK/dbm: there is no group no-such-group" "-g: a warning"
	is "$(stat -c %a "$WORK/dbm")" 600 "and it is private"
	run gsasldb import -f "$WORK/dbg" -u "$REALM" --format colon -m CRAM-MD5 -g daemon
	is "$(stat -c '%a %G' "$WORK/dbg")" "640 daemon" "-g"
else
	skip "groups: needs root"
fi
run gsasldb import -a no-such-program -u "$REALM" --format colon
fails 78 '^gsasldb: ' "a conf file that is not there"
run gsasldb import -f "$WORK/no/folder/db" -u "$REALM" --format colon
fails 73 '^gsasldb: .*/no/folder' "no folder: said before anything is read"
: >"$WORK/empty-db"
run gsasldb import -f "$WORK/empty-db" -u "$REALM" --format colon -m CRAM-MD5
summary_is 1 0 0 0 "an empty file becomes a database"

finish
