#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A terminal is asked twice, without echo.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
create ann
terminal() {
	run python3 "$SRCDIR/tests/cli/terminal.py" "$@" -- saslpasswd -f "$DB" -u "$REALM" ann
}

terminal 'see:Password: ' 'type:new\n' 'see:Again (for verification): ' 'type:new\n'
err_is "echo=on exit=0" "the same twice; then the echo is on"
not_ok "it was not shown" grep -q new "$WORK/out"
password_is new ann "it is stored"

terminal 'see:Password: ' 'type:one\n' 'see:Again' 'type:two\n'
err_is "echo=on exit=65" "two that differ"
out_like '^saslpasswd: password: the two are different; nothing was changed' "the message"
password_is new ann "nothing was changed"

terminal 'see:Password: ' 'type:\n'
err_is "echo=on exit=65" "an empty one is refused at once"
out_like '^saslpasswd: password: is empty' "the message"
terminal 'see:Password: ' 'type:\x04'
err_is "echo=on exit=65" "the end of input is no password"
terminal 'see:Password: ' "type:$(printf 'x%.0s' {1..600})\\n"
err_is "echo=on exit=65" "600 bytes"
out_like '^saslpasswd: password: longer than 511 bytes' "the message"

run python3 "$SRCDIR/tests/cli/terminal.py" 'type:pipe\n\x04' -- saslpasswd -p -f "$DB" -u "$REALM" ann
err_is "echo=on exit=0" "-p reads a terminal like a pipe"
not_ok "and asks nothing" grep -q Password "$WORK/out"
password_is pipe ann "it is stored"

run python3 "$SRCDIR/tests/cli/terminal.py" 'see:Password: ' 'type:new\n' 'see:Again' 'type:new\n' -- \
	sh -c "saslpasswd -f '$DB' -u $REALM ann >'$WORK/1' 2>'$WORK/2'"
err_is "echo=on exit=0" "the prompt is seen also where standard error is a file"
is "$(cat "$WORK/1" "$WORK/2")" "" "and is not in that file"

run python3 "$SRCDIR/tests/cli/terminal.py" -- saslpasswd -f "$DB" -u "$REALM" bob
err_is "echo=on exit=1" "somebody who is not there is known before the password is asked for"

finish
