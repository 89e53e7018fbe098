#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A folder and a database belong to an ordinary user, who renames a file of root's to be a companion of it; then root's
# tool runs.  That file stays as it is, and whose it is, and the tool says so.  And the tools warn of a folder in which
# such a thing can be done.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
umask 022
UID_OF=65534
export TMPDIR=$WORK

# place: a folder and a database of the user's; of ROOT: the database is made by root and given to him
place() {
	rm -rf "${WORK:?}/home"
	mkdir "$WORK/home"
	DB=$WORK/home/db
	printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5 ann 2>"$WORK/err" || bail "$(cat "$WORK/err")"
	chown -R $UID_OF:$UID_OF "$WORK/home"
	chmod "$1" "$DB" "$WORK/home"/.db.*
}

# Something that root has written there: his folder is no place for it, but it is there.
plant() { # COMPANION CONTENTS MODE
	rm "$WORK/home/$1"
	case $2 in
	words) printf 'root: the secret of the day\n' >"$WORK/home/secret" ;;
	long) head -c 50000 /dev/urandom >"$WORK/home/secret" ;;
	state) head -c 80 /dev/zero >"$WORK/home/secret" ;;
	database) cp "$WORK/precious" "$WORK/home/secret" ;;
	esac
	chown 0:0 "$WORK/home/secret"
	chmod "$3" "$WORK/home/secret"
	before=$(describe "$WORK/home/secret")
	as_nobody mv -f "$WORK/home/secret" "$WORK/home/$1" || bail "he cannot rename it"
}

describe() { # FILE
	stat -c '%i %u:%g %a' "$1" 2>&1
	md5sum <"$1" 2>&1
}

# somebody else's database, of root's
printf hoge | saslpasswd -c -f "$WORK/other" -u "$REALM" -m CLEARTEXT root || bail "the other database"
cp "$WORK/other" "$WORK/precious"
rm -f "$WORK/other" "$WORK"/.other.*

verbs=(passwd init import disable compact expire)
do_verb() {
	input ''
	case $1 in
	passwd)
		input changed
		run saslpasswd -f "$DB" -u "$REALM" -m CRAM-MD5 ann
		;;
	import)
		input '{"user":"bob","realm":"%s","secrets":{"CLEARTEXT":"hoge"}}\n' "$REALM"
		run gsasldb import -f "$DB"
		;;
	disable) run gsasldb disable -f "$DB" -u "$REALM" ann ;;
	expire) run gsasldb expire -f "$DB" -u "$REALM" ann 2001-01-01 ;;
	*) run gsasldb "$1" -f "$DB" ;;
	esac
}

# Root's tool, with a file that is nobody's business there.
n=0
for companion in .db.twin .db.state; do
	for contents in words long state database; do
		for mode in 640 644; do
			# a short walk: each verb once with each companion, and each contents with each mode
			verb=${verbs[n++ % ${#verbs[@]}]}
			what="$companion is a file of root's ($contents), the database has mode $mode, $verb"
			place $mode
			plant $companion $contents 600
			do_verb "$verb"
			result $((rc == 0)) "$what: a nonzero exit code" "not 0"
			err_like "$companion" "$what: and the tool names it"
			is "$(describe "$WORK/home/$companion")" "$before" "$what: it is as before, and root's alone"
			not_ok "$what: he cannot read it" as_nobody cat "$WORK/home/$companion"
		done
	done
done

# What is not planted goes on working: root's tool beside the user's own files, and beside companions that root makes.
place 640
do_verb passwd
is_rc 0 "the user's own companions: root's change"
rm "$WORK/home"/.db.*
do_verb passwd
is_rc 0 "no companions: root's change"
is "$(stat -c %u:%a "$WORK/home/.db.twin" "$WORK/home/.db.state" | xargs)" "$UID_OF:640 $UID_OF:640" \
	"they are the user's then"
input hoge
run as_nobody "$BUILDDIR/saslpasswd" -f "$DB" -u "$REALM" -m CRAM-MD5 ann
is_rc 0 "and he makes the next change"
: >"$WORK/home/empty" # what a tool of root's leaves that was killed there
mv "$WORK/home/empty" "$WORK/home/.db.twin"
do_verb passwd
is_rc 0 "an empty file of root's is none of anybody's secrets: root's change"

# ---- warnings ----

# warns NAME: a change and an import say something of the folder, and are made
warns() {
	local verb
	for verb in passwd import; do
		do_verb $verb
		is_rc 0 "$1: $verb: is done"
		err_like "^(saslpasswd|gsasldb): warning: .*$WORK/place" "$1: $verb: with a warning that names it"
	done
}

silent() {
	do_verb passwd
	succeeds "$1: no warning"
}

make_place() { # OWNER:GROUP MODE OWNER-OF-THE-DATABASE
	rm -rf "${WORK:?}/place"
	mkdir "$WORK/place"
	DB=$WORK/place/db
	printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5 ann 2>"$WORK/err" || bail "$(cat "$WORK/err")"
	chown "$3" "$WORK/place/db" "$WORK/place"/.db.*
	chown "$1" "$WORK/place"
	chmod "$2" "$WORK/place"
}

make_place 0:0 755 0:0
silent "root's folder, root's database"
make_place 0:0 755 $UID_OF:$UID_OF
silent "root's folder, a user's database"
make_place $UID_OF:$UID_OF 755 $UID_OF:$UID_OF
silent "a user's folder, his database"
make_place $UID_OF:$UID_OF 755 0:0
warns "a user's folder, root's database"
make_place 33333:0 755 $UID_OF:$UID_OF
warns "somebody's folder, another's database"
make_place 0:$UID_OF 775 0:0
warns "root's folder, which its group may write"
make_place $UID_OF:$UID_OF 770 $UID_OF:$UID_OF
warns "a user's folder, which its group may write"
make_place 0:0 777 0:0
warns "root's folder, which everybody may write"

finish
