#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: where the input comes from, and odd ones.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

import() { gsasldb import -f "$DB" -u "$REALM" --format colon -m CRAM-MD5 "$@"; }
run import "$WORK/missing"
fails 66 "^gsasldb: $WORK/missing: No such file or directory\$" "no such file"
run import "$WORK"
fails 74 "^gsasldb: $WORK: Is a directory\$" "a folder"
run import </dev/null
summary_is 0 0 0 0 "an empty input"
: >"$WORK/in"
run gsasldb import -f "$DB"
summary_is 0 0 0 0 "of no format"
printf '\n# nobody\n\r\n' >"$WORK/in"
run gsasldb import -f "$DB"
summary_is 0 0 0 0 "comments alone"
input 'ann:x\n'
run import -
summary_is 1 0 0 0 "- is standard input"
run bash -c "{ printf 'bob:'; sleep 0.2; printf 'y\n'; sleep 0.2; printf 'cid:z'; } | gsasldb import -f '$DB' -u $REALM --format colon -m CRAM-MD5"
summary_is 2 0 0 0 "a slow pipe, and a last line without an end"
run import <(echo dan:x)
summary_is 1 0 0 0 "a pipe by name"
printf '\357\273\277ann:x\r\nbob:y\r\n\r\n# a comment\r\ncid:z\r\n' >"$WORK/in"
run import
summary_is 0 0 3 0 "a byte order mark, CR LF, empty lines and comments"
printf '\357\273\277{"user":"ann","realm":"%s","password":"x"}\r\n' "$REALM" >"$WORK/in"
run gsasldb import -f "$DB" -m CRAM-MD5
summary_is 0 0 1 0 "the mark does not hide the format"
{ echo ann:x; head -c 3000000 /dev/zero | tr '\0' y; echo; echo eve:x; } >"$WORK/in"
run import
is_rc 65 "a line of three million bytes: exit code"
err_is "gsasldb: line 2: line: longer than 1000000 bytes
gsasldb: standard input: 1 wrong: nothing was changed" "it is named, and the others are read"
printf 'ann\0:x\n' >"$WORK/in"
run import
err_like '^gsasldb: line 1: user: holds a NUL byte' "a NUL byte"
printf 'a\033[31mb\tc:x\n' >"$WORK/in"
run import
err_like '^gsasldb: line 1: user "a.x1b\[31mb.x09c": holds a control' "control characters are shown as such"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$BUILDDIR/gsasldb" "$WORK/"
	mkdir "$WORK/own"
	chown 65534 "$WORK/own"
	echo ann:x >"$WORK/input"
	chmod 600 "$WORK/input"
	run as_nobody "$WORK/gsasldb" import -f "$WORK/own/db" --format colon "$WORK/input"
	fails 77 "^gsasldb: $WORK/input: Permission denied" "a file that may not be read"
	run as_nobody "$WORK/gsasldb" import -f "$WORK/none" --format colon -
	fails 77 "^gsasldb: $WORK: cannot be written: Permission denied" "a folder that may not be written, before anything is read"
	run as_nobody "$WORK/gsasldb" import -f "$DB" --format colon -
	fails 77 "^gsasldb: .*db: Permission denied" "a database that may not be read"
else
	skip "permissions: needs root"
fi

finish
