#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify with passwords and names that are not ASCII, long or full of delimiters.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

use_plugins
mechs=CRAM-MD5,DIGEST-MD5,PLAIN,SCRAM-SHA-1,SCRAM-SHA-256
good='CRAM-MD5: ok
DIGEST-MD5: ok
PLAIN: ok
LOGIN: ok
SCRAM-SHA-1: ok
SCRAM-SHA-256: ok'

try() { # PASSWORD REALM USER NAME
	input "$1"
	run saslpasswd -c -f "$DB" -m "$mechs" -u "$2" "$3"
	succeeds "$4: set"
	run gsasldb verify -f "$DB" -u "$2" "$3"
	out_is "$good" "$4"
}
try 'h\303\266ge' "$REALM" ann "a password in ISO 8859-1"
try '\343\201\273\343\201\222' "$REALM" ann "a password outside of it"
try 'a\302\240b\302\252\357\254\201' "$REALM" ann "a password that SASLprep changes"
try 'a\014b' "$REALM" ann "a password that SASLprep refuses"
try '%%s %%n "\\\\,=@:' "$REALM" ann "a password of delimiters"
try "$(printf 'x%.0s' {1..511})" "$REALM" ann "a password of 511 bytes"
try hoge "$REALM" 'J"r, g=x\y' "a user name of delimiters"
try hoge "$REALM" $'j\303\266rg' "a user name that is not ASCII"
try hoge "$REALM" "$(printf 'x%.0s' {1..255})" "a user name of 255 bytes"
try hoge $'b\303\274cher "x\\.test' ann "a realm that is no host name"
try hoge "$(printf 'x%.0s' {1..255})" ann "a realm of 255 bytes"

input 'h\366ge'
run gsasldb verify -f "$DB" -u "$REALM" ann
fails 65 'password: ' "a password that cannot be one"

finish
