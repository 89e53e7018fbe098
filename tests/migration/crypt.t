#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From what crypt(3) verifies: htpasswd, mkpasswd by each of its methods, openssl passwd, and the shadow file that
# useradd and usermod write (in a folder of our own).

set -u
# shellcheck source=tests/migration/lib.sh
. "$(dirname "$0")/lib.sh"
migration_begin 120 htpasswd mkpasswd openssl useradd usermod

PASSWORD="Größe:7"

# ---- htpasswd ----

from_htpasswd() {
	{ htpasswd -nbB ann "$PASSWORD" && htpasswd -nbd bob eightchr; } >"$WORK/htpasswd" 2>"$WORK/notes" ||
		bail "htpasswd: $(cat "$WORK/notes")"
	imports htpasswd "added 2" "$WORK/htpasswd" -u "$REALM" --format crypt
	logs_in "htpasswd -B" ann "$PASSWORD" PLAIN LOGIN
	verify_says "htpasswd -d: verify" bob eightchr "0 PLAIN LOGIN"
	verify_says "htpasswd -d: verify, wrong password" bob eightchx "1 "
	imports "htpasswd again" "unchanged 2" "$WORK/htpasswd" -u "$REALM" --format crypt
	htpasswd -nbm new hoge >"$WORK/apr1"
	refuses "htpasswd -m" "line 1: hash: crypt\(3\) does not know htpasswd's" "$WORK/apr1" -u "$REALM" --format crypt
	htpasswd -nbs new hoge >"$WORK/sha"
	refuses "htpasswd -s" "line 1: hash: crypt\(3\) does not know htpasswd's" "$WORK/sha" -u "$REALM" --format crypt
}

# ---- mkpasswd, openssl passwd ----

from_mkpasswd() {
	local methods method
	methods=$(mkpasswd -m help | awk 'NR > 1 { print $1 }')
	for method in $methods; do
		printf '%s@%s:%s\n' "$method" "$REALM" "$(printf %s hoge | mkpasswd -s -m "$method")"
	done >"$WORK/mkpasswd"
	tap_is "$(grep -cE '^(yescrypt|bcrypt|scrypt|sha512crypt)@' "$WORK/mkpasswd")" 4 "mkpasswd has the methods"
	imports mkpasswd "added $(wc -l <"$WORK/mkpasswd")" "$WORK/mkpasswd" --format crypt
	for method in $methods; do
		verifies "mkpasswd -m $method" "$method" hoge PLAIN LOGIN
	done
	logs_in "mkpasswd -m yescrypt" yescrypt hoge PLAIN LOGIN
}

from_openssl() {
	local option
	for option in 1 5 6; do
		printf 'openssl%s:%s\n' $option "$(openssl passwd -$option "$PASSWORD")"
	done >"$WORK/openssl"
	imports "openssl passwd" "added 3" "$WORK/openssl" -u "$REALM" --format crypt
	for option in 1 5 6; do
		verifies "openssl passwd -$option" "openssl$option" "$PASSWORD" PLAIN LOGIN
	done
}

# ---- shadow ----

user() { # NAME HASH [OPTION...]
	useradd -P "$WORK/root" -M -N -p "$2" "${@:3}" "$1" >"$WORK/notes" 2>&1 || bail "useradd: $(cat "$WORK/notes")"
}

make_shadow() {
	local hash
	hash=$(openssl passwd -6 "$PASSWORD")
	mkdir -p "$WORK/root/etc"
	: >"$WORK/root/etc/login.defs"
	: | tee "$WORK/root/etc/passwd" "$WORK/root/etc/shadow" "$WORK/root/etc/group" "$WORK/root/etc/gshadow"
	user active "$hash"
	user expired "$hash" -e 2020-02-02
	user later "$hash" -e 2120-02-02
	user locked "$hash" && usermod -P "$WORK/root" -L locked
	user fresh '!'
	user daemon '*'
}

from_shadow() {
	make_shadow
	imports "shadow" "added 4" "$WORK/root/etc/shadow" -u "$REALM" --format crypt
	tap_is "$(cat "$WORK/notes")" "gsasldb: not kept: line 5: fresh@$REALM: no password
gsasldb: not kept: line 6: daemon@$REALM: no password" "shadow: who has no password is named"
	logs_in "shadow: active" active "$PASSWORD" PLAIN LOGIN
	logs_in "shadow: expires later" later "$PASSWORD" PLAIN LOGIN
	locked_out "shadow: expired" expired "$PASSWORD"
	locked_out "shadow: locked" locked "$PASSWORD"
	usermod -P "$WORK/root" -U -e "" expired && usermod -P "$WORK/root" -e 2020-02-02 later
	imports "shadow: expiry changed" "changed 2, unchanged 2" "$WORK/root/etc/shadow" -u "$REALM" --format crypt
	verifies "shadow: expired no longer" expired "$PASSWORD" PLAIN LOGIN
	locked_out "shadow: expired meanwhile" later "$PASSWORD"
	imports "shadow: again" "unchanged 4" "$WORK/root/etc/shadow" -u "$REALM" --format crypt
}

from_htpasswd
from_mkpasswd
from_openssl
from_shadow
tap_end
