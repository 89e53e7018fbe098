#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Only one of several SCRAM verifiers survived in the stock sasldb: here each has its own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

all='SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512'
create ann -m "$all"
mechs_are "$all" ann "all five"
for mech in $all; do
	is "$(stored "$mech" | grep -cE '^[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$')" 1 "$mech has a secret of its own"
done
sha512=$(stored SCRAM-SHA-512)
input new
run saslpasswd -f "$DB" -u "$REALM" -m SCRAM-SHA-1 ann
is_rc 0 "one is renewed"
is "$(stored SCRAM-SHA-512)" "$sha512" "another stays"

finish
