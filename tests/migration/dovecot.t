#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From Dovecot and to it: a passwd-file of what doveadm pw makes by each scheme, and exported lines that doveadm
# pw -t takes.

set -u
# shellcheck source=tests/migration/lib.sh
. "$(dirname "$0")/lib.sh"
migration_begin 120 doveadm

# Not in ISO 8859-1: what is, DIGEST-MD5 hashes in that encoding, and Dovecot in UTF-8.
PASSWORD="Größe:7 €"
CRYPT_SCHEMES="CRYPT BLF-CRYPT SHA256-CRYPT SHA512-CRYPT MD5-CRYPT"

# The users are named as the schemes, in lower case.
made_by() { # SCHEME
	local user=${1,,}
	printf '%s@%s:%s::::::\n' "$user" "$REALM" "$(doveadm -O pw -s "$1" -p "$PASSWORD" -u "$user@$REALM")"
}

passwd_file() { # SCHEME...
	local scheme
	for scheme; do
		made_by "$scheme"
	done
}

# ---- from Dovecot ----

from_dovecot() {
	local scheme
	# shellcheck disable=SC2086 # words
	passwd_file $CRYPT_SCHEMES SCRAM-SHA-1 SCRAM-SHA-256 CRAM-MD5 HMAC-MD5 DIGEST-MD5 >"$WORK/hashed"
	imports "each scheme" "added 10" "$WORK/hashed" --format dovecot
	for scheme in $CRYPT_SCHEMES; do
		verifies "$scheme" "${scheme,,}" "$PASSWORD" PLAIN LOGIN
	done
	logs_in BLF-CRYPT blf-crypt "$PASSWORD" PLAIN LOGIN
	logs_in SCRAM-SHA-1 scram-sha-1 "$PASSWORD" PLAIN LOGIN SCRAM-SHA-1
	logs_in SCRAM-SHA-256 scram-sha-256 "$PASSWORD" PLAIN LOGIN SCRAM-SHA-256
	logs_in CRAM-MD5 cram-md5 "$PASSWORD" CRAM-MD5
	verifies HMAC-MD5 hmac-md5 "$PASSWORD" CRAM-MD5
	logs_in DIGEST-MD5 digest-md5 "$PASSWORD" DIGEST-MD5
	imports "each scheme again" "unchanged 10" "$WORK/hashed" --format dovecot
}

encoded() {
	passwd_file SHA512-CRYPT.b64 BLF-CRYPT.hex SCRAM-SHA-1.hex SCRAM-SHA-256.b64 CRAM-MD5.b64 CRAM-MD5.hex \
		DIGEST-MD5.b64 DIGEST-MD5.hex >"$WORK/encoded"
	imports "in base64 and hex" "added 8" "$WORK/encoded" --format dovecot
	verifies SHA512-CRYPT.b64 sha512-crypt.b64 "$PASSWORD" PLAIN LOGIN
	verifies BLF-CRYPT.hex blf-crypt.hex "$PASSWORD" PLAIN LOGIN
	verifies SCRAM-SHA-1.hex scram-sha-1.hex "$PASSWORD" PLAIN LOGIN SCRAM-SHA-1
	verifies SCRAM-SHA-256.b64 scram-sha-256.b64 "$PASSWORD" PLAIN LOGIN SCRAM-SHA-256
	verifies CRAM-MD5.b64 cram-md5.b64 "$PASSWORD" CRAM-MD5
	verifies CRAM-MD5.hex cram-md5.hex "$PASSWORD" CRAM-MD5
	verifies DIGEST-MD5.b64 digest-md5.b64 "$PASSWORD" DIGEST-MD5
	verifies DIGEST-MD5.hex digest-md5.hex "$PASSWORD" DIGEST-MD5
}

# A colon would end the password in a line, so Dovecot's users have it in base64.
readable() {
	local PASSWORD=Anders-9x
	passwd_file PLAIN CLEARTEXT PLAIN.b64 >"$WORK/readable"
	imports "readable passwords" "added 3" "$WORK/readable" --format dovecot
	logs_in PLAIN plain "$PASSWORD" "${FROM_PASSWORD[@]}"
	verifies CLEARTEXT cleartext "$PASSWORD" "${FROM_PASSWORD[@]}"
	verifies PLAIN.b64 plain.b64 "$PASSWORD" "${FROM_PASSWORD[@]}"
	tap_is "$(sasldblistusers -f "$DB" -m CLEARTEXT)" "" "no password is kept readable"
	PASSWORD="Größe:7 €" passwd_file PLAIN.b64 >"$WORK/readable"
	imports "readable password with a colon" "changed 1" "$WORK/readable" --format dovecot
	verifies "PLAIN.b64 with a colon" plain.b64 "Größe:7 €" "${FROM_PASSWORD[@]}"
}

refused() {
	local scheme
	for scheme in SSHA512 PBKDF2 ARGON2ID; do
		passwd_file SHA512-CRYPT "$scheme" >"$WORK/refused"
		refuses "$scheme" "line 2: scheme \{$scheme\}: cannot be imported" "$WORK/refused" --format dovecot
	done
}

# ---- to Dovecot ----

# Dovecot takes what is exported of the user, by the scheme and with the password only.
doveadm_takes() { # USER SCHEME
	local field
	field=$(sed -n "s/^$1@$REALM:\([^:]*\):.*/\1/p" "$WORK/exported")
	tap_is "${field%%\}*}" "{$2" "export of $1: the scheme"
	doveadm -O pw -t "$field" -p "$PASSWORD" -u "$1@$REALM" >"$WORK/said" 2>&1
	tap $? "export of $1: doveadm takes it" "$(cat "$WORK/said")"
	! doveadm -O pw -t "$field" -p "${PASSWORD}x" -u "$1@$REALM" >"$WORK/said" 2>&1
	tap $? "export of $1: doveadm does not take another password"
}

set_password() { # USER OPTION...
	printf %s "$PASSWORD" | saslpasswd -c -p -f "$DB" -u "$REALM" "${@:2}" "$1" || bail "saslpasswd fails"
}

to_dovecot() {
	local DB=$WORK/db/ours scheme
	for scheme in yescrypt bcrypt sha512crypt; do
		set_password "$scheme" -m "PLAIN:$scheme"
	done
	set_password scram1 -m SCRAM-SHA-1
	set_password scram256 -m SCRAM-SHA-256:15000
	set_password cram -m CRAM-MD5
	set_password digest -m DIGEST-MD5
	set_password all
	set_password readable -m CLEARTEXT
	set_password disabled -m CRAM-MD5 && gsasldb disable -f "$DB" -u "$REALM" disabled
	gsasldb export -f "$DB" --format dovecot >"$WORK/exported" 2>"$WORK/notes"
	tap $? "export --format dovecot"
	tap_is "$(cat "$WORK/notes")" "gsasldb: left out 1 who cannot be written as dovecot: readable@$REALM" \
		"the one who cannot be written is named"
	for scheme in yescrypt bcrypt sha512crypt; do
		doveadm_takes "$scheme" CRYPT
	done
	doveadm_takes scram1 SCRAM-SHA-1
	doveadm_takes scram256 SCRAM-SHA-256
	doveadm_takes cram CRAM-MD5
	doveadm_takes digest DIGEST-MD5
	doveadm_takes all SCRAM-SHA-256
	doveadm_takes disabled CRAM-MD5
	tap_is "$(grep -c '::::::nologin$' "$WORK/exported")" 1 "the disabled user may not log in to Dovecot"
}

# What came from a passwd-file goes back into one; only the names of the schemes may differ.
round_trip() {
	local DB=$WORK/db/again
	imports "round trip" "added 10" "$WORK/hashed" --format dovecot
	gsasldb export -f "$DB" --format dovecot >"$WORK/exported"
	tap_is "$(cat "$WORK/exported")" \
		"$(sed 's/{[A-Z0-9]*-CRYPT}/{CRYPT}/; s/{HMAC-MD5}/{CRAM-MD5}/' "$WORK/hashed" | sort)" "round trip: the same lines"
	imports "round trip: back" "unchanged 10" "$WORK/exported" --format dovecot
}

from_dovecot
encoded
readable
refused
to_dovecot
round_trip
tap_end
