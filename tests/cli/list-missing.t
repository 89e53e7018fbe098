#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# No database: exit code 66, also where the folder is missing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

run sasldblistusers -f "$WORK/none"
fails 66 'none: there is no database \(saslpasswd -c makes one\)$' "no file"
run sasldblistusers -f "$WORK/none/db"
fails 66 'none/db: there is no database' "no folder"
not_ok "the listing made no file" test -e "$WORK/none"

finish
