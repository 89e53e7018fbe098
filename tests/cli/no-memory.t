#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Not enough memory: exit code 70, and nothing is changed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m DIGEST-MD5
cp "$DB" "$WORK/before"
input hoge
# yescrypt needs 16 MB; the program alone needs less.  A sanitizer needs far more.
for kb in 14000 20000 26000; do
	run bash -c "ulimit -v $kb; exec saslpasswd -f '$DB' -u $REALM -m PLAIN ann"
	[ "$rc" -ne 127 ] && [ "$rc" -ne 1 ] && break
done
if [ "$rc" -eq 70 ]; then
	fails 70 'out of memory' "out of memory"
	ok "nothing is changed" cmp "$DB" "$WORK/before"
else
	skip "no limit of memory lets this build start and not hash (exit code $rc)"
fi

finish
