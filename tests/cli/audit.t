#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Each change is one line in the log (authpriv): what, whom, which mechanisms, by whom; no password.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_namespace
need python3
# A /dev of our own, with our own log socket.
mkdir "$WORK/dev"
mount -t tmpfs none "$WORK/dev" || skip_all "cannot mount a tmpfs"
for node in null zero full random urandom tty; do
	: >"$WORK/dev/$node"
	mount --bind "/dev/$node" "$WORK/dev/$node" || skip_all "cannot bind /dev/$node"
done
mount --rbind "$WORK/dev" /dev || skip_all "cannot mount over /dev"
# logged COMMAND ...: what it says to the log, in $WORK/log, without the time
logged() {
	python3 - "$@" >"$WORK/log" <<'PYTHON'
import os, re, socket, subprocess, sys
if os.path.exists("/dev/log"):
    os.unlink("/dev/log")
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
subprocess.run(sys.argv[1:], input=b"geheim", stdout=subprocess.DEVNULL)
log.setblocking(False)
try:
    while True:
        line = log.recv(8192).decode().rstrip("\0\n")
        priority, text = re.fullmatch(r"<(\d+)>.{15} (.*)", line).groups()
        print("facility=%d" % (int(priority) >> 3), re.sub(r"\[\d+\]", "[PID]", text))
except BlockingIOError:
    pass
PYTHON
}
who="by uid=0(root)"
logged saslpasswd -c -f "$DB" -u "$REALM" -m PLAIN,CRAM-MD5 ann
is "$(cat "$WORK/log")" "facility=10 saslpasswd[PID]: created user=ann realm=$REALM mech=CRAM-MD5,PLAIN file=$DB $who" "create"
SUDO_USER=$'eve\nx' logged saslpasswd -f "$DB" -u "$REALM" -m PLAIN ann 2>/dev/null
is "$(cat "$WORK/log")" "facility=10 saslpasswd[PID]: changed user=ann realm=$REALM mech=PLAIN file=$DB $who sudo_user=eve\\x0ax" "set, by sudo"
logged saslpasswd -d -f "$DB" -u "$REALM" -m PLAIN ann
is "$(cat "$WORK/log")" "facility=10 saslpasswd[PID]: deleted user=ann realm=$REALM mech=PLAIN file=$DB $who" "delete a mechanism"
logged saslpasswd -d -f "$DB" -u "$REALM" -m PLAIN ann
is "$(cat "$WORK/log")" "" "no change, no line"
logged saslpasswd -d -f "$DB" -u "$REALM" ann
is "$(cat "$WORK/log")" "facility=10 saslpasswd[PID]: deleted user=ann realm=$REALM mech=CRAM-MD5 file=$DB $who" "delete"
logged gsasldb repair -f "$DB"
is "$(cat "$WORK/log")" "" "nothing to repair, no line"
rm "$WORK/.db.twin"
logged gsasldb repair -f "$DB"
is "$(cat "$WORK/log")" "facility=10 gsasldb[PID]: repaired twin file=$DB from=database $who" "repair the twin"
rm "$DB"
logged gsasldb repair -f "$DB" --from twin
is "$(cat "$WORK/log")" "facility=10 gsasldb[PID]: repaired database file=$DB from=twin $who" "repair the database"
umount -R /dev "$WORK/dev"

finish
