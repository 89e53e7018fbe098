#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb export -o: a signal leaves no part of a file behind, and no temporary one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

awk 'BEGIN { for (i = 0; i < 8000; i++) printf "{\"user\":\"u%d\",\"realm\":\"r\",\"secrets\":{\"CRAM-MD5\":\"%064d\"}}\n", i, i }' >"$WORK/in"
run gsasldb import -f "$DB"
summary_is 8000 0 0 0 "many users"
gsasldb export -f "$DB" >"$WORK/whole"
echo old >"$WORK/old"
for signal in TERM HUP; do
	cp "$WORK/old" "$WORK/file"
	gsasldb export -f "$DB" -o "$WORK/file" &
	job=$!
	until compgen -G "$WORK/file.*" >"$WORK/out"; do
		kill -0 "$job" 2>/dev/null || break
	done
	kill -s "$signal" "$job" 2>/dev/null
	wait "$job" 2>/dev/null
	rc=$?
	ok "SIG$signal ends it, or it was done" test "$rc" -eq $((128 + $(kill -l "$signal"))) -o "$rc" -eq 0
	is "$(compgen -G "$WORK/file.*")" "" "no temporary file"
	cmp -s "$WORK/file" "$WORK/old" || cmp -s "$WORK/file" "$WORK/whole"
	result $? "the file is the old one or the new one"
done

finish
