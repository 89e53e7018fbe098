#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Closed standard streams: no database ends up among them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann
run bash -c "saslpasswd -c -f '$DB' -u $REALM -p bob <&-"
fails 74 'standard input: the password cannot be read' "no standard input"
run bash -c "exec >&- 2>&-; printf hoge | saslpasswd -c -f '$DB' -u $REALM bob"
succeeds "no standard output and error"
is "$(sasldblistusers -f "$DB" --count)" 2 "the database is whole"

finish
