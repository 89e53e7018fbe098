#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A signal at the prompt leaves the echo on.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
create ann
cp "$DB" "$WORK/before"
terminal() {
	run python3 "$SRCDIR/tests/cli/terminal.py" "$@" -- saslpasswd -f "$DB" -u "$REALM" ann
}

terminal 'see:Password: ' 'type:\x03'
err_is "echo=on signal=2" "^C"
terminal 'see:Password: ' 'type:secret\x03'
err_is "echo=on signal=2" "^C in the middle of the line"
terminal 'see:Password: ' 'type:secret\n' 'see:Again' 'type:\x03'
err_is "echo=on signal=2" "^C at the second prompt"
terminal 'see:Password: ' 'type:\x1c'
err_is "echo=on signal=3" "^\\"
ok "nothing was changed" cmp "$DB" "$WORK/before"

terminal 'see:Password: ' stop continue 'see:Password: ' 'type:new\n' 'see:Again' 'type:new\n'
err_is "stopped echo=on
echo=on exit=0" "^Z, and then it asks again"
password_is new ann "it is stored"

finish
