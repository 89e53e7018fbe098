#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify -a: what the conf file of a program says counts.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

use_plugins
mkdir "$WORK/conf"
export SASL_CONF_PATH=$WORK/none:$WORK/conf
conf=$WORK/conf/prog.conf
create ann -m PLAIN,CRAM-MD5,SCRAM-SHA-256
input hoge

with() { # LINES OPTION ...
	printf '%b\n' "$1" >"$conf"
	run gsasldb verify -u "$REALM" -a prog "${@:2}" ann
}
ours="auxprop_plugin: gsasldb\ngsasldb_path: $DB"

run gsasldb verify -u "$REALM" -a prog ann
fails 78 'prog.conf: not found in any directory of' "no conf file"
with "pwcheck_method: auxprop"
fails 78 "$conf: does not choose gsasldb: add the line \"auxprop_plugin: gsasldb\"" "auxprop_plugin is missing"
with "gsasldb_path: $DB\nauxprop_plugin: sasldb"
fails 78 "$conf: line 2: does not choose gsasldb: write \"auxprop_plugin: gsasldb\"" "the stock plugin"
with "$ours\npwcheck_method: saslauthd"
fails 78 "$conf: line 3: does not choose gsasldb: write \"pwcheck_method: auxprop\"" "saslauthd"
with "$ours\nthis is no option"
fails 78 "$conf: line 3: must be" "a line that libsasl2 does not take"

with "$ours"
out_is "CRAM-MD5: ok
PLAIN: ok
LOGIN: ok
SCRAM-SHA-256: ok" "gsasldb alone"
with "auxprop_plugin: sasldb GSASLDB\npwcheck_method: saslauthd auxprop\ngsasldb_path: $DB\nsasldb_path: $WORK/none" -m CRAM-MD5
out_is "CRAM-MD5: ok" "gsasldb among others"
run gsasldb verify -u "$REALM" -a "$conf" -m PLAIN ann
out_is "PLAIN: ok" "a name with a slash is the path of the conf file"
with "auxprop_plugin: gsasldb\ngsasldb_path: $WORK/other"
fails 66 "$WORK/other: " "its database"
with "auxprop_plugin: gsasldb\ngsasldb_path: $WORK/other" -f "$DB" -m PLAIN
out_is "PLAIN: ok" "-f beats it"
is_rc 0 "and is where libsasl2 looks"

with "$ours\nmech_list: SCRAM-SHA-256  plain NTLM"
out_is "PLAIN: ok
SCRAM-SHA-256: ok" "mech_list: what the program offers is tried"
with "$ours\nmech_list: SCRAM-SHA-256 plain NTLM" -m PLAIN,LOGIN
is_rc 78 "-m with one that is not offered: exit code"
out_is "PLAIN: ok
LOGIN: not offered: $conf, line 3: mech_list does not name it" "it is said"
with "$ours\nmech_list: DIGEST-MD5"
fails 1 "ann@$REALM: has no secret for what is offered: has CRAM-MD5 PLAIN SCRAM-SHA-256; .*DIGEST-MD5" "nothing in common"
rm "$SASL_PATH/libcrammd5.so"
with "$ours\nmech_list: CRAM-MD5 PLAIN"
is_rc 78 "mech_list names what is not installed: exit code"
out_is "CRAM-MD5: not installed (Debian package libsasl2-modules)
PLAIN: ok" "it is said"

with "$ours\ngsasldb_plain: no"
is_rc 78 "gsasldb_plain: no: exit code"
out_is "PLAIN: not served: $conf, line 3: gsasldb_plain: no: libsasl2 itself needs PLAIN:smd5 or CLEARTEXT
LOGIN: not served: $conf, line 3: gsasldb_plain: no: libsasl2 itself needs PLAIN:smd5 or CLEARTEXT
SCRAM-SHA-256: ok" "it is named"
right='the password is right, but it fails at'
with "$ours\ngsasldb_realms: other.test" -m LOGIN,SCRAM-SHA-256
is_rc 78 "a realm that is not served: exit code"
out_is "LOGIN: $right server step 2: LOGIN: realm $REALM: not one of gsasldb_realms
SCRAM-SHA-256: $right server start: realm $REALM: not one of gsasldb_realms" "the step, and what the log says"
with "$ours\ngsasldb_plain: perhaps" -m PLAIN,SCRAM-SHA-256
is "$(grep -c "$right server start: option gsasldb_plain: \"perhaps\": must be" "$WORK/out")" 2 "an option that cannot be: every mechanism says it"
input wrong
with "$ours\ngsasldb_plain: perhaps" -m PLAIN
out_is "PLAIN: wrong password" "but not before the password is right"

# what a login might store, verify does not
input hoge
cp "$DB" "$WORK/before"
with "$ours\nauto_transition: yes\ngsasldb_mechs: CLEARTEXT\nlog_level: 7"
is_rc 0 "auto_transition and log_level: exit code"
ok "nothing was written" cmp "$DB" "$WORK/before"
not_ok "the password is not shown" grep hoge "$WORK/out" "$WORK/err"

# Postfix
mkdir -p "$WORK/bin" "$WORK/postfix/sasl"
printf '#!/bin/sh\n[ "$*" = "-h config_directory" ] && echo "%s"\n' "$WORK/postfix" >"$WORK/bin/postconf"
chmod 755 "$WORK/bin/postconf"
PATH=$WORK/bin:$PATH
printf '%b\nmech_list: PLAIN\n' "$ours" >"$WORK/postfix/sasl/smtpd.conf"
printf 'auxprop_plugin: sasldb\n' >"$WORK/conf/smtpd.conf"
run gsasldb verify -u "$REALM" -a smtpd ann
out_is "PLAIN: ok" "-a smtpd: the conf file in Postfix's folder"

finish
