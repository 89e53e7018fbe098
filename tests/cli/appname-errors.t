#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A conf file that is missing or wrong: exit code 78, with its name and the line.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

conf=$WORK/conf
mkdir "$conf"
export SASL_CONF_PATH=$WORK/none:$conf

run sasldblistusers -a prog
fails 78 "prog.conf: not found in any directory of $WORK/none:$conf" "not found"
run sasldblistusers -a "$conf/prog.conf"
fails 78 "prog.conf: there is no such file" "a path that is not there"

# wrong LINE REGEX NAME
wrong() {
	printf 'pwcheck_method: auxprop\n%b\n' "$1" >"$conf/prog.conf"
	run sasldblistusers -a prog
	fails 78 "conf/prog.conf: line 2: $2" "$3"
}
wrong 'gsasldb_path /etc/sasldb' 'must be "key: value" or a # comment' "no colon"
wrong 'gsasldb_path:' 'must be "key: value"' "no value"
wrong 'gsasldb path: x' 'must be "key: value"' "a space in the key"
wrong 'gsasldb_path: a\0b' 'must be "key: value"' "a NUL"
wrong "x: $(printf 'x%.0s' {1..4100})" 'must be "key: value"' "a line that libsasl2 would cut"
wrong 'gsasldb_path: sasldb' 'gsasldb_path: must be an absolute path' "a path that depends on where one stands"
wrong 'gsasldb_mechs: ROT13' 'gsasldb_mechs: mechanism "ROT13": unknown' "an unknown mechanism"

run saslpasswd -c -a prog -u "$REALM" ann
fails 78 'gsasldb_mechs: mechanism "ROT13": unknown' "also from saslpasswd"
printf 'gsasldb_path: %s' "$DB" >"$conf/prog.conf"
run sasldblistusers -a prog
fails 66 "$DB: there is no database" "a last line without a newline counts"

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 600 "$conf/prog.conf"
	cp "$BUILDDIR/sasldblistusers" "$WORK/"
	run as_nobody env SASL_CONF_PATH="$conf" "$WORK/sasldblistusers" -a prog
	fails 77 'prog.conf: cannot be read: Permission denied \(run as root' "a conf file that may not be read: 77"
else
	skip "needs root and setpriv"
fi

finish
