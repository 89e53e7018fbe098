#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -c where the folder is missing: exit code 73, before the password is asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

run saslpasswd -c -f "$WORK/none/db" -u "$REALM" ann
fails 73 "none: cannot be written: No such file" "no folder"
: >"$WORK/file"
run saslpasswd -c -f "$WORK/file/db" -u "$REALM" ann
fails 73 "file: cannot be written: Not a directory" "a file where a folder should be"

finish
