#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Owner, group, mode and ACL that an administrator chose stay, and reach the companions.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
create ann
chown 1:2 "$DB"
chmod 660 "$DB"
input hoge
run saslpasswd -f "$DB" -u "$REALM" ann
succeeds "a change"
for file in db .db.twin .db.state; do
	is "$(stat -c '%u:%g %a' "$WORK/$file")" "1:2 660" "$file: owner, group and mode"
done
chmod 600 "$DB"
run saslpasswd -f "$DB" -u "$REALM" ann
for file in db .db.twin .db.state; do
	is "$(stat -c '%a' "$WORK/$file")" "600" "$file: a tightened mode"
done
if command -v setfacl >/dev/null && setfacl -m u:65534:r "$DB" 2>/dev/null; then
	run saslpasswd -f "$DB" -u "$REALM" ann
	for file in db .db.twin .db.state; do
		ok "$file: the ACL" sh -c "getfacl -np '$WORK/$file' | grep -q '^user:65534:r--'"
	done
else
	skip "no ACLs here"
fi

finish
