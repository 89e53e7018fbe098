#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: no password in a file, in the messages, or where a listing of processes shows it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

{ echo 'ann:geheim-1'; echo 'bob:geheim-2'; echo 'geheim-3'; printf 'cid:geheim-4\377\n'; printf 'geheim-5\0:x\n'; } >"$WORK/in"
run gsasldb import -f "$DB" -u "$REALM" --format colon
is_rc 65 "bad lines"
not_ok "the messages do not say what is on them" grep -q geheim "$WORK/out" "$WORK/err"
printf '%s\n' '{"user":"ann","realm":"r","password":"geheim-1","x":1}' '{"user":"ann","password":"geheim-2",}' \
	'{"user":"bob","realm":"r","secrets":{"PLAIN":"crypt geheim-3"}}' '{"user":"cid","password":"geheim-4' >"$WORK/in"
run gsasldb import -f "$DB" -u r
is_rc 65 "bad lines of jsonl"
not_ok "nor for jsonl" grep -q geheim "$WORK/out" "$WORK/err"
awk 'BEGIN { for (i = 0; i < 8000; i++) printf "u%d:geheim-%0200d\n", i, i }' >"$WORK/list"
mkfifo "$WORK/fifo"
mkdir "$WORK/tmp"
TMPDIR=$WORK/tmp gsasldb import -f "$DB" -u r --format colon -m CRAM-MD5 <"$WORK/fifo" >"$WORK/out" 2>"$WORK/err" &
job=$!
exec 8>"$WORK/fifo"
cat "$WORK/list" >&8
# it has read everything, and waits for the end
until find "/proc/$job/fd" -lname '*deleted*' 2>/dev/null | grep -q .; do :; done
spool=$(find "/proc/$job/fd" -lname '*deleted*')
ok "a temporary file without a name" test -s "$spool"
not_ok "in which nothing can be read" grep -qa -e geheim -e example.test "$spool"
is "$(find "$WORK/tmp" -type f)" "" "and no other"
not_ok "nor in the arguments or the environment" grep -qa geheim "/proc/$job/cmdline" "/proc/$job/environ"
exec 8>&-
wait "$job"
rc=$?
summary_is 8000 0 0 0 "it ends well"
not_ok "no password is in the database" grep -qa geheim "$DB" "$WORK/.db.twin"
not_ok "nor in the words" grep -qa geheim "$WORK/out" "$WORK/err"
rm -r "$WORK/tmp"
TMPDIR=$WORK/tmp run gsasldb import -f "$DB" -u r --format colon -m CRAM-MD5 "$WORK/list"
fails 74 "^gsasldb: $WORK/tmp: no temporary file can be made \(TMPDIR chooses another place\): No such file" "no TMPDIR: it is named"
TMPDIR=$WORK/tmp run gsasldb import -f "$DB" -u r --format colon -m CRAM-MD5 --dry-run <(head -n 10 "$WORK/list")
summary_is 0 0 10 0 "a small input needs none"

finish
