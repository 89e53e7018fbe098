#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify asks a terminal once, without echo.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
use_plugins
create ann -m SCRAM-SHA-1
terminal() {
	run python3 "$SRCDIR/tests/cli/terminal.py" "$@" -- gsasldb verify -f "$DB" -u "$REALM" -m SCRAM-SHA-1 ann
}

terminal 'see:Password: ' 'type:hoge\n' 'see:SCRAM-SHA-1: ok'
err_is "echo=on exit=0" "asked once; then the echo is on"
not_ok "it was not shown" grep -q hoge "$WORK/out"
not_ok "nothing else was asked" grep -q Again "$WORK/out"
terminal 'see:Password: ' 'type:wrong\n'
err_is "echo=on exit=1" "a wrong one"
terminal 'see:Password: ' 'type:\n'
err_is "echo=on exit=65" "an empty one is refused"
terminal 'see:Password: ' 'type:hog\x03'
err_is "echo=on signal=2" "^C"
run python3 "$SRCDIR/tests/cli/terminal.py" 'type:hoge\n\x04' -- gsasldb verify -p -f "$DB" -u "$REALM" \
	-m SCRAM-SHA-1 ann
err_is "echo=on exit=0" "-p reads a terminal like a pipe"
not_ok "and asks nothing" grep -q Password "$WORK/out"

finish
