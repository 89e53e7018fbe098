#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: a bar on a terminal, and nothing elsewhere.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
printf '%s\n' u{1..5}:x >"$WORK/list"
slow=SCRAM-SHA-512:300000
head -n 1 "$WORK/list" >"$WORK/one"
run python3 "$SRCDIR/tests/cli/terminal.py" 'see:hashing: [' 'see: of 5, ' 'see:/s, 0:' 'see: left ' -- \
	gsasldb import -f "$DB" -u "$REALM" --format colon -m "$slow" "$WORK/list"
err_is "echo=on exit=0" "it is shown while passwords are hashed"
is "$(tr '\r' '\n' <"$WORK/out" | grep . | tail -n 1)" $'\033[Kadded 5, changed 0, unchanged 0, removed 0' \
	"it is taken away, and then the summary comes"
run python3 "$SRCDIR/tests/cli/terminal.py" -- \
	sh -c "gsasldb import -f '$WORK/db2' -u $REALM --format colon -m $slow 2>'$WORK/err2' <'$WORK/one'"
is "$(cat "$WORK/err2")" "" "nothing to a standard error that is a file"
run python3 "$SRCDIR/tests/cli/terminal.py" 'see:hashing: ' 'type:\x03' -- \
	gsasldb import -f "$WORK/db3" -u "$REALM" --format colon -m "$slow" "$WORK/list"
err_is "echo=on signal=2" "^C ends it while it hashes"
not_ok "nothing was made" test -e "$WORK/db3"

finish
