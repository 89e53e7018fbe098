#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A database without users is an empty list and no error; that is not so for a file without anything.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m PLAIN
saslpasswd -f "$DB" -u "$REALM" -d ann || bail "cannot delete"
for form in '' --json --tsv --sasl2 --unsorted; do
	# shellcheck disable=SC2086  # no form is no argument
	run sasldblistusers -f "$DB" $form
	succeeds "no users: ${form:-text}"
done
run sasldblistusers -f "$DB" --count
out_is 0 "no users: --count"

finish
