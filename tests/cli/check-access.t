#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: who may read and write the database, and whether Postfix's user really can read it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin
TWIN=$WORK/data/.sasldb.twin

chmod 644 "$DB"
broken everybody "everybody may read the database"
chmod 644 "$TWIN"
broken everybody "everybody may read its twin"
chmod o+w "$DB"
finds everybody "everybody may write"
ok "it says so" grep -q 'may write the database' "$WORK/out"
mends everybody "everybody may write"
chmod 660 "$DB"
heals group-writable "the group may write"
chown postfix "$DB"
heals daemon-owns "smtpd's user owns it"
chmod 777 "$WORK/data"
heals folder-writable "everybody may write the folder"

chmod 600 "$DB"
broken unreadable "mode 0600"
chgrp root "$DB" "$TWIN" "$WORK/data/.sasldb.state"
finds unreadable "group root"
is "$(grep -o "$WORK/data/[.a-z]*sasldb[.a-z]*" <<<"$(finding unreadable what)" | wc -l)" 3 "all three are named"
mends unreadable "group root"
chgrp root "$TWIN"
broken unreadable "only the twin"
chmod 700 "$WORK/data"
finds unreadable "the folder is closed"
is "$(cat "$WORK/remedy")" "chmod o+x $WORK/data" "what to do"
mends unreadable "the folder is closed"
if command -v setfacl >/dev/null && chgrp root "$DB" && setfacl -m u:postfix:r "$DB" 2>/dev/null; then
	gone unreadable "read by an ACL"
else
	skip "no ACL here"
fi
restore

if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
	: >"$WORK/in"
	run as_nobody gsasldb check --config-dir "$CONF" --json
	ok "an ordinary user is told: not-root" finding not-root remedy
	gone not-root "root"
else
	skip "cannot become another user"
fi

# A file system that says it is NFS
if cc -shared -fPIC -o "$WORK/nfs.so" -x c - 2>/dev/null <<-'END'
	#define _GNU_SOURCE
	#include <sys/vfs.h>
	int fstatfs(int fd, struct statfs *fs) { (void)fd; fs->f_type = 0x6969; return 0; }
	int fstatfs64(int fd, struct statfs64 *fs) { (void)fd; fs->f_type = 0x6969; return 0; }
END
then
	ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 LD_PRELOAD=$WORK/nfs.so \
		gsasldb check --config-dir "$CONF" --json >"$WORK/out" 2>"$WORK/err"
	ok "NFS: network-file-system" finding network-file-system remedy
	is "$(finding network-file-system remedy | sed 1q)" "gsasldb export -f $DB | gsasldb import -f /var/lib/sasldb" "what to do"
	gone network-file-system "a local file system"
else
	skip "no compiler to pretend NFS"
fi

finish
