#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb export --format: for other programs; who has no place in it is named.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input 'x'
create ann -m SCRAM-SHA-256,SCRAM-SHA-1,PLAIN:sha256crypt,CRAM-MD5,DIGEST-MD5
create bob -m SCRAM-SHA-1,PLAIN:sha256crypt
create cid -m PLAIN:sha256crypt,CRAM-MD5
create dan -m CRAM-MD5,DIGEST-MD5
create eve -m DIGEST-MD5
create fay -m SCRAM-SHA-256
gsasldb disable -f "$DB" -u "$REALM" fay
create gil -m SCRAM-SHA-256
gsasldb expire -f "$DB" -u "$REALM" gil 2001-01-01
create hal -m SCRAM-SHA-256
gsasldb expire -f "$DB" -u "$REALM" hal 2901-01-01
printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m CLEARTEXT ina
printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m SCRAM-SHA-256 a:b
printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m SCRAM-SHA-256 '#a'
printf hoge | saslpasswd -c -f "$DB" -u "other.test" -m SCRAM-SHA-256 anna
run gsasldb export -f "$DB" --format dovecot
is_rc 0 "dovecot: exit code"
is "$(sed 's/}.*:::::::*/}/; s/nologin$/ nologin/' "$WORK/out")" "ann@$REALM:{SCRAM-SHA-256}
anna@other.test:{SCRAM-SHA-256}
bob@$REALM:{SCRAM-SHA-1}
cid@$REALM:{CRYPT}
dan@$REALM:{CRAM-MD5}
eve@$REALM:{DIGEST-MD5}
fay@$REALM:{SCRAM-SHA-256} nologin
gil@$REALM:{SCRAM-SHA-256} nologin
hal@$REALM:{SCRAM-SHA-256}" "dovecot: the best secret of each, and who may not log in"
is "$(sed 's/[:,] /\n/g' "$WORK/err" | sort | tr '\n' ' ')" \
	"#a@$REALM a:b@$REALM gsasldb ina@$REALM left out 3 who cannot be written as dovecot " "dovecot: left out, by name"
is "$(grep -c '^[^:]*:{[^:]*:::::::*\(nologin\)\?$' "$WORK/out")" 9 "dovecot: eight fields"
is "$(sed -n 's/^eve.*DIGEST-MD5}\([0-9a-f]*\):.*/\1/p' "$WORK/out")" "$(printf 'eve:%s:hoge' "$REALM" | md5sum | cut -d' ' -f1)" "dovecot: DIGEST-MD5"
kept=$(exported ann SCRAM-SHA-256)
is "$(sed -n "s/^ann@$REALM:{SCRAM-SHA-256}\\(.*\\)::::::\$/\\1/p" "$WORK/out")" "$(tr ':$' ',,' <<<"$kept")" "dovecot: SCRAM"
cp "$WORK/out" "$WORK/dovecot"
run gsasldb import -f "$WORK/new" --format dovecot "$WORK/dovecot"
summary_is 9 0 0 0 "dovecot: import reads it"
DB=$WORK/new
is "$(exported ann SCRAM-SHA-256)" "$kept" "dovecot: the same secret"
not_ok "dovecot: a disabled user is disabled again" test "$(exported fay disabled)" = null
is "$(exported hal disabled)" null "dovecot: the others are not"
cram=$(exported dan CRAM-MD5)
DB=$WORK/db
is "$(exported dan CRAM-MD5)" "$cram" "dovecot: CRAM-MD5, too"

run gsasldb export -f "$DB" --format postgres
is_rc 0 "postgres: exit code"
is "$(cut -d'$' -f1 "$WORK/out")" "#a@$REALM	SCRAM-SHA-256
a:b@$REALM	SCRAM-SHA-256
ann@$REALM	SCRAM-SHA-256
anna@other.test	SCRAM-SHA-256
hal@$REALM	SCRAM-SHA-256" "postgres: those with SCRAM-SHA-256 who may log in"
is "$(sed -n "s/^ann@$REALM.*SCRAM-SHA-256.//p" "$WORK/out")" "$kept" "postgres: as it is stored"
err_like '^gsasldb: left out 7 who cannot be written as postgres: ([^ ]*@example.test, ){2}[^ ]*@example.test \.\.\.$' "postgres: left out, the first three by name"
run gsasldb export -f "$DB" --format postgres -u Other.TEST
is "$(cut -d'$' -f1 "$WORK/out")" "anna	SCRAM-SHA-256" "postgres -u: names without the realm"
is "$(cat "$WORK/err")" "" "and nobody of another realm is left out"
run gsasldb export -f "$DB" --format dovecot -u other.test
out_like '^anna:\{SCRAM-SHA-256\}' "dovecot -u"
run gsasldb export -f "$DB" -u other.test
out_like '^\{"user":"anna","realm":"other.test"' "jsonl -u: the realm is there all the same"
is "$(wc -l <"$WORK/out")" 1 "and only those"
run gsasldb export -f "$DB" -u nobody.test
succeeds "a realm that nobody has"
run gsasldb export -f "$DB" -u ''
fails 65 'realm: is empty' "an empty realm"

finish
