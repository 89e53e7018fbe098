#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify --json: an object a line.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

use_plugins
need python3
create ann -m PLAIN,CRAM-MD5
printf new | saslpasswd -f "$DB" -u "$REALM" -m CRAM-MD5 ann 2>/dev/null
input hoge
run gsasldb verify --json -f "$DB" -u EXAMPLE.test ann
is_rc 1 "exit code"
is "$(cat "$WORK/err")" "" "nothing on standard error"
is "$(python3 -c 'import json, sys
for line in sys.stdin:
	o = json.loads(line)
	print(*o, sep=",")
	print(*o.values(), sep=",")' <"$WORK/out")" "user,realm,mech,ok,reason
ann,$REALM,CRAM-MD5,False,wrong password
user,realm,mech,ok,reason
ann,$REALM,PLAIN,True,None
user,realm,mech,ok,reason
ann,$REALM,LOGIN,True,None" "who, by what, how it went and why"
run gsasldb verify --json -f "$DB" -u "$REALM" bob
fails 1 'no such user' "what concerns no mechanism is a message"
if [ -w /dev/full ]; then
	gsasldb verify -f "$DB" -u "$REALM" -m PLAIN ann <"$WORK/in" >/dev/full 2>"$WORK/err"
	rc=$?
	: >"$WORK/out"
	fails 74 'standard output: cannot be written' "output that cannot be written"
else
	skip "no /dev/full"
fi

finish
