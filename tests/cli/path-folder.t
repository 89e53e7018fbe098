#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A path that is a folder, a device or a FIFO: exit code 65, never an empty list, and no waiting.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

mkdir "$WORK/folder"
mkfifo "$WORK/fifo"
input hoge
for path in "$WORK/folder" "$WORK/folder/" /dev/null "$WORK/fifo"; do
	run timeout 20 sasldblistusers -f "$path"
	fails 65 "^sasldblistusers: [^:]*: is (a folder|not a regular file)" "list ${path##*/}"
	run timeout 20 saslpasswd -c -f "$path" -u "$REALM" ann
	fails 65 "^saslpasswd: [^:]*: is (a folder|not a regular file)" "create in ${path##*/}"
	run timeout 20 saslpasswd -d -f "$path" -u "$REALM" ann
	fails 65 "^saslpasswd: [^:]*: is (a folder|not a regular file)" "delete from ${path##*/}"
done
is "$(ls -A "$WORK/folder")" "" "nothing was made in the folder"

finish
