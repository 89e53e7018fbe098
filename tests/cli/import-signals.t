#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb import: a signal ends it by that signal, and the old set stays.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need flock python3
create ann -m CRAM-MD5
awk 'BEGIN { for (i = 0; i < 15000; i++) printf "{\"user\":\"u%d\",\"realm\":\"r\",\"secrets\":{\"CRAM-MD5\":\"%064d\"}}\n", i, i }' >"$WORK/list"
waits_for_lock() { # $job has
	until [ "$(find "/proc/$job/fd" -lname '*.db.state' 2>/dev/null | wc -l)" -ge 2 ]; do
		kill -0 "$job" 2>/dev/null || bail "the import has not waited: $(cat "$WORK/err")"
	done
}

# the shell lets a job in the background ignore SIGINT; import-progress.t has ^C
exec 9<>"$WORK/.db.state"
flock 9
for signal in TERM HUP; do
	gsasldb import -f "$DB" </dev/null >"$WORK/out" 2>"$WORK/err" 9>&- &
	job=$!
	waits_for_lock
	kill -s "$signal" "$job"
	wait "$job"
	is $? $((128 + $(kill -l "$signal"))) "SIG$signal ends one that waits for the lock"
done
# as nohup starts it
echo '{"user":"hup","realm":"r","secrets":{"CLEARTEXT":"x"}}' >"$WORK/one"
(trap '' HUP && exec gsasldb import -f "$DB" "$WORK/one" 9>&-) </dev/null >"$WORK/out" 2>"$WORK/err" &
job=$!
waits_for_lock
kill -s HUP "$job"
exec 9>&-
wait "$job"
rc=$?
summary_is 1 0 0 0 "a SIGHUP that was ignored from the start stays so"
before=$(gsasldb export -f "$DB")
python3 - "$WORK/.db.state" gsasldb import -f "$DB" "$WORK/list" <<'PYTHON' >"$WORK/out" 2>"$WORK/err"
import signal, struct, subprocess, sys
for number in signal.SIGINT, signal.SIGTERM:
    signal.signal(number, signal.SIG_DFL)
    job = subprocess.Popen(sys.argv[2:])
    while True:
        with open(sys.argv[1], "rb") as state:
            if struct.unpack_from("=I", state.read(), 12)[0] == 1:      # the left is being written
                break
        assert job.poll() is None
    job.send_signal(number)
    print(job.wait(30) == -number)
PYTHON
out_is "True
True" "SIGINT, SIGTERM while it writes: it ends by that signal, and says no summary"
is "$(gsasldb export -f "$DB")" "$before" "the old set is there"
is "$(find "$WORK" -name '.sasldb.*')" "" "nothing is left behind"
run gsasldb import -f "$DB" "$WORK/list"
summary_is 15000 0 0 0 "and it can be done again"

finish
