#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A truncated or scrambled GDBM file alone: exit code 65, no crash, no empty list.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

for user in ann bob carl; do
	create "$user" -m PLAIN
done
cp "$DB" "$WORK/good"
size=$(stat -c %s "$DB")
input hoge

# damaged NAME: $DB alone cannot be listed; whatever the other commands do, they do not crash
damaged() {
	rm -f "$WORK"/.db.*
	run timeout 20 sasldblistusers -f "$DB"
	fails 65 '' "$1: list"
	run timeout 20 sasldblistusers -f "$DB" --count
	fails 65 '' "$1: count"
	run timeout 20 saslpasswd -f "$DB" -u "$REALM" ann
	is "$((rc == 0 || rc == 65))" 1 "$1: set ends with 0 or 65"
	run timeout 20 saslpasswd -c -f "$DB" -u "$REALM" dora
	is "$((rc == 0 || rc == 65))" 1 "$1: create ends with 0 or 65"
}
for part in 1 16 100 4096 $((size / 2)); do
	head -c "$part" "$WORK/good" >"$DB"
	damaged "cut to $part bytes"
done
# The header and the first half of the directory, then something else.
for byte in 'A' '\001' '\377'; do
	{
		head -c 2048 "$WORK/good"
		head -c $((size - 2048)) /dev/zero | tr '\000' "$byte"
	} >"$DB"
	damaged "$byte from byte 2,048 on"
done
sed 's/gsasldb 1/gsasldb 9/' "$WORK/good" >"$DB"
damaged "records of a later version"
sed 's/user bob/user eve/' "$WORK/good" >"$DB"
damaged "a record that is somebody else's"

finish
