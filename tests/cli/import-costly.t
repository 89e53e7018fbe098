#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import refuses secrets that would keep a server busy; the bound itself comes in.
# shellcheck disable=SC2016  # hashes have dollars
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

zeros() { # COUNT
	printf "%0$1d" 0
}

create ann -m CRAM-MD5
before=$(files)

# refused HASH WORDS
refused() {
	printf 'bob:%s\ncid:$1$rasmusle$rISCgZzpwk3UhDidwXvin0\n' "$1" >"$WORK/in"
	run gsasldb import -f "$DB" -u "$REALM" --format crypt
	is_rc 65 "$2: exit code"
	out_is "" "no summary"
	err_is "gsasldb: line 1: PLAIN: $2
gsasldb: standard input: 1 wrong: nothing was changed" "the line, the cost and the bound"
	is "$(files)" "$before" "nothing was changed"
}

refused '$2b$31$'"$(zeros 53)" "bcrypt cost 31 is above the bound of 13"
refused '$2y$14$'"$(zeros 53)" "bcrypt cost 14 is above the bound of 13"
refused '$6$rounds=999999999$salt$'"$(zeros 86)" "sha512crypt rounds 999999999 are above the bound of 656000"
refused '$5$rounds=535001$salt$'"$(zeros 43)" "sha256crypt rounds 535001 are above the bound of 535000"
refused '$sha1$4294967295$salt$'"$(zeros 28)" "sha1crypt rounds 4294967295 are above the bound of 480000"
refused '$sha1$-1$salt$'"$(zeros 28)" "the sha1crypt string has parameters that are not taken"
refused '$md5,rounds=4294967295$salt$'"$(zeros 22)" "sunmd5 rounds 4294971391 are above the bound of 250000"
refused "_zzzzsalt$(zeros 11)" "bsdicrypt rounds 16777215 are above the bound of 1000000"
refused '$7$DU..../....salt$'"$(zeros 43)" "scrypt work of 131072 kB is above the bound of 65536 kB"
refused '$y$jCT$salt$'"$(zeros 43)" "yescrypt work of 131072 kB is above the bound of 65536 kB"
refused '$gy$jCT$salt$'"$(zeros 43)" "gost-yescrypt work of 131072 kB is above the bound of 65536 kB"
{
	echo 'u1:$2b$13$'"$(zeros 53)"
	echo 'u2:$6$rounds=656000$salt$'"$(zeros 86)"
	echo 'u3:$5$rounds=535000$salt$'"$(zeros 43)"
	echo 'u4:$sha1$480000$salt$'"$(zeros 28)"
	echo 'u5:$md5,rounds=245904$salt$'"$(zeros 22)"
	echo 'u6:$7$CU..../....salt$'"$(zeros 43)"
	echo 'u7:$y$jBT$salt$'"$(zeros 43)"
	echo 'u8:$gy$jBT$salt$'"$(zeros 43)"
} >"$WORK/in"
run gsasldb import -f "$DB" -u "$REALM" --format crypt
summary_is 8 0 0 0 "at the bounds"

# the other formats, and SCRAM
before=$(files)
A=$(printf 'A%.0s' {1..43})=
printf 'bob\tSCRAM-SHA-256$1000001:MDEy$%s:%s\n' "$A" "$A" >"$WORK/in"
run gsasldb import -f "$DB" -u "$REALM" --format postgres
is_rc 65 "SCRAM: exit code"
is "$(sed -n 1p "$WORK/err")" "gsasldb: line 1: SCRAM-SHA-256: 1000001 iterations are above the bound of 1000000" "SCRAM: why"
printf 'bob:{BLF-CRYPT}$2y$20$%s\n' "$(zeros 53)" >"$WORK/in"
run gsasldb import -f "$DB" -u "$REALM" --format dovecot
is_rc 65 "dovecot: exit code"
is "$(sed -n 1p "$WORK/err")" "gsasldb: line 1: PLAIN: bcrypt cost 20 is above the bound of 13" "dovecot: why"
is "$(files)" "$before" "nothing was changed"
printf 'bob\tSCRAM-SHA-256$1000000:MDEy$%s:%s\n' "$A" "$A" >"$WORK/in"
run gsasldb import -f "$DB" -u "$REALM" --format postgres
summary_is 1 0 0 0 "SCRAM at the bound"
run saslpasswd -c -f "$DB" -u "$REALM" -m SCRAM-SHA-256:1000001 dan
is_rc 64 "-m: exit code"
err_like '^saslpasswd: mechanism "SCRAM-SHA-256:1000001": iterations must be 4096 to 1000000$' "nor does -m take more"

finish
