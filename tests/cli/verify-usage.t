#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A wrong command line of verify: exit code 64, one line that says what is wrong, then the usage.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

usage() {
	run gsasldb verify "${@:3}"
	[ "$rc" -eq 64 ] && [ ! -s "$WORK/out" ] && [ "$(wc -l <"$WORK/err")" -eq 2 ] &&
		sed -n 1p "$WORK/err" | grep -qE -- "$2" &&
		sed -n 2p "$WORK/err" | grep -qE "^gsasldb: usage: gsasldb verify "
	result $? "$1" "64, /$2/ and the usage"
}

usage "no user" '^gsasldb: USER: is missing'
usage "a password as an argument" '^gsasldb: USER: one is expected \(a password is never' ann hoge
usage "an unknown mechanism" '^gsasldb: mechanism "ROT13": unknown; there are: .* PLAIN LOGIN .*SCRAM-SHA-512$' -m ROT13 ann
usage "CLEARTEXT is no mechanism" '^gsasldb: mechanism "cleartext": unknown' -m cleartext ann
usage "a scheme" '^gsasldb: mechanism "PLAIN:bcrypt": unknown' -m PLAIN:bcrypt ann
usage "a mechanism twice" '^gsasldb: mechanism "PLAIN": named twice' -m PLAIN,LOGIN,plain ann
usage "an empty list" '^gsasldb: mechanism list: names no mechanism' -m , ann
usage "an unknown option" "^gsasldb: invalid option -- 'x'" -x ann

input hoge
run gsasldb verify -f "$DB" -u other.test "ann@$REALM"
fails 65 "realm: .*other.test" "two realms"
run gsasldb verify --help
is_rc 0 "--help: exit code"
out_like '^usage: gsasldb verify ' "the usage"
sed 1d "$WORK/out" >"$WORK/help"
not_ok "it fits 85 columns" grep -nE '^.{86}' "$WORK/help"

finish
