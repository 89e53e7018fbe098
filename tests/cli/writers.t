#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writers at the same time: each change is there afterwards.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m PLAIN
input hoge
for i in 1 2 3 4 5 6 7 8; do
	printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN "user$i" 2>>"$WORK/errors" &
done
wait
is "$(cat "$WORK/errors")" "" "nobody failed"
is "$(sasldblistusers -f "$DB" --count)" 9 "all are there"

# Mechanisms of one user: the later writer starts from what the earlier one has left.
for mech in CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512; do
	printf hoge | saslpasswd -f "$DB" -u "$REALM" -m "$mech" ann 2>/dev/null &
done
wait
mechs_are "CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512" ann \
	"no change of one user is lost"

finish
