#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A group that does not exist leaves a new file private, with a warning that says what to do.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
input hoge
run saslpasswd -c -f "$DB" -g no-such-group -u "$REALM" ann
is_rc 0 "the user is created"
err_like '^saslpasswd: warning: .*/db: there is no group no-such-group.* chgrp no-such-group .*chmod 640' "the warning"
is "$(stat -c '%a %G' "$DB")" "600 root" "the file is private"
run saslpasswd -f "$DB" -g no-such-group -u "$REALM" ann
succeeds "an existing file needs no group"

finish
