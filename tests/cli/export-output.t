#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb export -o: a file of its own, whole or not at all.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m CRAM-MD5
create bob -m CRAM-MD5
gsasldb export -f "$DB" >"$WORK/whole"
umask 0
run gsasldb export -f "$DB" -o "$WORK/file"
succeeds "a new file"
is "$(stat -c '%a %s' "$WORK/file")" "600 $(stat -c %s "$WORK/whole")" "is 0600, whatever the umask"
ok "and holds it all" cmp "$WORK/file" "$WORK/whole"
run gsasldb export -f "$DB" -o -
is "$(cat "$WORK/out")" "$(cat "$WORK/whole")" "- is standard output"
echo old >"$WORK/file"
chmod 644 "$WORK/file"
ln "$WORK/file" "$WORK/link"
run gsasldb export -f "$DB" -o "$WORK/file"
succeeds "an old file"
is "$(stat -c '%a %h' "$WORK/file")" "600 1" "is another one then"
is "$(cat "$WORK/link")" old "the old one is as it was"
run gsasldb export -f "$WORK/none" -o "$WORK/link"
fails 66 '/none: No such file' "no database"
is "$(cat "$WORK/link")" old "the old one stays"
run gsasldb export -f "$DB" -o "$WORK/no/folder"
fails 73 "$WORK/no/folder: cannot be created: No such file" "no folder"
mkdir "$WORK/dir"
run gsasldb export -f "$DB" -o "$WORK/dir"
fails 73 "$WORK/dir: is not a regular file" "a folder"
mkfifo "$WORK/fifo"
run gsasldb export -f "$DB" -o "$WORK/fifo"
fails 73 "$WORK/fifo: is not a regular file" "a pipe"
ln -s /dev/null "$WORK/null"
run gsasldb export -f "$DB" -o "$WORK/null"
fails 73 "$WORK/null: is not a regular file" "a device"
err=$( (ulimit -f 0; gsasldb export -f "$DB" -o "$WORK/link") 2>&1)
rc=$?
echo "$err" >"$WORK/err"
fails 74 "$WORK/link: cannot be written: File too large" "a file that cannot be written"
is "$(cat "$WORK/link")" old "the old one stays"
is "$(find "$WORK" -type f -name '*.??????' -newer "$WORK/whole")" "" "and nothing is left behind"
bash -c "gsasldb export -f '$DB' >/dev/full" 2>"$WORK/err"
rc=$?
: >"$WORK/out"
fails 74 'standard output: cannot be written: No space left' "a full standard output"
bash -c "gsasldb export -f '$DB' | true; exit \${PIPESTATUS[0]}" 2>/dev/null
rc=$?
ok "a reader that does not read kills nobody" test "$rc" -eq 0 -o "$rc" -eq 74
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$BUILDDIR/gsasldb" "$WORK/"
	run as_nobody "$WORK/gsasldb" export -f "$DB"
	fails 77 'db: Permission denied' "a database that may not be read"
	chmod 644 "$DB" "$WORK"/.db.*
	run as_nobody "$WORK/gsasldb" export -f "$DB" -o "$WORK/his"
	fails 77 "$WORK/his: cannot be created: Permission denied" "a folder that may not be written"
else
	skip "permissions: needs root"
fi

finish
