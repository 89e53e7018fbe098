#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --json: one object a line for each user, and no secret in it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
create ann -m 'PLAIN:bcrypt SCRAM-SHA-256:15000 CLEARTEXT CRAM-MD5'
printf hoge | saslpasswd -c -f "$DB" -u Example.TEST -m DIGEST-MD5 bob

run sasldblistusers -f "$DB" --json
is_rc 0 "exit code"
is "$(wc -l <"$WORK/out")" 2 "a line for each user"
now=$(date -u +%Y-%m-%dT%H:%M)
python3 - "$WORK/out" >"$WORK/facts" 2>&1 <<'PYTHON'
import json, sys
for user in map(json.loads, open(sys.argv[1])):
    print(user["user"], user["realm"], user["disabled"], user["expires"], user["created"] == user["changed"])
    for mech in user["mechs"]:
        print(" ", *("%s=%s" % item for item in sorted(mech.items())))
PYTHON
is "$(cat "$WORK/facts")" "ann example.test None None True
  mech=CLEARTEXT readable=True weak=True
  mech=CRAM-MD5 weak=True
  mech=PLAIN scheme=bcrypt
  iterations=15000 mech=SCRAM-SHA-256
bob example.test None None True
  mech=DIGEST-MD5 realm=Example.TEST weak=True" "what it says"
created=$(sed -n '1s/.*"created": *"\([^"]*\)".*/\1/p' "$WORK/out")
ok "a time is ISO 8601, UTC" grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$' <<<"$created"
not_ok "it is no later than now" test "$created" \> "$now:99"
not_ok "the password is not in it" grep -q hoge "$WORK/out"

run sasldblistusers -f "$DB" --json -m PLAIN
is "$(grep -o '"mech":"[^"]*"' "$WORK/out")" '"mech":"PLAIN"' "-m leaves only those mechanisms"

finish
