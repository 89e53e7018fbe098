#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A full disk: exit code 74, and every change that was acknowledged is there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_namespace
mkdir "$WORK/small"
mount -t tmpfs -o size=128k none "$WORK/small" || skip_all "cannot mount a tmpfs"
DB=$WORK/small/db
input hoge
users=0
while [ "$users" -lt 400 ]; do
	run saslpasswd -c -f "$DB" -u "$REALM" "user$users"
	[ "$rc" -eq 0 ] || break
	users=$((users + 1))
done
fails 74 '/small/.*No space left' "the disk is full after $users users"
is "$(sasldblistusers -f "$DB" --count)" "$users" "all acknowledged users are there"
run saslpasswd -d -f "$DB" -u "$REALM" user0
is "$((rc == 0 || rc == 74))" 1 "a delete works, or says 74"
is "$(sasldblistusers -f "$DB" --count)" "$((rc == 0 ? users - 1 : users))" "and did what it said"
umount "$WORK/small"

finish
