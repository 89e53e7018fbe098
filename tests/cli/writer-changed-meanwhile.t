#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A user who is changed while the password is typed: the write starts from what is there then.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
create ann -m PLAIN,DIGEST-MD5
# typed COMMAND: saslpasswd asks, the command runs, the password is typed
typed() {
	run python3 "$SRCDIR/tests/cli/terminal.py" 'see:Password: ' 'type:new\n' 'see:Again' "run:$1" 'type:new\n' -- \
		saslpasswd -f "$DB" -u "$REALM" "${@:2}" ann
}
typed "printf other | saslpasswd -f '$DB' -u $REALM -m CRAM-MD5,PLAIN,DIGEST-MD5 ann"
err_is "echo=on exit=0" "a mechanism was added meanwhile"
mechs_are "CRAM-MD5 DIGEST-MD5 PLAIN" ann "it stays"
password_is new ann "and all have the password that was typed"
typed "saslpasswd -d -f '$DB' -u $REALM ann"
err_is "echo=on exit=1" "the user was deleted meanwhile"
out_like "^saslpasswd: ann@$REALM: no such user" "that is said"
is "$(sasldblistusers -f "$DB" --count)" 0 "and she is not made again"
typed "printf other | saslpasswd -c -f '$DB' -u $REALM -m DIGEST-MD5 ann" -c
is_rc 0 "with -c: the user was made meanwhile"
mechs_are DIGEST-MD5 ann "she keeps the mechanisms"
password_is new ann "and has the password that was typed last"

finish
