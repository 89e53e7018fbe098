#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: users without a realm get -u, or the host's name, which is said once.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

host=$(sasldblistusers -f "$DB" --count >/dev/null 2>&1; printf x | saslpasswd -c -f "$WORK/ref" -m CRAM-MD5 ann 2>&1 | sed 's/.*realm: \([^ ]*\) .*/\1/')
printf '%s\n' ann:x bob:y cid@other.test:z >"$WORK/in"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5
summary_is 3 0 0 0 "without -u"
err_is "gsasldb: realm: $host (the host's name; -u chooses another)" "the notice comes once"
is "$(sasldblistusers -f "$DB" --tsv | cut -f1,2 | sort | tr '\t\n' '@ ')" "ann@$host bob@$host cid@other.test " "the realms"
sed -i 2,3d "$WORK/in"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5 -u Other.TEST
summary_is 1 0 0 0 "-u"
is "$(cat "$WORK/err")" "" "no notice"
echo cid@other.test:z >"$WORK/in"
run gsasldb import -f "$DB" --format colon -m CRAM-MD5
summary_is 0 0 1 0 "all have one"
is "$(cat "$WORK/err")" "" "no notice"
run gsasldb import -f "$DB" --format colon -u another.test
is_rc 65 "-u says another: exit code"
err_like '^gsasldb: line 1: realm: "another.test" was asked for' "it is named"

finish
