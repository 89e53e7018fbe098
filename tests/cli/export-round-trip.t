#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb export: what it writes, import makes again, to the last byte.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

long=$(printf 'x%.0s' {1..255})
cat >"$WORK/in" <<JSON
{"user":"ann","realm":"$REALM","secrets":{"CRAM-MD5":"$(printf %064d 1)","DIGEST-MD5":"$(printf %032d 2) Example.TEST"},"created":"2001-02-03T04:05:06Z","changed":"2002-02-03T04:05:06Z"}
{"user":"bob","realm":"$REALM","secrets":{},"disabled":"2003-02-03T04:05:06Z","expires":"2030-01-01","created":"1970-01-01T00:00:00Z","changed":"9999-12-31T23:59:59Z"}
{"user":"cid","realm":"$REALM","secrets":{"CLEARTEXT":"a\\\\\\\\b c\u00fc"},"properties":{"uidNumber":"1000","empty":"","nul":"a\u0000b","binary":{"base64":"/wAB"},"text":"q\"uo\\\\te\ttab\nline \u20ac"}}
{"user":"dan","realm":"$REALM","secrets":{},"unknown":"future 1 2 3\nother line \u20ac\n"}
{"user":"a b","realm":"r","secrets":{}}
{"user":"a:b'c\"d\\\\e","realm":"r","secrets":{}}
{"user":"ünï用户","realm":"rëalm €","secrets":{}}
{"user":"-x","realm":"r:s","secrets":{}}
{"user":"#","realm":"r","secrets":{}}
{"user":"{","realm":"}","secrets":{}}
{"user":"$long","realm":"$long","secrets":{}}
JSON
run gsasldb import -f "$DB"
summary_is 11 0 0 0 "odd users"
create eve
gsasldb export -f "$DB" >"$WORK/first"
is "$(wc -l <"$WORK/first")" 12 "all are in it"
run gsasldb import -f "$WORK/other" "$WORK/first"
summary_is 12 0 0 0 "into a new database"
gsasldb export -f "$WORK/other" >"$WORK/second"
ok "an export of it is the same" cmp "$WORK/first" "$WORK/second"
run bash -c "gsasldb export -f '$DB' | gsasldb import -f '$WORK/third'"
summary_is 12 0 0 0 "through a pipe"
ok "the same" cmp "$WORK/first" <(gsasldb export -f "$WORK/third")
run gsasldb import -f "$DB" --replace-realm "$REALM" "$WORK/first"
summary_is 0 0 12 0 "into the one that it comes from: unchanged"
ok "a line for each user, in their order" cmp "$WORK/first" <(sort -t'"' -k4,4 "$WORK/first")
is "$(grep '"ann"' "$WORK/first")" "{\"user\":\"ann\",\"realm\":\"$REALM\",\"secrets\":{\"CRAM-MD5\":\"$(printf %064d 1)\",\"DIGEST-MD5\":\"$(printf %032d 2) Example.TEST\"},\"disabled\":null,\"expires\":null,\"created\":\"2001-02-03T04:05:06Z\",\"changed\":\"2002-02-03T04:05:06Z\"}" \
	"what a line says"
is "$(grep '"bob"' "$WORK/first" | cut -d, -f4-)" '"disabled":"2003-02-03T04:05:06Z","expires":"2030-01-01T00:00:00Z","created":"1970-01-01T00:00:00Z","changed":"9999-12-31T23:59:59Z"}' \
	"times"
is "$(grep '"cid"' "$WORK/first" | sed 's/.*"properties"/"properties"/')" \
	'"properties":{"binary":{"base64":"/wAB"},"empty":"","nul":{"base64":"YQBi"},"text":"q\"uo\\te\ttab\nline €","uidNumber":"1000"}}' \
	"properties"
is "$(grep '"dan"' "$WORK/first" | sed 's/.*"unknown"/"unknown"/')" '"unknown":"future 1 2 3\nother line €\n"}' "lines of a later version"
printf hoge | saslpasswd -f "$DB" -u "$REALM" -m CRAM-MD5 --only dan
ok "and they stay when the password changes" grep -qa '^future 1 2 3$' "$DB"
printf '{"user":"dan","realm":"%s","password":"neu","unknown":"new line\\n"}\n' "$REALM" >"$WORK/in"
run gsasldb import -f "$DB"
summary_is 0 1 0 0 "such lines beside a password"
is "$(gsasldb export -f "$DB" | grep '"dan"' | sed 's/.*"unknown"/"unknown"/')" '"unknown":"new line\n"}' "are kept, too"

finish
