#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The listing is sorted by user, then realm, then mechanism, in byte order.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

for realm in f.test d.test b.test e.test c.test; do
	REALM=$realm create zoe -m PLAIN
done
REALM=a.test create zoe -m 'PLAIN,CRAM-MD5'
REALM=a.test create Zoe -m PLAIN
REALM=a.test create 'zoe x' -m PLAIN
REALM=a.test create zoé -m PLAIN

run sasldblistusers -f "$DB"
is_rc 0 "exit code"
out_is "user: Zoe realm: a.test mech: PLAIN
user: zoe realm: a.test mech: CRAM-MD5
user: zoe realm: a.test mech: PLAIN
user: zoe realm: b.test mech: PLAIN
user: zoe realm: c.test mech: PLAIN
user: zoe realm: d.test mech: PLAIN
user: zoe realm: e.test mech: PLAIN
user: zoe realm: f.test mech: PLAIN
user: zoe x realm: a.test mech: PLAIN
user: zoé realm: a.test mech: PLAIN" "the order"

run sasldblistusers -f "$DB" --unsorted
is_rc 0 "exit code of --unsorted"
sort "$WORK/out" >"$WORK/sorted"
mv "$WORK/sorted" "$WORK/out"
out_like '^user: zoe x realm: a.test mech: PLAIN$' "--unsorted has the lines too"
is "$(wc -l <"$WORK/out")" 10 "and all of them"

finish
