#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Which passwords there can be.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# accept WHAT PASSWORD: it is stored as it is
accept() {
	printf %s "$2" >"$WORK/in"
	run saslpasswd -c -f "$DB" -u "$REALM" ann
	succeeds "$1"
	password_is "$2" ann "$1: is stored as it is"
}
# refuse WHAT REGEX: what input has made is refused, and nothing changes
refuse() {
	cp "$DB" "$WORK/before"
	run saslpasswd -c -f "$DB" -u "$REALM" ann
	fails 65 "$2" "$1"
	ok "$1: the database is as it was" cmp "$DB" "$WORK/before"
}
long=$(printf 'x%.0s' {1..511})

accept "one byte" x
accept "511 bytes" "$long"
accept "spaces" '  a  b  '
# shellcheck disable=SC2016  # nothing is to be expanded
accept "format characters" '%s%n\n$HOME`id`'
accept "UTF-8" 'пароль €'
accept "a tab" $'a\tb'

input ''
refuse "nothing" 'password: is empty'
input '\n'
refuse "a newline alone" 'password: is empty'
input '%s' "x$long"
refuse "512 bytes" 'password: longer than 511 bytes'
input '%s\r\n' "x$long"
refuse "512 bytes and CR LF" 'password: longer than 511 bytes'
head -c 1000000 /dev/zero | tr '\0' x >"$WORK/in"
refuse "a million bytes" 'password: longer than 511 bytes'
input 'a\000b'
refuse "a NUL" 'password: holds a NUL byte'
input 'a\377'
refuse "invalid UTF-8" 'password: is not UTF-8'
input 'a\303'
refuse "UTF-8 cut short" 'password: is not UTF-8'
input '%s\000' "$(printf 'x%.0s' {1..72})"
refuse "a NUL at the end" 'password: holds a NUL byte'
input '%s' "$(printf 'x%.0s' {1..73})"
run saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN:bcrypt ann
fails 65 'password: longer than 72 bytes, and bcrypt would cut it' "73 bytes for bcrypt"

finish
