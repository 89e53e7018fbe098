#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -a NAME: path, mechanisms and group of the program's conf file.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
conf=$WORK/conf
mkdir "$conf"
cat >"$conf/prog.conf" <<CONF
# a comment
pwcheck_method: auxprop

GSASLDB_Path:   $DB  	
gsasldb_group: daemon
  gsasldb_mechs: PLAIN:bcrypt SCRAM-SHA-1
gsasldb_path: /nonexistent/the-first-one-counts
CONF
input hoge
export SASL_CONF_PATH=$WORK/none:$conf

run saslpasswd -c -a prog -u "$REALM" ann
succeeds "found by name in SASL_CONF_PATH"
is "$(stat -c '%G %a' "$DB")" "daemon 640" "its group"
is "$(sasldblistusers -f "$DB" --tsv | cut -f3,4)" "PLAIN	bcrypt
SCRAM-SHA-1	4096" "its path and its mechanisms"
run sasldblistusers -a prog --count
out_is 1 "the listing takes the same file"
run saslpasswd -d -a "$conf/prog.conf" -u "$REALM" ann
succeeds "a name with a slash is the path of the conf file"

run saslpasswd -c -a prog -f "$WORK/other" -g bin -m PLAIN -u "$REALM" ann
succeeds "-f, -g and -m"
is "$(stat -c %G "$WORK/other")" bin "-g beats the conf file"
is "$(sasldblistusers -f "$WORK/other")" "user: ann realm: $REALM mech: PLAIN" "so do -f and -m"

finish
