#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a user or a realm may be; what it may not is refused before anything is made.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

long=$(printf 'x%.0s' {1..255})
input hoge
for user in 'a b' 'a%sb%n' 'ünï' '用户' 'a:b' "a'b\"c" 'a\b' '-x' "$long"; do
	run saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN -- "$user"
	succeeds "user \"${user:0:20}\""
	run sasldblistusers -f "$DB" -u "$REALM" -- "$user"
	out_is "user: $user realm: $REALM mech: PLAIN" "is listed so"
	run saslpasswd -d -f "$DB" -u "$REALM" -- "$user"
	succeeds "and can be deleted"
done
run saslpasswd -c -f "$DB" -u 'rëalm €' -m PLAIN ann
succeeds "a realm that is not ASCII"
run saslpasswd -c -f "$DB" -u "$long" -m PLAIN ann
succeeds "a realm of 255 bytes"

# refuse WHAT USER REALM REGEX
refuse() {
	run saslpasswd -c -f "$WORK/none" -u "$3" -- "$2"
	fails 65 "$4" "$1"
}
refuse "an empty user" '' "$REALM" 'user: is empty'
refuse "a user of 256 bytes" "x$long" "$REALM" 'user: longer than 255 bytes'
refuse "a newline" $'a\nb' "$REALM" 'user "a.x0ab": holds a control character'
refuse "an escape character" $'a\033[31m' "$REALM" 'user "a.x1b\[31m": holds a control'
refuse "a DEL" $'a\177' "$REALM" 'user "a.x7f": holds a control'
refuse "a C1 control character" $'a\302\233' "$REALM" 'user "a.xc2.x9b": holds a control'
refuse "a space first" ' ann' "$REALM" 'user " ann": begins or ends with a space'
refuse "a space last" 'ann ' "$REALM" 'user "ann ": begins or ends with a space'
refuse "invalid UTF-8" $'a\377' "$REALM" 'user "a.xff": is not UTF-8'
refuse "an overlong form" $'a\300\200' "$REALM" 'user "a.xc0.x80": is not UTF-8'
refuse "an @ and another realm" 'ann@other.test' "$REALM" 'realm: "example.test" was asked for'
refuse "@ alone" '@' "$REALM" 'user: is empty'
refuse "an empty realm" ann '' 'realm: is empty'
refuse "a realm of 256 bytes" ann "x$long" 'realm: longer than 255 bytes'
refuse "a realm with a tab" ann $'a\tb' 'realm "a.x09b": holds a control'
not_ok "nothing was made" test -e "$WORK/none"

finish
