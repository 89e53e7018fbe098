#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The stock sasldb wrote beyond its buffer with a value of a certain length: the longest names and the
# longest password are fine with every mechanism.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

user=$(printf 'u%.0s' {1..255})
REALM=$(printf 'r%.0s' {1..255})
password=$(printf 'p%.0s' {1..511})
input %s "$password"
all='CLEARTEXT CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512'
run saslpasswd -c -f "$DB" -u "$REALM" -m "$all" "$user"
succeeds "create"
mechs_are "CLEARTEXT (readable password) ${all#CLEARTEXT }" "$user" "every mechanism"
password_is "$password" "$user" "the whole password"
is "$(stored CLEARTEXT)" "$password" "the whole readable password"
for form in --json --tsv --sasl2; do
	run sasldblistusers -f "$DB" "$form"
	is_rc 0 "$form"
	out_like "$user" "$form: the whole user"
done

finish
