#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One final LF or CR LF is no part of the password; everything else is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# stored_as PASSWORD NAME: what input has made is stored as that
stored_as() {
	run saslpasswd -c -f "$DB" -u "$REALM" ann
	succeeds "$2"
	password_is "$1" ann "$2: stored"
}
input 'hoge'
stored_as hoge "no newline"
input 'hoge\n'
stored_as hoge "LF"
input 'hoge\r\n'
stored_as hoge "CR LF"
input 'hoge\r'
stored_as $'hoge\r' "CR alone is kept"
input 'hoge\n\n'
stored_as $'hoge\n' "only one LF is dropped"
input 'hoge\r\n\r\n'
stored_as $'hoge\r\n' "only one CR LF is dropped"
input 'a\nb\n'
stored_as $'a\nb' "a newline inside"
input '%s\r\n' "$(printf 'x%.0s' {1..511})"
stored_as "$(printf 'x%.0s' {1..511})" "511 bytes and CR LF"

finish
