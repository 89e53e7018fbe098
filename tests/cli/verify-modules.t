#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify where a plugin of libsasl2, or ours, is missing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

use_plugins
create ann
input hoge
verify() {
	run gsasldb verify -f "$DB" -u "$REALM" "$@" ann
}

rm "$SASL_PATH/libcrammd5.so"
verify -m CRAM-MD5,PLAIN
is_rc 78 "a mechanism that is not installed: exit code"
out_is "CRAM-MD5: not installed (Debian package libsasl2-modules)
PLAIN: ok" "it is named, with the package"
input wrong
verify -m CRAM-MD5,PLAIN
is_rc 78 "78 wins over the wrong password"
input hoge
verify
is_rc 0 "without -m: exit code"
not_ok "what is not installed is not tried" grep CRAM-MD5 "$WORK/out"
saslpasswd -d -f "$DB" -u "$REALM" -m PLAIN,DIGEST-MD5,SCRAM-SHA-1,SCRAM-SHA-256 ann
verify
is_rc 78 "but when nothing else is left: exit code"
out_is "CRAM-MD5: not installed (Debian package libsasl2-modules)" "it is"

create bob -m PLAIN
rm "$SASL_PATH/libplain.so"
run gsasldb verify -f "$DB" -u "$REALM" bob
is_rc 78 "no client for PLAIN: exit code"
out_is "PLAIN: cannot be tried: libsasl2 has no client for it here (Debian package libsasl2-modules)
LOGIN: ok" "the server's side is ours, and this is not its fault"

mv "$SASL_PATH/libgsasldb.so" "$WORK/"
verify
fails 78 "libgsasldb.so: is not in $SASL_PATH, where libsasl2 looks for plugins: .*make install" "our plugin is missing"
echo rubbish >"$SASL_PATH/libgsasldb.so"
verify
fails 78 "plugins/libgsasldb.so: libsasl2 cannot load it: " "our plugin is damaged"

finish
