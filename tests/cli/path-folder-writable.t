#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Root is warned of a folder that everybody may write.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
mkdir "$WORK/open"
chmod 777 "$WORK/open"
input hoge
run saslpasswd -c -f "$WORK/open/db" -u "$REALM" ann
is_rc 0 "the user is created"
err_like '^saslpasswd: warning: .*/open/db: is in a folder that everybody may write.*chmod o-w' "with a warning"

finish
