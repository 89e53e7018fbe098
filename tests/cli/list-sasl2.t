#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --sasl2: the lines that scripts made for sasldblistusers2 look for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann
create bob -m PLAIN

run sasldblistusers -f "$DB" --sasl2
is_rc 0 "exit code"
out_is "ann@example.test: userPassword
bob@example.test: userPassword" "a line for each user"

finish
