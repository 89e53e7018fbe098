#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb export: of one moment, also while somebody writes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

for n in 1 2; do
	printf '{"user":"%s","realm":"r","secrets":{},"properties":{"n":"'"$n"'"}}\n' a{1..40} >"$WORK/set$n"
done
gsasldb import -f "$DB" "$WORK/set1" >"$WORK/out"
for n in {1..25}; do
	gsasldb import -f "$DB" "$WORK/set$((n % 2 + 1))"
done >"$WORK/writes" 2>&1 &
job=$!
mixed=0 exports=0
while kill -0 "$job" 2>/dev/null; do
	gsasldb export -f "$DB" >"$WORK/moment" 2>"$WORK/err" || bail "an export failed: $(cat "$WORK/err")"
	exports=$((exports + 1))
	[ "$(grep -o '"n":"."' "$WORK/moment" | sort | uniq -c | tr -s ' ' | cut -d' ' -f2)" = 40 ] || mixed=$((mixed + 1))
done
wait "$job"
is "$(sort "$WORK/writes" | uniq -c | tr -s ' ')" " 25 added 0, changed 40, unchanged 0, removed 0" "the writer went on"
is "$mixed" 0 "each export was of one set"
ok "there were several" test "$exports" -gt 3

finish
