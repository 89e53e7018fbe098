#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb disable, enable: what they change, and that they change nothing twice.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m CRAM-MD5
create bob -m CRAM-MD5
before=$(exported ann CRAM-MD5) bob=$(gsasldb export -f "$DB" | grep '"bob"')
# time(2) is a tick behind the clock of date
start=$(date -u -d '1 second ago' +%Y-%m-%dT%H:%M:%SZ)
run gsasldb disable -f "$DB" -u "$REALM" ann
succeeds "disable"
end=$(date -u +%Y-%m-%dT%H:%M:%SZ)
since=$(exported ann disabled)
not_ok "it is so from now on" test "$since" \< "$start" -o "$since" \> "$end"
is "$(exported ann CRAM-MD5)" "$before" "the secret stays"
is "$(gsasldb export -f "$DB" | grep '"bob"')" "$bob" "nobody else is changed"
out=$(sasldblistusers -f "$DB" -u "$REALM" --json ann)
is "$(grep -o '"disabled":"[^"]*"' <<<"$out")" "\"disabled\":\"$since\"" "the listing says it"
files=$(files)
sleep 1.1
run gsasldb disable -f "$DB" -u Example.TEST ann
succeeds "again"
is "$(exported ann disabled)" "$since" "since the same time"
is "$(files)" "$files" "nothing was written"
printf new | saslpasswd -f "$DB" -u "$REALM" ann
is "$(exported ann disabled)" "$since" "a new password does not enable"
run gsasldb enable -f "$DB" "ann@$REALM"
succeeds "enable, by user@realm"
is "$(exported ann disabled)" null "it is undone"
files=$(files)
run gsasldb enable -f "$DB" -u "$REALM" ann
succeeds "again"
is "$(files)" "$files" "nothing was written"

finish
