#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: a stock sasldb whose users did not come along.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin
need saslpasswd2 db_dump
OLD=$WORK/sasldb2
smtpd_conf sasldb_path "$OLD"

silent "there is none"
mkdir "$WORK/stock" "$WORK/conf"
make_plugin_dir "$WORK/stock"
printf 'sasldb_path: %s\nauxprop_plugin: sasldb\n' "$OLD" >"$WORK/conf/old.conf"
set_old() {
	printf hoge | SASL_PATH=$WORK/stock SASL_CONF_PATH=$WORK/conf saslpasswd2 -p -c -a old -f "$OLD" -u "$1" "$2"
}
set_old "$REALM" ann >/dev/null 2>&1
[ -e "$OLD" ] || skip_all "the stock saslpasswd2 makes no sasldb"
silent "ann is in both"
set_old "$REALM" bob
set_old other.example.test carl
broken old-sasldb "two users are only in the old one"
is "$(sasldblistusers -f "$DB" --count)" 3 "they came along"

smtpd_conf gsasldb_path "$OLD"
DB=$OLD
broken database-damaged "the old file where ours should be"
is "$(sasldblistusers -f "$DB" --count)" 3 "its users came along"
smtpd_conf gsasldb_path "$WORK/data/sasldb"
DB=$WORK/data/sasldb

if command -v mdb_load >/dev/null; then
	db_dump -p "$OLD.bad" | sed -e 's/^type=.*/type=btree/' -e '/^h_nelem/d' -e '/^db_pagesize/d' \
		-e 's/^HEADER=END/mapsize=1048576\n&/' >"$WORK/dump"
	rm -f "$OLD" "$WORK"/.sasldb2*
	if mdb_load -n -f "$WORK/dump" "$OLD" 2>/dev/null; then
		saslpasswd -d -f "$DB" -u "$REALM" bob
		broken old-sasldb "an LMDB file"
	else
		skip "an LMDB file: cannot be made"
	fi
else
	skip "an LMDB file: needs mdb_load"
fi

finish
