#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What an ordinary user may and may not do; exit code 77 with the remedy.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
need setpriv
cp "$BUILDDIR/saslpasswd" "$BUILDDIR/sasldblistusers" "$WORK/"
create ann -g daemon
input hoge
run as_nobody "$WORK/sasldblistusers" -f "$DB"
fails 77 'db: Permission denied \(run as root' "he may not list root's file"
run as_nobody "$WORK/saslpasswd" -f "$DB" -u "$REALM" ann
fails 77 'db: Permission denied \(run as root' "nor change it"
run as_nobody "$WORK/saslpasswd" -d -f "$DB" -u "$REALM" ann
fails 77 'db: Permission denied \(run as root' "nor delete from it"
run as_nobody "$WORK/saslpasswd" -c -f "$WORK/his" -u "$REALM" ann
fails 77 'cannot be written: Permission denied \(run as root' "nor make one in root's folder"

chmod 604 "$DB" "$WORK/.db.twin" "$WORK/.db.state"
run as_nobody "$WORK/sasldblistusers" -f "$DB" --count
out_is 1 "a file that he may read he may list"
run as_nobody "$WORK/saslpasswd" -f "$DB" -u "$REALM" ann
fails 77 'db: cannot be written: Permission denied \(run as root' "but not change: said before the password is asked for"

mkdir "$WORK/own"
chown 65534 "$WORK/own"
run as_nobody "$WORK/saslpasswd" -c -f "$WORK/own/db" -u "$REALM" ann
succeeds "in his own folder he makes his own"
run as_nobody "$WORK/saslpasswd" -d -f "$WORK/own/db" -u "$REALM" ann
succeeds "and deletes from it"

finish
