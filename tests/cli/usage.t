#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A wrong command line: exit code 64, one line that says what is wrong, then the usage.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

usage() {
	run "${@:3}"
	[ "$rc" -eq 64 ] && [ ! -s "$WORK/out" ] && [ "$(wc -l <"$WORK/err")" -eq 2 ] &&
		sed -n 1p "$WORK/err" | grep -qE -- "$2" && sed -n 2p "$WORK/err" | grep -qE "^$3: usage: $3 "
	result $? "$1" "64, /$2/ and the usage"
}

usage "no user" '^saslpasswd: USER: is missing' saslpasswd -c
usage "two users" '^saslpasswd: USER: one is expected' saslpasswd -c ann bob
usage "-c and -d" '^saslpasswd: -c and -d: only one' saslpasswd -c -d ann
usage "-d and -c" '^saslpasswd: -c and -d: only one' saslpasswd -d -c ann
usage "--only without -m" '^saslpasswd: --only: goes with -m' saslpasswd --only ann
usage "--only with -d" '^saslpasswd: --only: goes with -m, and not with -d' saslpasswd --only -d -m PLAIN ann
usage "--if-exists without -d" '^saslpasswd: --if-exists: goes with -d' saslpasswd --if-exists ann
usage "an unknown option" "^saslpasswd: invalid option -- 'x'" saslpasswd -x ann
usage "an unknown long option" "^saslpasswd: unrecognized option '--exterminate'" saslpasswd --exterminate ann
usage "an option without its argument" "^saslpasswd: option requires an argument -- 'u'" saslpasswd -c ann -u
usage "an unknown mechanism" '^saslpasswd: mechanism "ROT13": unknown; there are: .*PLAIN' saslpasswd -c -m ROT13 ann
usage "an unknown scheme" '^saslpasswd: mechanism "PLAIN:rot13": no such scheme' saslpasswd -c -m PLAIN:rot13 ann
usage "an empty list" '^saslpasswd: mechanism list: names no mechanism' saslpasswd -c -m '' ann
usage "a mechanism twice" '^saslpasswd: mechanism "PLAIN": named twice' saslpasswd -c -m PLAIN,login ann
usage "too few iterations" '^saslpasswd: mechanism "SCRAM-SHA-1:1": iterations' saslpasswd -c -m SCRAM-SHA-1:1 ann
for wait in '' -1 1s x 99999999999; do
	usage "--wait $wait" '^saslpasswd: --wait: must be a number of seconds' saslpasswd -c --wait "$wait" ann
done
usage "two forms" '^sasldblistusers: --json, --tsv, --sasl2 and --count: only one' sasldblistusers --json --tsv
usage "two users to list" '^sasldblistusers: USER: at most one' sasldblistusers ann bob
usage "an unknown option of the listing" "^sasldblistusers: invalid option -- 'x'" sasldblistusers -x

run "$BUILDDIR/saslpasswd" -x
err_like '^saslpasswd: invalid' "messages start with the program's name, not with its path"

finish
