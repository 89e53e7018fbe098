#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --count: the number of users.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann
REALM=b.test create ann -m PLAIN
create bob -m PLAIN

run sasldblistusers -f "$DB" --count
is_rc 0 "exit code"
out_is 3 "all"
run sasldblistusers -f "$DB" --count -u b.test
out_is 1 "of a realm"
run sasldblistusers -f "$DB" --count -u c.test
out_is 0 "of a realm without users"
is_rc 0 "and that is no error"
run sasldblistusers -f "$DB" --count -m CRAM-MD5
out_is 1 "with a mechanism"

finish
