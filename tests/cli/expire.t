#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb expire: dates, and what is none.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m CRAM-MD5
expire() { gsasldb expire -f "$DB" -u "$REALM" ann "$@"; }
for case in 2030-01-01=2030-01-01T00:00:00Z 2028-02-29=2028-02-29T00:00:00Z 2030-05-06T07:08:09Z=2030-05-06T07:08:09Z \
	2001-01-01=2001-01-01T00:00:00Z 1970-01-01T00:00:01Z=1970-01-01T00:00:01Z 9999-12-31T23:59:59Z=9999-12-31T23:59:59Z; do
	run expire "${case%=*}"
	succeeds "${case%=*}"
	is "$(exported ann expires)" "${case#*=}" "is that time"
	files=$(files)
	run expire "${case%=*}"
	succeeds "again"
	is "$(files)" "$files" "nothing was written"
done
run expire never
succeeds "never"
is "$(exported ann expires)" null "it is undone"
files=$(files)
run expire never
succeeds "again"
for date in 2026-02-30 2026-02-29 2026-13-01 2026-00-10 2026-1-1 1969-12-31 1970-01-01 1970-01-01T00:00:00Z 10000-01-01 \
	2030-01-01T00:00:00 2030-01-01T24:00:00Z 2030-01-01T00:60:00Z 2030-01-01T00:00:60Z 2030-01-01t00:00:00z '2030-01-01 ' \
	2030/01/01 01.01.2030 tomorrow Never '' 0 20300101 +1d; do
	run expire "$date"
	[ "$rc" -eq 64 ] && [ "$(head -n 1 "$WORK/err")" = "gsasldb: DATE: must be YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or never" ]
	result $? "\"$date\" is none: 64"
done
is "$(files)" "$files" "nothing was written"

finish
