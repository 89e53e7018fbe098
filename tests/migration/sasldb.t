#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From the stock sasldb: Berkeley DB files that saslpasswd2 made, through db_dump and as LMDB; GDBM files with the
# same keys; and GDBM files of SASL 1.5.

set -u
# shellcheck source=tests/migration/lib.sh
. "$(dirname "$0")/lib.sh"
migration_begin 120 saslpasswd2 db_dump mdb_load mdb_dump gdbm_load

SOURCES=$(dirname "$0")/sources.py
OTHER=other.example.test
FOREIGN_PASSWORD="Größe 7 €"

stock_set() { # USER REALM PASSWORD [OPTION...]
	printf %s "$3" | SASL_PATH=$BOX/plugins timeout 60 saslpasswd2 -p -c -f "$WORK/stock" -u "$2" "${@:4}" "$1" ||
		bail "saslpasswd2 does not set a password"
}

make_stock_files() {
	stock_set hoge "$REALM" hoge
	stock_set hoge "$OTHER" "Anders-9x"
	stock_set ann "$REALM" "$FOREIGN_PASSWORD"
	stock_set nobody "$REALM" hoge -n # stores nothing, and says nothing of it
	{
		db_dump "$WORK/stock" >"$WORK/bytes" && db_dump -p "$WORK/stock" >"$WORK/print" &&
			sed 's/^type=hash$/type=btree/; /^h_nelem=/d; /^db_pagesize=/d' "$WORK/bytes" |
			mdb_load -n "$WORK/lmdb" && mdb_dump -n "$WORK/lmdb" >"$WORK/lmdb-bytes" &&
			mdb_dump -n -p "$WORK/lmdb" >"$WORK/lmdb-print"
	} || bail "the dumps cannot be made"
	"$PYTHON" "$SOURCES" gdbm <"$WORK/bytes" | gdbm_load - "$WORK/gdbm" || bail "gdbm_load fails"
}

# ---- SASL 2 ----

from_stock() {
	imports "db_dump" "added 3" "$WORK/bytes" --format sasldb
	logs_in "db_dump" hoge hoge "${FROM_PASSWORD[@]}"
	verifies "db_dump, other realm" "hoge@$OTHER" Anders-9x "${FROM_PASSWORD[@]}"
	login "db_dump, other realm" 235 gsasl SCRAM-SHA-256 "hoge@$OTHER" Anders-9x
	login "db_dump, other realm, this realm's password" 535 gsasl SCRAM-SHA-256 "hoge@$OTHER" hoge
	logs_in "db_dump, not ASCII" ann "$FOREIGN_PASSWORD" "${FROM_PASSWORD[@]}"
	verify_says "db_dump, user of saslpasswd2 -n" nobody hoge "1 "
	imports "db_dump, recognised" "unchanged 3" "$WORK/bytes"
	imports "db_dump -p" "unchanged 3" "$WORK/print" --format sasldb
	imports "db_dump -p, recognised" "unchanged 3" "$WORK/print"
	imports "mdb_dump" "unchanged 3" "$WORK/lmdb-bytes" --format sasldb
	imports "mdb_dump, recognised" "unchanged 3" "$WORK/lmdb-bytes"
	imports "GDBM with the stock keys" "unchanged 3" "$WORK/gdbm" --format sasldb
	imports "GDBM with the stock keys, recognised" "unchanged 3" "$WORK/gdbm"
	imports "db_dump in a pipe" "unchanged 3" <(db_dump "$WORK/stock")
}

# Each by itself into a database that is new.
afresh() { # WHAT FILE
	local DB=$WORK/fresh
	rm -f "$DB" "$WORK"/.fresh.*
	imports "$1, new database" "added 3" "$2"
	verify_says "$1, new database: verify" hoge hoge "0 ${FROM_PASSWORD[*]}"
	verify_says "$1, new database: verify, not ASCII" ann "$FOREIGN_PASSWORD" "0 ${FROM_PASSWORD[*]}"
}

cannot_be_taken() {
	refuses "mdb_dump -p, not ASCII" "ann@$REALM: .*dump it without -p" "$WORK/lmdb-print"
	refuses "Berkeley DB file itself" "pipe it through db_dump" "$WORK/stock"
	refuses "LMDB file itself" "pipe it through \"mdb_dump -n\"" "$WORK/lmdb"
	sed '/^DATA=END/d' "$WORK/bytes" >"$WORK/cut"
	refuses "db_dump without its end" "cut off" "$WORK/cut"
	head -c 200 "$WORK/bytes" >"$WORK/cut"
	refuses "db_dump cut in a record" "cut off" "$WORK/cut"
	head -c 200 "$WORK/lmdb-bytes" >"$WORK/cut"
	refuses "mdb_dump cut in a record" "cut off" "$WORK/cut" --format sasldb
	head -c 60 "$WORK/bytes" >"$WORK/cut"
	refuses "db_dump cut in its header" "cut off" "$WORK/cut"
	head -c 3000 "$WORK/gdbm" >"$WORK/cut"
	refuses "GDBM file that is cut off" "$WORK/cut: " "$WORK/cut"
}

# ---- SASL 1.5 ----

from_sasl1() {
	printf '%s\t%s\n' old hoge long "$(printf 'y%.0s' {1..70})" foreign "Größe-7" |
		"$PYTHON" "$SOURCES" sasl1 "$REALM" | gdbm_load - "$WORK/sasl1" || bail "gdbm_load fails"
	imports "SASL 1.5" "added 3" "$WORK/sasl1" --format sasldb1
	logs_in "SASL 1.5" old hoge CRAM-MD5 DIGEST-MD5 PLAIN LOGIN
	verifies "SASL 1.5, long password" long "$(printf 'y%.0s' {1..70})" CRAM-MD5 DIGEST-MD5 PLAIN LOGIN
	verifies "SASL 1.5, not ASCII" foreign "Größe-7" CRAM-MD5 DIGEST-MD5 PLAIN LOGIN
	imports "SASL 1.5, recognised as sasldb" "unchanged 3" "$WORK/sasl1"
	refuses "SASL 2 as sasldb1" "use --format sasldb" "$WORK/gdbm" --format sasldb1
}

make_stock_files
from_stock
for form in bytes print lmdb-bytes gdbm; do
	afresh "$form" "$WORK/$form"
done
cannot_be_taken
from_sasl1
tap_end
