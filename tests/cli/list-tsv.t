#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --tsv: six columns, tabs between, a dash where there is nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m 'PLAIN:sha512crypt SCRAM-SHA-1 CLEARTEXT'

run sasldblistusers -f "$DB" --tsv
is_rc 0 "exit code"
out_is "ann	example.test	CLEARTEXT	-	-	-
ann	example.test	PLAIN	sha512crypt	-	-
ann	example.test	SCRAM-SHA-1	4096	-	-" "the lines"

finish
