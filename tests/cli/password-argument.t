#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A password is never an argument, and one that is given so is not repeated in the message.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

run saslpasswd -c -f "$DB" -u "$REALM" ann geheim
is_rc 64 "exit code"
err_like 'a password is never an argument' "the message says so"
not_ok "the message does not repeat it" grep -q geheim "$WORK/err"
not_ok "nothing was made" test -e "$DB"

finish
