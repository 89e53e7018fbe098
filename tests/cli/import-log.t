#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import and the small verbs: each change is one line in the log, an import is one more.
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
ln -s /proc/self/fd "$WORK/dev/fd"
mount --rbind "$WORK/dev" /dev || skip_all "cannot mount over /dev"
cat >"$WORK/steps" <<STEPS
import -u $REALM --format colon -m CRAM-MD5 two
import -u $REALM --format colon -m CRAM-MD5 two
import -u $REALM --format colon -m CRAM-MD5 --replace-realm $REALM --dry-run three
import -u $REALM --format colon -m CRAM-MD5 --replace-realm $REALM three
import -u $REALM --format colon -m CRAM-MD5 bad
import -u r --format colon -m CRAM-MD5 many
init
disable -u $REALM ann
disable -u $REALM ann
enable -u $REALM ann
expire -u $REALM ann 2030-01-01
expire -u $REALM ann never
exists -u $REALM ann
compact
STEPS
cd "$WORK" || exit 99
printf '%s\n' ann:geheim bob:geheim >two
printf '%s\n' ann:neu cid:geheim >three
echo geheim >bad
seq 1 1200 | sed 's/.*/u&:geheim/' >many
python3 - >"$WORK/log" 2>"$WORK/errors" <<'PYTHON'
import os, re, socket, subprocess, threading
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
lines = []
def listen():
    while True:
        line = log.recv(8192)
        if line == b"end":
            return
        priority, text = re.fullmatch(r"<(\d+)>.{15} (.*)", line.decode().rstrip("\0\n")).groups()
        lines.append("%d %s" % (int(priority) >> 3, re.sub(r"\[\d+\]", "", text)))
for step in open("steps").read().splitlines():
    listener = threading.Thread(target=listen)
    listener.start()
    verb, *rest = step.split()
    subprocess.run(["gsasldb", verb, "-f", "db", *rest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    end.sendto(b"end", "/dev/log")
    listener.join()
    if len(lines) > 10:
        lines = lines[:1] + ["%d in all" % len(lines)] + lines[-1:]
    print("-", *lines, sep="\n")
    lines = []
PYTHON
umount -R /dev "$WORK/dev"
cd / || exit 99
by="file=db by uid=0(root)"
sed -i 's/ user=u[0-9]* / user=uN /' "$WORK/log"
is "$(sed -n '/^-/!p' "$WORK/log" | sed -n 1,3p | sort)" "10 gsasldb: added user=ann realm=$REALM $by
10 gsasldb: added user=bob realm=$REALM $by
10 gsasldb: imported added=2 changed=0 unchanged=0 removed=0 $by" "an import"
is "$(awk '/^-/ { n++ } n == 2' "$WORK/log")" "-" "unchanged: no line"
is "$(awk '/^-/ { n++ } n == 3' "$WORK/log")" "-" "--dry-run: no line"
is "$(awk '/^-/ { n++ } n == 4' "$WORK/log" | sort)" "-
10 gsasldb: added user=cid realm=$REALM $by
10 gsasldb: changed user=ann realm=$REALM $by
10 gsasldb: imported added=1 changed=1 unchanged=0 removed=1 $by
10 gsasldb: removed user=bob realm=$REALM $by" "all that an import can do"
is "$(awk '/^-/ { n++ } n == 5' "$WORK/log")" "-" "bad lines: no line"
is "$(awk '/^-/ { n++ } n == 6' "$WORK/log")" "-
10 gsasldb: added user=uN realm=r $by
1001 in all
10 gsasldb: imported added=1200 changed=0 unchanged=0 removed=0 $by" "many users: the first thousand, and how many"
is "$(awk '/^-/ { n++ } n >= 7' "$WORK/log")" "-
-
10 gsasldb: disabled user=ann realm=$REALM $by
-
-
10 gsasldb: enabled user=ann realm=$REALM $by
-
10 gsasldb: expires user=ann realm=$REALM $by
-
10 gsasldb: expires user=ann realm=$REALM $by
-
-
10 gsasldb: compacted $by" "the small verbs"
not_ok "no password is in it" grep -q geheim "$WORK/log"
is "$(cat "$WORK/errors")" "" "nothing went wrong"

finish
