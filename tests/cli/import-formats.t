#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: which inputs are recognised, and which must be named.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m SCRAM-SHA-256,PLAIN:sha256crypt
gsasldb export -f "$DB" >"$WORK/jsonl"
gsasldb export -f "$DB" --format postgres >"$WORK/postgres"
gsasldb export -f "$DB" --format dovecot >"$WORK/dovecot"
sed 's/\tSCRAM-SHA-256\$\([0-9]*\):\(.*\)\$\(.*\):/:{SCRAM-SHA-256}\1,\2,\3,/' "$WORK/postgres" >"$WORK/gsasl"
printf '%s\n' VERSION=3 format=print type=hash HEADER=END " ann\\00$REALM\\00userPassword" " hoge" DATA=END >"$WORK/sasldb"
printf 'ann@%s:hoge\n' "$REALM" >"$WORK/colon"
printf 'ann\t%s\thoge\n' "$REALM" >"$WORK/tsv"
printf 'ann@%s:%s\n' "$REALM" "$(stored PLAIN | cut -d' ' -f2)" >"$WORK/crypt"
for format in jsonl postgres gsasl sasldb; do
	run gsasldb import -f "$WORK/new" --dry-run "$WORK/$format"
	summary_is 1 0 0 0 "$format is recognised"
	out_like "^added ann@$REALM" "and is her"
done
names='jsonl colon tsv crypt dovecot postgres gsasl sasldb sasldb1'
for format in colon tsv crypt dovecot; do
	run gsasldb import -f "$WORK/new" "$WORK/$format"
	fails 65 "^gsasldb: $WORK/$format: what it is cannot be told for certain: --format must be one of $names\$" \
		"$format is not, and the message lists them"
done
for format in jsonl postgres gsasl sasldb colon tsv crypt dovecot; do
	run gsasldb import -f "$WORK/new" --dry-run --format "$format" "$WORK/$format"
	summary_is 1 0 0 0 "$format by its name"
done
head -c 5000 /dev/urandom | tr '\n\0{' x >"$WORK/noise"
run gsasldb import -f "$WORK/new" "$WORK/noise"
fails 65 'cannot be told for certain' "noise is nothing"
printf '# a comment\n\n' | cat - "$WORK/postgres" >"$WORK/in"
run gsasldb import -f "$WORK/new" --dry-run
summary_is 1 0 0 0 "comments may come first"
not_ok "nothing was made" test -e "$WORK/new"

finish
