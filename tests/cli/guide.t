#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The guide's commands: create hoge, and the listing that it shows.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
group=$(saslpasswd --help | sed -n 's/.*group of a new database \[\(.*\)\]$/\1/p')
getent group "$group" >/dev/null || skip_all "needs the group $group"

input hoge
run saslpasswd -f "$DB" -c -u zdnet.hoge.org hoge
succeeds "the user is created, and nothing is printed"

run sasldblistusers -f "$DB"
is_rc 0 "the listing ends with 0"
out_is "user: hoge realm: zdnet.hoge.org mech: CRAM-MD5
user: hoge realm: zdnet.hoge.org mech: DIGEST-MD5
user: hoge realm: zdnet.hoge.org mech: PLAIN
user: hoge realm: zdnet.hoge.org mech: SCRAM-SHA-1
user: hoge realm: zdnet.hoge.org mech: SCRAM-SHA-256" "one line for each mechanism, sorted"
is "$(stat -c '%a %U %G' "$DB")" "640 root $group" "the file is for root and the group"

run saslpasswd -f "$DB" -d -u zdnet.hoge.org hoge
succeeds "the user is deleted"
run sasldblistusers -f "$DB"
succeeds "nobody is left"

finish
