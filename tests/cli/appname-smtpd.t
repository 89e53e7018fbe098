#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -a smtpd looks first in the sasl folder of Postfix's configuration.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

mkdir -p "$WORK/bin" "$WORK/postfix/sasl" "$WORK/conf"
export SASL_CONF_PATH=$WORK/conf
printf '#!/bin/sh\n[ "$*" = "-h config_directory" ] && echo "%s"\n' "$WORK/postfix" >"$WORK/bin/postconf"
chmod 755 "$WORK/bin/postconf"
PATH=$WORK/bin:$PATH
printf 'gsasldb_path: %s\n' "$WORK/of-postfix" >"$WORK/postfix/sasl/smtpd.conf"
printf 'gsasldb_path: %s\n' "$WORK/of-sasl" | tee "$WORK/conf/smtpd.conf" >"$WORK/conf/imap.conf"

run sasldblistusers -a smtpd
fails 66 'of-postfix: there is no database' "the folder that postconf names"
run sasldblistusers -a imap
fails 66 'of-sasl: there is no database' "another program's is not looked for there"
rm "$WORK/postfix/sasl/smtpd.conf"
run sasldblistusers -a smtpd
fails 66 'of-sasl: there is no database' "not there: then as libsasl2 does"
rm "$WORK/conf/smtpd.conf"
run sasldblistusers -a smtpd
fails 78 "smtpd.conf: not found in any directory of $WORK/postfix/sasl:$WORK/conf" "nowhere: the places are named"
printf '#!/bin/sh\necho nonsense >&2\nexit 1\n' >"$WORK/bin/postconf"
run sasldblistusers -a smtpd
is_rc $((rc == 66 || rc == 77 ? rc : 78)) "a postconf that fails"
not_ok "is not heard" grep -q nonsense "$WORK/err"

finish
