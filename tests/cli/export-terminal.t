#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb export: secrets are written to a terminal only if that is asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
create ann -m CRAM-MD5
terminal() { run python3 "$SRCDIR/tests/cli/terminal.py" -- gsasldb export -f "$DB" "$@"; }
terminal
err_is "echo=on exit=64" "a terminal is refused"
out_like '^gsasldb: standard output: is a terminal, and secrets are not written to one \(-o - does it\)' "with the reason"
not_ok "and shows none" grep -q CRAM-MD5 "$WORK/out"
terminal -o -
err_is "echo=on exit=0" "-o -"
out_like '^\{"user":"ann"' "shows them"

finish
