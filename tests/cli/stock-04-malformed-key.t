#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One malformed key made the stock listing loop for ever: here it is exit code 65, at once.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need gdbmtool
create ann -m PLAIN
rm "$WORK"/.db.*
for key in nonsense '' 'a\000b\000c' 'a\000'; do
	cp "$DB" "$WORK/bad"
	printf 'define key string\nstore "%s" "value"\n' "$key" | gdbmtool -q "$WORK/bad" >/dev/null 2>&1 || {
		skip "gdbmtool cannot store the key \"$key\""
		continue
	}
	run timeout 20 sasldblistusers -f "$WORK/bad"
	fails 65 '' "key \"$key\": list"
	run timeout 20 sasldblistusers -f "$WORK/bad" ann@"$REALM"
	is_rc 0 "key \"$key\": another user can be looked up"
done

finish
