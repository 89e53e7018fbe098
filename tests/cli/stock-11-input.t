#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The stock tool stored the first read(): a slow pipe's first piece, a CR, 2,048 bytes.  See also the
# password-* tests.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# Fault 11.  A pipe of two pieces is in password-slow-pipe.t, ^C in password-terminal-signals.t.
input 'hoge\r\n'
run saslpasswd -c -f "$DB" -u "$REALM" ann
succeeds "CR LF"
password_is hoge ann "the CR is no part of the password"
head -c 3000 /dev/zero | tr '\0' x >"$WORK/in"
run saslpasswd -f "$DB" -u "$REALM" ann
fails 65 'password: longer than 511 bytes' "3,000 bytes are refused, not cut"
password_is hoge ann "the password is still the old one"

finish
