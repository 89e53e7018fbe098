#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A database file that is mounted by itself, as into a container, away from the files that belong to it: it
# works in place, with companions of its own on each side, and a warning.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve.sh
. "$SRCDIR/tests/cli/serve.sh"

mount_begin
mkdir "$M/host" "$M/inside"
OUTSIDE=$M/host/db DB=$M/inside/db
set_password first "$OUTSIDE"
: >"$DB"
mount --bind "$OUTSIDE" "$DB" || skip_all "cannot mount a file by itself"
serve bare "$DB"
serve outside "$OUTSIDE"
login_is in bare first "read inside, without companions"
set_password second "$OUTSIDE"
login_is in bare second "a change outside is seen at once"
is "$(find "$M/inside" -name '.db*')" "" "and nothing was made inside"

# the tools inside
input hoge
run saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5 bob
is_rc 0 "a write inside"
err_like 'inside/db: is mounted by itself.*mount its folder instead' "warns"
is "$(find "$M/inside" -type f -printf '%f\n' | sort | xargs)" ".db.state .db.twin db" "companions are made inside"
ok "it is the same file still" cmp "$DB" "$OUTSIDE"
is "$(sasldblistusers -f "$OUTSIDE" --count)" 2 "and the outside sees the change"
login_is in bare hoge "the program inside sees it at once" bob
login_is in outside second "the program outside goes on"
login_becomes in outside hoge "and follows" bob
run gsasldb compact -f "$DB"
is_rc 0 "compact inside"
run gsasldb check -f "$DB" -u "$REALM"
not_ok "check finds no damage" grep -i damage "$WORK/out"
run saslpasswd -d -f "$DB" -u "$REALM" bob
is_rc 0 "a delete inside"
login_becomes no outside hoge "the deleted user is gone outside" bob

# now both sides have companions, which know nothing of each other
serve inside "$DB"
for password in third fourth fifth; do
	set_password "$password" "$OUTSIDE"
	login_becomes in inside "$password" "a change outside is followed: $password"
done
login_is no inside fourth "and the old password is gone"
set_password sixth "$OUTSIDE"
login_is in inside sixth "once followed, the next one is seen at once"

# nothing can be renamed over a mount; a copy in place is followed
cp "$OUTSIDE" "$M/saved"
set_password seventh
cp "$M/saved" "$M/inside/new"
not_ok "a rename over it is impossible" mv "$M/inside/new" "$DB"
cp "$M/saved" "$DB"
login_becomes in inside sixth "restored in place: followed"

# replaced outside, the mount leads to a file without a name
cp "$OUTSIDE" "$M/host/new"
mv "$M/host/new" "$OUTSIDE"
set_password eighth "$OUTSIDE"
login_becomes later inside sixth "replaced outside: try again later, for who is in there nobody can change"
login_becomes later bare sixth "the other program, too"
is "$(grep -c 'inside/db: was removed or replaced where it is mounted from: mount it again' "$WORK/inside.log")" 1 \
	"one line says so"
input hoge
run saslpasswd -c -f "$DB" -u "$REALM" bob
fails 75 'inside/db: was removed or replaced where it is mounted from' "no write is acknowledged that would be lost"
run sasldblistusers -f "$DB"
fails 75 'inside/db: was removed or replaced where it is mounted from' "and no old users are listed"
login_becomes in outside eighth "outside all is well"
umount "$DB" && mount --bind "$OUTSIDE" "$DB"
login_becomes in inside eighth "mounted again: followed"

finish
