#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -d -m removes those mechanisms' secrets; the last one takes the user with it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m 'PLAIN DIGEST-MD5 CRAM-MD5'
run saslpasswd -d -f "$DB" -u "$REALM" -m CRAM-MD5,SCRAM-SHA-1 ann
succeeds "one that she has and one that she has not"
mechs_are "DIGEST-MD5 PLAIN" ann "the one is gone"
password_is hoge ann "the others are as they were"
run saslpasswd -d -f "$DB" -u "$REALM" -m CRAM-MD5 ann
succeeds "one that she has no longer: it is so already"
run saslpasswd -d -f "$DB" -u "$REALM" -m 'PLAIN DIGEST-MD5' ann
succeeds "the last two"
run sasldblistusers -f "$DB" ann
fails 1 'no such user' "she is gone"

finish
