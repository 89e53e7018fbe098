#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A readable password is stored only where CLEARTEXT is asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input geheimnis
for option in -c -cn '-c -m PLAIN,SCRAM-SHA-1,DIGEST-MD5,CRAM-MD5'; do
	# shellcheck disable=SC2086  # several options
	run saslpasswd $option -f "$DB" -u "$REALM" ann
	is_rc 0 "$option"
	not_ok "$option: the password is not in the file" grep -qa geheimnis "$DB"
	not_ok "$option: nor in its twin" grep -qa geheimnis "$WORK/.db.twin"
done
run saslpasswd -f "$DB" -u "$REALM" -m CLEARTEXT --only ann
succeeds "-m CLEARTEXT"
is "$(stored CLEARTEXT)" geheimnis "then it is"

finish
