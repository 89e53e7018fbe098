#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A file of another kind: exit code 65, and it is left as it is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

input hoge
# foreign NAME REGEX: $WORK/file is refused by every command
foreign() {
	cp "$WORK/file" "$WORK/before"
	rm -f "$WORK"/.file.*
	run sasldblistusers -f "$WORK/file"
	fails 65 "$2" "$1: list"
	run saslpasswd -c -f "$WORK/file" -u "$REALM" ann
	fails 65 "$2" "$1: create"
	run saslpasswd -d -f "$WORK/file" -u "$REALM" ann
	fails 65 "$2" "$1: delete"
	ok "$1: it is left as it is" cmp "$WORK/file" "$WORK/before"
	not_ok "$1: it gets no companion" test -e "$WORK/.file.state" -o -e "$WORK/.file.twin"
}
# A Berkeley DB file has its magic number at offset 12, in the byte order of its maker.
berkeley() {
	{
		head -c 12 /dev/zero
		printf '%b' "$1"
		head -c 8176 /dev/zero
	} >"$WORK/file"
}
berkeley '\0142\0061\0005\0000'
foreign "Berkeley DB, btree, little endian" 'is a Berkeley DB file and not a GDBM file: .*import'
berkeley '\0000\0005\0061\0142'
foreign "Berkeley DB, btree, big endian" 'is a Berkeley DB file and not a GDBM file: .*import'
berkeley '\0141\0025\0006\0000'
foreign "Berkeley DB, hash, little endian" 'is a Berkeley DB file and not a GDBM file: .*import'
berkeley '\0000\0006\0025\0141'
foreign "Berkeley DB, hash, big endian" 'is a Berkeley DB file and not a GDBM file: .*import'
printf 'hoge:geheim\n' >"$WORK/file"
foreign "a text file" 'is not a GDBM file'
head -c 16384 /dev/urandom >"$WORK/file"
foreign "noise" 'is not a GDBM file'

finish
