#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A limit on the size of files is an error (74), not a death by SIGXFSZ.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# GDBM 1.23 loses its handle when it cannot write the header of a new file.
echo leak:gdbm_fd_open >"$WORK/suppressions"
export LSAN_OPTIONS=suppressions=$WORK/suppressions:print_suppressions=0
input hoge
run bash -c "ulimit -f 8; exec saslpasswd -c -f '$DB' -u $REALM ann"
fails 74 '/db: ' "a new database"
not_ok "is not made" test -e "$DB"
create ann
users=1
while [ "$users" -lt 200 ]; do
	run bash -c "ulimit -f 32; exec saslpasswd -c -f '$DB' -u $REALM user$users"
	[ "$rc" -eq 0 ] || break
	users=$((users + 1))
done
is_rc 74 "a database that must grow"
is "$(sasldblistusers -f "$DB" --count)" "$users" "all acknowledged users are there"
run saslpasswd -c -f "$DB" -u "$REALM" last
succeeds "without the limit it goes on"
is "$(sasldblistusers -f "$DB" --count)" "$((users + 1))" "and all are there"

finish
