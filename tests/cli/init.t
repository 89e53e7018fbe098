#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb init: makes a database, leaves one as it is, and mends what belongs to it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

run gsasldb init -f "$DB"
succeeds "a new one"
is "$(sasldblistusers -f "$DB" --count)" 0 "is empty"
printf hoge | saslpasswd -c -f "$WORK/ref" -u "$REALM" -m CRAM-MD5 ann 2>/dev/null
for file in db .db.twin .db.state; do
	is "$(stat -c '%a %U:%G' "$WORK/$file")" "$(stat -c '%a %U:%G' "$WORK/${file/db/ref}")" "$file: group and mode as saslpasswd's"
done
create ann -m CRAM-MD5
create bob -m CRAM-MD5
files=$(files)
run gsasldb init -f "$DB"
succeeds "again"
is "$(files)" "$files" "nothing was written"
chmod 604 "$DB"
run gsasldb init -f "$DB"
succeeds "another mode"
is "$(stat -c %a "$DB" "$WORK/.db.twin" "$WORK/.db.state" | uniq)" 604 "is the companions', too"
for companion in .db.twin .db.state; do
	rm "$WORK/$companion"
	run gsasldb init -f "$DB"
	succeeds "without $companion"
	ok "it is back" test -s "$WORK/$companion"
	is "$(sasldblistusers -f "$DB" --count)" 2 "and so is everybody"
done
ok "the twin is a copy" cmp "$DB" "$WORK/.db.twin"
cp "$DB" "$WORK/copy"
saslpasswd -d -f "$DB" -u "$REALM" bob
cat "$WORK/copy" >"$DB"
run gsasldb init -f "$DB"
succeeds "after a copy was restored"
is "$(sasldblistusers -f "$DB" --count)" 2 "its users count"
ok "in the twin as well" cmp "$DB" "$WORK/.db.twin"
: >"$WORK/empty"
run gsasldb init -f "$WORK/empty"
succeeds "an empty file"
is "$(sasldblistusers -f "$WORK/empty" --count)" 0 "becomes a database"
run gsasldb init -f "$WORK/no/folder"
fails 73 'no: No such file' "no folder"
run gsasldb init -f "$SRCDIR/COPYING"
fails 65 'is not a GDBM file' "another file"
if [ "$(id -u)" -eq 0 ]; then
	run gsasldb init -f "$WORK/group" -g daemon
	is "$(stat -c '%a %G' "$WORK/group")" "640 daemon" "-g"
	run gsasldb init -f "$WORK/private" -g no-such-group
	is_rc 0 "a group that there is not: exit code"
	err_like '^gsasldb: warning: .*there is no group no-such-group' "a warning"
	is "$(stat -c %a "$WORK/private")" 600 "it is private"
	mkdir "$WORK/conf"
	printf 'gsasldb_path: %s\ngsasldb_group: daemon\n' "$WORK/conf/db" >"$WORK/conf/prog.conf"
	SASL_CONF_PATH=$WORK/conf run gsasldb init -a prog
	succeeds "-a"
	is "$(stat -c '%a %G' "$WORK/conf/db")" "640 daemon" "its path and group"
else
	skip "groups: needs root"
fi

finish
