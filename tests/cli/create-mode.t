#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A new file is 0640 with the group; a user other than root makes a private one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
need setpriv
umask 0
create ann -g daemon
is "$(stat -c '%a %U:%G' "$DB")" "640 root:daemon" "by root"
for file in .db.twin .db.state; do
	is "$(stat -c '%a %U:%G' "$WORK/$file")" "640 root:daemon" "by root: $file"
done

mkdir "$WORK/own"
chown 65534:65534 "$WORK/own"
cp "$BUILDDIR/saslpasswd" "$WORK/own/"
input hoge
run as_nobody "$WORK/own/saslpasswd" -c -g daemon -f "$WORK/own/db" -u "$REALM" ann
succeeds "by an ordinary user"
for file in db .db.twin .db.state; do
	is "$(stat -c '%a %u:%g' "$WORK/own/$file")" "600 65534:65534" "by an ordinary user: $file"
done

finish
