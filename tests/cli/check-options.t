#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: our own options in smtpd.conf.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin

smtpd_conf gsasldb_map yes
silent "an option that there is"
restore

sed -i 's/^gsasldb_path/gsasldb_paht/' "$SMTPD"
broken option-unknown "a mistyped option"
ok "it is the right one now" grep -qx "gsasldb_path: $DB" "$SMTPD"
smtpd_conf gsasldb_cache 10
broken option-unknown "an option that we do not have"
smtpd_conf gsaldb_mechs PLAIN
heals option-unknown "mistyped beside the right one"

for line in 'gsasldb_mechs: ROT13' 'gsasldb_plain: maybe' 'gsasldb_realms: ,' 'gsasldb_mechs: SCRAM-SHA-256:1'; do
	smtpd_conf "${line%%:*}" "${line#*: }"
	finds option-value "$line"
	ok "it names the option" grep -q "option ${line%%:*}: " "$WORK/out"
	mends option-value "$line"
done
restore
smtpd_conf gsasldb_path sasldb
check -f "$DB" --json
finding option-value remedy >"$WORK/remedy"
result $? "a relative path: option-value"
mends option-value "a relative path"
restore

smtpd_conf gsasldb_group nosuchgroup
heals group-unknown "an unknown group"
smtpd_conf gsasldb_realms 'other.example.test, third.example.test'
heals realms-exclude "the realm is not served"
sed -i '/^gsasldb_realms/d' "$SMTPD"

check -f "$WORK/other" --json
finding path-differs remedy >"$WORK/remedy"
result $? "another database than the one of smtpd.conf: path-differs"
mends path-differs "another database"
ok "smtpd.conf names it now" grep -qx "gsasldb_path: $WORK/other" "$SMTPD"

finish
