#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A pipe is read to its end, in however many pieces it comes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
cat >"$WORK/slowly.py" <<'PYTHON'
# slowly.py DB REALM PIECE ...: each piece is written when the one before has been read
import array, fcntl, subprocess, sys, termios, time
db, realm, *pieces = sys.argv[1:]
job = subprocess.Popen(["saslpasswd", "-c", "-f", db, "-u", realm, "ann"], stdin=subprocess.PIPE, bufsize=0)
for piece in pieces:
    job.stdin.write(piece.encode())
    waiting = array.array("i", [1])
    while waiting[0] and job.poll() is None:
        time.sleep(0.001)
        fcntl.ioctl(job.stdin, termios.FIONREAD, waiting)
job.stdin.close()
sys.exit(job.wait())
PYTHON
slowly() {
	run python3 "$WORK/slowly.py" "$DB" "$REALM" "$@"
}
slowly h o g e
succeeds "byte by byte"
password_is hoge ann "all of it is the password"
slowly 'first line' $'\r' $'\n'
succeeds "CR and LF in two pieces"
password_is 'first line' ann "one newline is dropped"
slowly $'a\n' b
succeeds "a line, and then more"
password_is $'a\nb' ann "the end of input is the end, not the first newline"

finish
