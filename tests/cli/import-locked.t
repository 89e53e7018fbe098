#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: locked in the input is disabled here, and stays so since the same time.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

hash=$(printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN:sha256crypt tmp && stored PLAIN | cut -d' ' -f2)
saslpasswd -d -f "$DB" -u "$REALM" tmp
import() { gsasldb import -f "$DB" -u "$REALM" --format crypt "$@"; }
times() { gsasldb export -f "$DB" | sed 's/{"user":"\([^"]*\)".*"disabled":\([^,]*\),"expires":\([^,]*\),.*/\1 \2 \3/' | tr -d '"'; }
printf '%s\n' "ann:$hash:20000:0:99999:7:::" "bob:!$hash:20000:0:99999:7:::" "cid:$hash:20000:0:99999:7::20000:" \
	"daemon:*:20000:0:99999:7:::" "eve:!:20000::::::" >"$WORK/shadow"
run import "$WORK/shadow"
summary_is 3 0 0 0 "a shadow file"
err_is "gsasldb: not kept: line 4: daemon@$REALM: no password
gsasldb: not kept: line 5: eve@$REALM: no password" "who has no password is named"
before=$(times)
# shellcheck disable=SC2001 # a regular expression
is "$(echo "$before" | sed 's/bob 20[0-9T:-]*Z/bob TIME/')" "ann null null
bob TIME null
cid null 2024-10-04T00:00:00Z" "locked is disabled, the expiry comes along"
sleep 1.1
run import "$WORK/shadow"
summary_is 0 0 3 0 "again: unchanged"
is "$(times)" "$before" "since the same time"
sed -i "s/bob:!/bob:/" "$WORK/shadow"
run import "$WORK/shadow"
summary_is 0 0 3 0 "no longer locked there"
is "$(times)" "$before" "is no reason to enable him here"
gsasldb enable -f "$DB" -u "$REALM" bob
run import "$WORK/shadow"
summary_is 0 0 3 0 "once he is enabled"
is "$(times | grep bob)" "bob null null" "he stays so"

finish
