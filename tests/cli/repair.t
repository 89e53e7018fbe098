#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb repair: both sides whole again, from the one that is; one line says what was done and why; what is refused
# changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
TWIN=$WORK/.db.twin STATE=$WORK/.db.state

# A database with ann and bob; $WORK/older is one with ann alone.
anew() {
	rm -f "$WORK"/*db* "$WORK"/.db* "$WORK/older"
	create ann -m CRAM-MD5
	cp "$DB" "$WORK/older"
	create bob -m CRAM-MD5
}

cut_off() { # left | right: as a killed writer leaves the files
	python3 "$SRCDIR/tests/cli/cut.py" "$1" "$DB" "$WORK/older" || bail "cut.py"
}

garbage() { # FILE
	printf 'garbage%.0s' {1..900} >"$1"
}

# repairs "LINE" NAME [OPTION ...]: exit code 0 and that line; both users are there, and a second time there is nothing to do
repairs() {
	run gsasldb repair -f "$DB" "${@:3}"
	[ "$rc" -eq 0 ] && [ "$(cat "$WORK/out")" = "$1" ] && [ ! -s "$WORK/err" ]
	result $? "$2" "exit code 0 and: $1"
	ok "$2: the two are alike" cmp "$DB" "$TWIN"
	is "$(sasldblistusers -f "$DB" --count)" "${users-2}" "$2: everybody is there"
	nothing_to_do "$2: again"
}

nothing_to_do() { # NAME [OPTION ...]
	local before

	before=$(files)
	run gsasldb repair -f "$DB" "${@:2}"
	is_rc 0 "$1: exit code"
	out_is "$DB: nothing to do: it and its twin are whole and alike" "$1: nothing to do"
	is "$(cat "$WORK/err")" "" "$1: no message"
	is "$(files)" "$before" "$1: nothing was written"
}

# Without those that are empty: one may be made.
filled() {
	files | grep -v '^d41d8cd98f00b204e9800998ecf8427e '
}

# refuses CODE REGEX NAME [OPTION ...]: and no byte of any file is changed
refuses() {
	local before

	before=$(filled)
	run gsasldb repair -f "$DB" "${@:4}"
	fails "$1" "$2" "$3"
	is "$(filled)" "$before" "$3: no byte was changed"
}

anew
nothing_to_do "whole"
nothing_to_do "whole, whatever is said" --from twin
nothing_to_do "whole, whatever is said" --from database

# ---- what it can tell by itself ----

cut_off left
repairs "$DB: is a copy of its twin now: a write to the database was cut off" "cut off before the commit"
cut_off right
repairs "$TWIN: is a copy of the database now: the database had the last change, and its twin had not" "cut off behind it"
rm "$TWIN"
repairs "$TWIN: is a copy of the database now: the database had the last change, and its twin had not" "no twin"
by_hand="$TWIN: is a copy of the database now: something else than our tools changed or made the database"
rm "$STATE"
repairs "$by_hand" "no state"
rm "$STATE" "$TWIN"
repairs "$by_hand" "the database alone"
garbage "$TWIN"
repairs "$TWIN: is a copy of the database now: the database had the last change, and its twin had not" "a twin that is none"
cp "$WORK/older" "$DB"
users=1 repairs "$by_hand" "restored"
anew
cut_off left
garbage "$DB"
repairs "$DB: is a copy of its twin now: a write to the database was cut off" "cut off, and garbage"

# ---- what a person must say ----

anew
garbage "$DB"
refuses 65 "^gsasldb: $DB: is not a GDBM file.*; its twin is whole: nothing was changed; gsasldb repair -f $DB --from twin" \
	"garbage"
refuses 65 "^gsasldb: $DB: is not a GDBM file.*: nothing was changed" "garbage is not kept" --from database
repairs "$DB: is a copy of its twin now: the database was no longer one" "garbage, from the twin" --from twin
: >"$DB"
repairs "$DB: is a copy of its twin now: the database was no longer one" "emptied, from the twin" --from twin
garbage "$DB"
rm "$STATE"
repairs "$DB: is a copy of its twin now: neither was known to be whole" "garbage and no state, from the twin" --from twin
sed -i 's/user ann/user eve/' "$DB"
touch "$DB"
refuses 65 "^gsasldb: $DB: holds a record of \"ann\" that is not ours.*--from twin" "a record that is damaged"
repairs "$DB: is a copy of its twin now: the database was no longer one" "a record that is damaged, from the twin" --from twin

rm "$DB"
removed="^gsasldb: $DB: was removed, but its twin $TWIN has users: bring them back with gsasldb repair -f $DB --from twin"
refuses 66 "$removed" "removed"
refuses 66 "$removed" "removed, from the database" --from database
repairs "$DB: is a copy of its twin now: the database was removed" "removed, from the twin" --from twin
is "$(stat -c '%a %U %G' "$DB")" "$(stat -c '%a %U %G' "$TWIN")" "it has the twin's permissions"

cut_off left
rm "$TWIN"
refuses 65 "^gsasldb: $DB: holds an unfinished write, and its twin .* --from database" "cut off, and no twin"
repairs "$TWIN: is a copy of the database now: neither was known to be whole" "cut off, from the database" --from database
cut_off left
cut_off_twin=$(mktemp "$WORK/XXXXXX")
cp "$DB" "$cut_off_twin"
cut_off left
cp "$cut_off_twin" "$TWIN"
refuses 65 "^gsasldb: $DB: neither it .* nor its twin .* --from twin, or --from database" "both cut off"
repairs "$DB: is a copy of its twin now: neither was known to be whole" "both cut off, from the twin" --from twin

# ---- what nobody can mend ----

garbage "$DB"
garbage "$TWIN"
for from in "" twin database; do
	refuses 65 "^gsasldb: $WORK/\.?db[.a-z]*: .*not a GDBM file" "both garbage, from ${from:-either}" ${from:+--from "$from"}
done
rm "$WORK"/.db* "$DB"
run gsasldb repair -f "$DB"
fails 66 "^gsasldb: $DB: No such file or directory" "no database at all"
run gsasldb repair -f "$DB" --from twin
fails 66 'No such file or directory' "and no twin"
is "$(files)" "" "none is made"
cp "$SRCDIR/COPYING" "$DB"
refuses 65 'is not a GDBM file' "another file"
rm -f "$DB" "$WORK"/.db*

# ---- the command line, other writers, permissions ----

anew
for from in state "" Twin; do
	run gsasldb repair -f "$DB" --from "$from"
	is_rc 64 "--from '$from': exit code"
	err_like '^gsasldb: --from: must be twin or database' "--from '$from': says what there is"
done
run gsasldb repair -f "$DB" --wait x
is_rc 64 "--wait: a number"
run gsasldb repair -f "$DB" ann
is_rc 64 "no arguments"
mkdir "$WORK/conf"
echo "gsasldb_path: $DB" >"$WORK/conf/prog.conf"
SASL_CONF_PATH=$WORK/conf run gsasldb repair -a prog
out_is "$DB: nothing to do: it and its twin are whole and alike" "-a"
if command -v flock >/dev/null; then
	exec 9<>"$STATE"
	flock 9
	run gsasldb repair -f "$DB" --wait 0
	fails 75 '/db: another program has held it for 0 seconds: try again' "another writer"
	exec 9>&-
else
	skip "another writer: needs flock"
fi
rm "$WORK/conf/prog.conf"
if [ "$(id -u)" -eq 0 ]; then
	garbage "$DB"
	before=$(files)
	run as_nobody gsasldb repair -f "$DB" --from twin
	fails 77 "^gsasldb: $DB: Permission denied \(run as root" "without rights"
	is "$(files)" "$before" "without rights: no byte was changed"
	rm "$DB"
	before=$(files)
	run as_nobody gsasldb repair -f "$DB" --from twin
	fails 77 'Permission denied' "without rights, and the database removed"
	is "$(files)" "$before" "without rights: still removed"
else
	skip "without rights: needs root"
fi

finish
