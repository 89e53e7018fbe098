#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Another program holds the database: exit code 75 after --wait seconds; ^C counts meanwhile.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need flock
create ann -m PLAIN
input hoge
for file in "$DB" "$WORK/.db.state"; do
	exec 9<>"$file"
	flock 9
	run saslpasswd -f "$DB" -u "$REALM" --wait 0 ann
	fails 75 '/db: another program has held it for 0 seconds: try again' "${file##*/}: set, --wait 0"
	run saslpasswd -d -f "$DB" -u "$REALM" --wait 1 ann
	fails 75 '/db: another program has held it for 1 seconds: try again' "${file##*/}: delete, --wait 1"
	exec 9>&-
	run saslpasswd -f "$DB" -u "$REALM" --wait 0 ann
	succeeds "${file##*/}: once it is free"
done

exec 9<>"$DB"
flock 9
saslpasswd -f "$DB" -u "$REALM" ann <"$WORK/in" 9>&- &
job=$!
until grep -q saslpasswd "/proc/$job/comm"; do :; done
kill -TERM "$job"
wait "$job"
is $? $((128 + 15)) "SIGTERM ends a waiting writer"
run sasldblistusers -f "$DB" --count
out_is 1 "a reader does not wait"
exec 9>&-

finish
