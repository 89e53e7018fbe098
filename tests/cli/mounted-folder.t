#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A folder that is mounted elsewhere, as into a container: programs on both sides work together, and one that
# sees it read-only reads.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve.sh
. "$SRCDIR/tests/cli/serve.sh"

mount_begin
mkdir "$M/host" "$M/inside" "$M/only"
mount --bind "$M/host" "$M/inside" || skip_all "cannot mount a folder elsewhere"
mount --bind "$M/host" "$M/only" || skip_all "cannot mount a folder elsewhere"
mount -o remount,bind,ro "$M/only" || skip_all "cannot mount a folder read-only"
DB=$M/host/db
serve early "$M/only/db"
login_is no early first "before there is a database, there is no user"
set_password first
chgrp 65534 "$DB" && chmod 640 "$DB"
set_password first # which gives the companions to that group
serve inside "$M/inside/db"
serve only "$M/only/db" 65534
login_becomes in early first "one that was made later is found, read-only too"
login_is in inside first "inside"
login_is in only first "inside, read-only and as another user"

set_password second
for name in inside only early; do
	login_is in $name second "a change outside is seen at once: $name"
	login_is no $name first "and the old password is gone: $name"
done
set_password third "$M/inside/db"
login_is in only third "a change inside is seen at once"
is "$(find "$M/host" -type f | wc -l)" 3 "all use the same three files"

input hoge
run saslpasswd -c -f "$M/only/db" -u "$REALM" bob
fails 77 '/only/db: cannot be written: Read-only file system' "a write where it is read-only"
run saslpasswd -c -f "$M/only/new" -u "$REALM" bob
fails 77 '/only: cannot be written: Read-only file system' "a new database where it is read-only"
run sasldblistusers -f "$M/only/db" --count
out_is 1 "the listing"

# writers on both sides take turns
many() { # DATABASE PREFIX
	for i in 1 2 3 4 5 6 7 8; do
		printf hoge | saslpasswd -c -f "$1" -u "$REALM" -m CRAM-MD5 "$2$i" || return
	done
}
many "$M/inside/db" inside >"$WORK/many" 2>&1 &
many "$DB" outside
result $? "writers outside, ..."
wait $!
result $? "... and at the same time inside"
is "$(sasldblistusers -f "$M/only/db" --count)" 17 "nobody is lost"

# replaced outside
cp "$DB" "$M/host/saved"
set_password fourth
mv "$M/host/saved" "$DB"
chgrp 65534 "$DB" && chmod 640 "$DB"
login_becomes in only third "replaced: followed"
login_becomes in inside third "replaced: followed inside"
login_is no only fourth "and nobody else gets in"

finish
