#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A database in the lower layer of an overlay, as in a container's image: a writer makes the file one of the upper
# layer, and programs that have it open follow, whether they may write it or not.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve.sh
. "$SRCDIR/tests/cli/serve.sh"

mount_begin

# $LOWER with a database, mounted with an empty upper layer at $TOP
overlay() { # NAME SAME(y: both layers in one file system) [bare: no companions]
	local dir=$M/$1
	LOWER=$dir/lower UPPER=$dir/upper/files TOP=$dir/top
	mkdir -p "$LOWER" "$dir/upper" "$TOP"
	[ "$2" = y ] || mount -t tmpfs none "$dir/upper" || skip_all "cannot mount a tmpfs"
	mkdir "$UPPER" "$dir/upper/work"
	set_password first "$LOWER/db"
	chgrp 65534 "$LOWER/db" && chmod 640 "$LOWER/db"
	set_password first "$LOWER/db" # which gives the companions to that group
	if [ "${3:-}" = bare ]; then
		rm "$LOWER"/.db.*
	fi
	md5sum "$LOWER/db" >"$WORK/lower"
	mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$dir/upper/work" "$TOP" ||
		skip_all "cannot mount an overlay"
	DB=$TOP/db
}

upper() {
	find "$UPPER" -type f -printf '%f\n' | sort | xargs
}

# follow WHAT SERVER ...: changes by the tools are seen by the servers that were started before; at the end the
# database is replaced by a copy of the last but one
follow() { # WHAT SERVER...
	local name
	set_password second
	for name in "${@:2}"; do
		login_becomes in "$name" second "$1: the copy-up is followed: $name"
		login_is no "$name" first "$1: and the old password is gone: $name"
	done
	set_password third
	for name in "${@:2}"; do
		login_is in "$name" third "$1: the next change is seen at once: $name"
	done
	is "$(upper)" ".db.state .db.twin db" "$1: all files are in the upper layer"
	printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5 bob
	gsasldb compact -f "$DB"
	for name in "${@:2}"; do
		is "$(login "$name" bob hoge) $(login "$name" ann third)" "in in" "$1: compacted: $name"
	done
	ok "$1: the lower layer is as it was" md5sum -c --quiet "$WORK/lower"
	cp -a "$DB" "$TOP/saved"
	set_password fourth
	mv "$TOP/saved" "$DB"
}

overlay one y
serve one "$DB" 65534
serve mapped "$DB" 65534 "gsasldb_map: yes"
login_is in one first "read from the lower layer"
login_is in mapped first "mapped from the lower layer"
is "$(upper)" "" "who may not write leaves it there"
follow "one file system" one mapped

# then a file's number changes with the copy-up
overlay two n
serve two "$DB" 65534
login_is in two first "two file systems: read from the lower layer"
follow "two file systems" two

overlay root n
serve root "$DB"
is "$(upper)" ".db.state .db.twin db" "who may write brings it up when it is opened"
serve late "$DB" 65534
follow "brought up" root late

overlay bare n bare
serve bare "$DB" 65534
login_is in bare first "without companions: read from the lower layer"
follow "without companions" bare

# follow() has replaced each database by its copy
for name in one mapped two root late bare; do
	login_becomes in $name third "replaced: followed: $name"
	login_is no $name fourth "replaced: and nobody else gets in: $name"
done

# an overlay without an upper layer: a container that is read-only
overlay ro y
mkdir "$M/empty"
umount "$TOP"
mount -t overlay overlay -o "lowerdir=$LOWER:$M/empty" "$TOP" || skip_all "cannot mount an overlay"
serve ro "$DB"
login_is in ro first "read-only: read"
input hoge
run saslpasswd -c -f "$DB" -u "$REALM" bob
fails 77 'top/db: cannot be written: Read-only file system' "read-only: a write"

finish
