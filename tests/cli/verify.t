#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify logs in by every mechanism, with the right and with a wrong password.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

use_plugins
mechs=CRAM-MD5,DIGEST-MD5,PLAIN,SCRAM-SHA-1
for scram in SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512; do
	grep -q $scram "$SASL_PATH/libscram.so" && mechs+=,$scram
done
all=${mechs/PLAIN/PLAIN LOGIN}
all=${all//,/ }
lines() { # REASON
	# shellcheck disable=SC2086  # words
	printf "%s: $1\\n" $all
}
verify() {
	run gsasldb verify -f "$DB" -u "$REALM" "$@" ann
}

create ann -m "$mechs"
input hoge
verify
is_rc 0 "the right password: exit code"
out_is "$(lines ok)" "a line for each mechanism"
is "$(cat "$WORK/err")" "" "nothing on standard error"
input 'hoge\r\n'
verify -m scram-sha-256,login
out_is "SCRAM-SHA-256: ok
LOGIN: ok" "-m: those, in that order, in any case; a final newline of the password is dropped"
cp "$DB" "$WORK/before"
input hogehoge
verify -p
is_rc 1 "a wrong password: exit code"
out_is "$(lines 'wrong password')" "each mechanism says so"
ok "nothing was changed" cmp "$DB" "$WORK/before"
cd "$WORK" && input hoge
run gsasldb verify -f db -u "$REALM" -m PLAIN ann
out_is "PLAIN: ok" "a path that depends on where one stands"
run gsasldb verify -f db -m PLAIN "ann@$REALM"
out_is "PLAIN: ok" "the realm with the user"

# each secret alone, and what it serves
serves() { # MECH LINES
	rm -f "$DB" "$WORK"/.db.*
	create ann -m "$1"
	verify
	# shellcheck disable=SC2086  # words
	out_is "$(printf '%s: ok\n' $2)" "$1 alone serves $2"
}
serves CRAM-MD5 CRAM-MD5
serves DIGEST-MD5 DIGEST-MD5
serves PLAIN "PLAIN LOGIN"
serves PLAIN:smd5 "PLAIN LOGIN"
serves SCRAM-SHA-1 "PLAIN LOGIN SCRAM-SHA-1"
serves CLEARTEXT "$all"

finish
