#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify --as-user: as the user that a daemon runs as.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
need setpriv
getent passwd daemon >/dev/null || skip_all "needs the user daemon"
use_plugins
cp "$BUILDDIR/gsasldb" "$WORK/"
input hoge
create ann -m PLAIN,SCRAM-SHA-1 -g daemon
good="PLAIN: ok
LOGIN: ok
SCRAM-SHA-1: ok"
as() { # USER
	run gsasldb verify -f "$DB" -u "$REALM" --as-user "$1" ann
}

as daemon
out_is "$good" "a user that may read the database"
is_rc 0 "exit code"
is "$(cat "$WORK/err")" "" "nothing on standard error"
as bin
fails 77 "^gsasldb: $DB: cannot be read by bin: usermod -a -G daemon bin, and restart the program\$" \
	"where a group may read it: the user is to be in that group"
chmod 600 "$DB" "$WORK"/.db.*
as daemon
fails 77 "^gsasldb: $DB: cannot be read by daemon: chgrp daemon $DB .*; chmod 640 $DB .*" \
	"where no group may: the files are to be in the user's"
eval "$(sed 's/.*cannot be read by daemon: //' "$WORK/err")"
as daemon
out_is "$good" "the remedy helps"
chmod 600 "$WORK/.db.twin"
as daemon
is_rc 0 "a companion that cannot be read: logins go on"
err_is "gsasldb: warning: $WORK/.db.twin: cannot be read by daemon: chgrp daemon $WORK/.db.twin; chmod 640 $WORK/.db.twin" \
	"but it is named, with the remedy"
chmod 640 "$WORK/.db.twin"
chmod 700 "$WORK"
as daemon
chmod 755 "$WORK"
is_rc 77 "a folder that cannot be entered: exit code"
err_is "gsasldb: $WORK: cannot be entered by daemon: chmod a+x $WORK" "it is named, with the remedy"

# the conf file is read before
mkdir -m 700 "$WORK/conf"
printf 'auxprop_plugin: gsasldb\ngsasldb_path: %s\nmech_list: PLAIN\n' "$DB" >"$WORK/conf/prog.conf"
chmod 600 "$WORK/conf/prog.conf"
SASL_CONF_PATH=$WORK/conf run gsasldb verify -a prog -u "$REALM" --as-user daemon ann
out_is "PLAIN: ok" "the conf file is read as root"

as root
out_is "$good" "root is a user too"
run gsasldb verify -f "$DB" -u "$REALM" --as-user no-such-user ann
is_rc 64 "an unknown user: exit code"
err_like '^gsasldb: --as-user: there is no user no-such-user' "it is named"
run as_nobody "$WORK/gsasldb" verify -f "$DB" -u "$REALM" --as-user daemon ann
fails 77 '^gsasldb: --as-user: only root' "who is not root cannot"
run as_nobody "$WORK/gsasldb" verify -f "$DB" -u "$REALM" ann
fails 77 'db: Permission denied \(run as root' "nor read the file"

finish
