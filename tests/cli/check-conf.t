#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: smtpd.conf: where it is, and whom libsasl2 asks by it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin

rm "$SMTPD"
broken conf-missing "no smtpd.conf"
restore
rm -r "$CONF/sasl"
broken conf-missing "no folder for it" 
restore
mkdir "$WORK/elsewhere"
mv "$SMTPD" "$WORK/elsewhere/"
finds conf-missing "smtpd.conf where Postfix does not look"
ok "it is named" grep -q "does not read $WORK/elsewhere/smtpd.conf" "$WORK/out"
mends conf-missing "smtpd.conf where Postfix does not look"
heals conf-elsewhere "the other file is still there"

rm "$SMTPD"
mkdir "$SMTPD"
broken conf-unreadable "smtpd.conf is a folder"
restore

echo 'mech_list PLAIN' >>"$SMTPD"
heals conf-syntax "a line without a colon"
sed -i '2s/.*/auxprop_plugin:/' "$SMTPD"
broken conf-syntax "a key without a value"
heals auxprop-plugin "auxprop_plugin is missing"
restore

echo 'mech_list: CRAM-MD5' >>"$SMTPD"
heals option-twice "a key twice"
restore

smtpd_conf pwcheck_method saslauthd
broken pwcheck-method "saslauthd is asked"
smtpd_conf pwcheck_method 'auxprop saslauthd'
smtpd_conf saslauthd_path "$WORK/no/mux"
broken saslauthd "saslauthd does not run"
sed -i '/^pwcheck_method/d' "$SMTPD"
silent "pwcheck_method may be left out"
restore

smtpd_conf auxprop_plugin sasldb
broken auxprop-plugin "the stock plugin"
smtpd_conf auxprop_plugin 'sasldb gsasldb'
heals auxprop-others "two plugins"
printf 'pwcheck_method: auxprop' >"$SMTPD"
broken auxprop-plugin "the last line has no end" 
is "$(wc -l <"$SMTPD")" 2 "it is still two lines"

finish
