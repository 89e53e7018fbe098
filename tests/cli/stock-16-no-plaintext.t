#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -n stored nothing and ended with 0 in the stock tool: here it stores what it always stores.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input hoge
run saslpasswd -c -n -f "$DB" -u "$REALM" ann
succeeds "create"
mechs_are "CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-256" ann "all mechanisms"
input new
run saslpasswd -n -f "$DB" -u "$REALM" ann
succeeds "set"
password_is new ann "the new password"

finish
