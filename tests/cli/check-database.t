#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: the database and its companions: there, whole, up to date.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin

rm "$WORK"/data/.sasldb* "$DB"
finds database-missing "no database"
ok "the chroot is named" grep -q 'must be there when smtpd starts' "$WORK/out"
mends database-missing "no database"
broken no-users "and no user in it" hoge
rm -r "$WORK/data"
broken database-missing "no folder"
rm "$WORK"/data/.sasldb* "$DB"
ln -s nowhere "$DB"
broken database-missing "a link to nowhere"
ok "it leads somewhere now" test -L "$DB" -a -s "$WORK/data/nowhere"
restore
rm "$DB"
heals database-missing "removed, but its twin is there"
is "$(sasldblistusers -f "$DB" --count)" 1 "ann is there again"
rm "$DB"
ln -s moved/sasldb "$DB"
mkdir "$WORK/data/moved"
mv "$WORK/data/.sasldb.twin" "$WORK/data/moved"
heals database-missing "a link to where only the twin is"
is "$(sasldblistusers -f "$DB" --count)" 1 "ann is there, too"
restore

: >"$DB"
rm "$WORK"/data/.sasldb*
broken database-damaged "an empty file"
restore
rm "$WORK"/data/.sasldb*
head -c 20000 /dev/zero | tr '\0' x >"$DB"
broken database-damaged "garbage"
ok "it was kept" test -s "$DB.bad"
restore
rm "$WORK"/data/.sasldb* "$DB"
ln -s sasldb "$DB"
broken database-damaged "a link to itself"
restore

head -c 20000 /dev/zero | tr '\0' x >"$DB"
broken database-overwritten "overwritten, but the twin is whole"
is "$(sasldblistusers -f "$DB" --count)" 1 "ann is still there"
silent "mended"
restore

for companion in twin state; do
	rm "$WORK/data/.sasldb.$companion"
	broken companion-missing "no $companion"
	rm "$WORK/data/.sasldb.$companion"
	ln -s /dev/null "$WORK/data/.sasldb.$companion"
	heals companion-refused "$companion is a link"
done
cp -p "$DB" "$WORK/backup"
create bob -m SCRAM-SHA-256
cp "$WORK/backup" "$DB"
heals changed-by-hand "an older copy was restored"

python3 "$SRCDIR/tests/cli/cut.py" left "$DB"
heals write-unfinished "a write was cut off"

if cc -shared -fPIC -o "$WORK/eio.so" -x c - 2>/dev/null <<-'END'
	#include <errno.h>
	#include <stdlib.h>
	char *realpath(const char *path, char *out) { (void)path; (void)out; errno = EACCES; return NULL; }
END
then
	ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 LD_PRELOAD=$WORK/eio.so \
		gsasldb check --config-dir "$CONF" --json >"$WORK/out" 2>"$WORK/err"
	ok "root may not reach it: database-failing" finding database-failing remedy
	is "$(finding database-failing remedy)" "gsasldb stat -f $DB" "where to look"
	gone database-failing "he may"
else
	skip "root may not reach it: no compiler"
fi

mkdir -p "$BOX/queue/$WORK/data" "$BOX/queue/etc"
cp "$DB" "$BOX/queue/$WORK/data/sasldb"
broken jail-copy "a copy in the chroot"
: >"$BOX/queue/etc/sasldb2"
broken jail-copy "an old sasldb2 in the chroot"
cp "$DB" "$BOX/queue/$WORK/data/sasldb"
: >"$DB"
rm "$WORK"/data/.sasldb*
gone jail-copy "the copy is kept while the database has no users"
restore
ln -f "$DB" "$BOX/queue/$WORK/data/sasldb"
gone jail-copy "it is the database itself"

finish
