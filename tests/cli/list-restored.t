#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# After a copy was put back by cp, every tool sees the copy, at once and later.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m CRAM-MD5
cp "$DB" "$WORK/backup"
create bob -m CRAM-MD5
cp "$WORK/backup" "$DB"

for when in "at once" "later"; do
	run gsasldb exists -f "$DB" -u "$REALM" bob
	is_rc 1 "$when: a lookup"
	run sasldblistusers -f "$DB" --count
	out_is 1 "$when: the list"
	is "$(gsasldb export -f "$DB" | grep -c bob)" 0 "$when: the export"
	run gsasldb stat -f "$DB"
	out_like '^users: 1$' "$when: the statistics"
	sleep 1.5 # longer than a reader lets a changed file settle
done

finish
