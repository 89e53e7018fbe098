#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every listing marks a password that can be read.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m 'CLEARTEXT PLAIN'

run sasldblistusers -f "$DB"
out_is "user: ann realm: example.test mech: CLEARTEXT (readable password)
user: ann realm: example.test mech: PLAIN" "the line is marked"
run sasldblistusers -f "$DB" --json
out_like '"readable":true' "--json has readable"

finish
