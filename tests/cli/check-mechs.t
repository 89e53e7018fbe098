#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: what is offered, what is installed, and what users have secrets for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin

sed -i /^mech_list/d "$SMTPD"
broken mech-list-missing "no mech_list"
is "$(sed -n 's/^mech_list: //p' "$SMTPD")" "PLAIN LOGIN SCRAM-SHA-256" "what is suggested"
silent "mended"
smtpd_conf mech_list "PLAIN, LOGIN,SCRAM-SHA-256"
heals mech-list-commas "commas"
smtpd_conf mech_list "PLIAN"
heals mech-list-unusable "nothing in it is installed"
smtpd_conf mech_list "PLAIN KRUMM-MD5 LOGIN"
broken mech-not-installed "one is not installed"
rm "$PLUGINS"/libscram.so*
smtpd_conf mech_list "PLAIN SCRAM-SHA-256"
heals mech-not-installed "no package of mechanisms"
restore

smtpd_conf mech_list "CRAM-MD5 SCRAM-SHA-256 PLAIN"
heals mech-without-secret "nobody has a secret for one"
smtpd_conf mech_list "CRAM-MD5"
finds secrets-not-offered "nobody has a secret for the only one"
mends secrets-not-offered "nobody has a secret for the only one"
heals mech-without-secret "and then the first is too much"
restore

smtpd_conf mech_list "PLAIN CRAM-MD5"
create bob -m CRAM-MD5,PLAIN
broken mech-lacking "somebody has no secret for one, all have another"
restore
smtpd_conf mech_list "PLAIN CRAM-MD5"
create bob -m CRAM-MD5
finds mech-lacking "somebody has no secret for one, which somebody needs"
while finding mech-lacking remedy >"$WORK/remedy"; do
	printf hoge >"$WORK/in"
	sh -e "$WORK/remedy" <"$WORK/in" >/dev/null 2>&1 || break
	: >"$WORK/in"
	check --json
done
gone mech-lacking "each has set his password"
restore

create bob -m CRAM-MD5
broken secrets-not-offered "somebody has only secrets that are not offered"
restore

main_cf 'smtpd_sasl_security_options = noanonymous, noplaintext'
smtpd_conf mech_list PLAIN
heals security-options "PLAIN only, and noplaintext"
master_cf smtpd_sasl_security_options=noplaintext
broken security-options "by master.cf"
restore

create bob -m CRAM-MD5
rm "$PLUGINS"/libcrammd5.so*
broken secrets-useless "secrets for what is not installed" hoge
restore

smtpd_conf mech_list "PLAIN LOGIN ANONYMOUS SCRAM-SHA-256"
main_cf 'smtpd_sasl_security_options ='
heals anonymous "ANONYMOUS is offered"

finish
