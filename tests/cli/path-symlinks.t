#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A symbolic link is followed once, and the companions live beside its target; loops and dead ends are
# errors.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

mkdir "$WORK/real"
ln -s real/db "$WORK/link"
ln -s loop "$WORK/loop"
input hoge

run saslpasswd -c -f "$WORK/real/db" -u "$REALM" -m PLAIN ann
run saslpasswd -c -f "$WORK/link" -u "$REALM" -m PLAIN bob
succeeds "a write through a link"
ok "the link is still one" test -L "$WORK/link"
is "$(find "$WORK/real" -type f -printf '%f\n' | sort | tr '\n' ' ')" ".db.state .db.twin db " "the companions are beside the target"
is "$(sasldblistusers -f "$WORK/link" --count)" 2 "the listing follows it too"

run sasldblistusers -f "$WORK/loop"
fails 65 'loop: its symbolic links form a loop' "a loop: list"
run saslpasswd -c -f "$WORK/loop" -u "$REALM" ann
fails 65 'loop: its symbolic links form a loop' "a loop: create"

ln -s nowhere "$WORK/dead"
run sasldblistusers -f "$WORK/dead"
fails 66 'dead: ' "a dead end: list"
run saslpasswd -c -f "$WORK/dead" -u "$REALM" ann
fails 73 'dead: is a symbolic link to a file that is not there' "a dead end: create"

finish
