#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What cannot be printed is an error: exit code 74.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann
run sh -c "sasldblistusers -f '$DB' >/dev/full"
fails 74 'standard output: cannot be written: No space' "a full device"
run sh -c "sasldblistusers -f '$DB' --unsorted >/dev/full"
fails 74 'standard output: cannot be written: No space' "a full device, --unsorted"
run sh -c "sasldblistusers -f '$DB' >&-"
fails 74 'standard output: cannot be written' "a closed descriptor"
run sh -c "sasldblistusers --help >/dev/full"
fails 74 'standard output: cannot be written' "--help"
run sh -c "saslpasswd --version >/dev/full"
fails 74 'standard output: cannot be written' "--version"
# A reader that goes away is the same, and no death by SIGPIPE.
run sh -c "{ sasldblistusers -f '$DB'; echo \$? >'$WORK/code'; } | true"
ok "a closed pipe: 74, or all was written before" grep -qE '^(74|0)$' "$WORK/code"

finish
