#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A failed listing ended with 0 in the stock tool: here each failure has its exit code.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m PLAIN
run sasldblistusers -f "$WORK/none"
is_rc 66 "no database"
echo garbage >"$WORK/garbage"
run sasldblistusers -f "$WORK/garbage"
is_rc 65 "garbage"
run sasldblistusers -f "$WORK"
is_rc 65 "a folder"
head -c 5000 "$DB" >"$WORK/cut"
run sasldblistusers -f "$WORK/cut"
is_rc 65 "a truncated database"
run sh -c "sasldblistusers -f '$DB' >/dev/full"
is_rc 74 "no room for the output"

finish
