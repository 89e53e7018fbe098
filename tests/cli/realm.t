#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The realm: -u, user@realm, or the host's name with a notice; it is folded to lower case.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_namespace
need hostname
hostname mail.Example.test || skip_all "cannot set the host's name"
input hoge

run saslpasswd -c -f "$DB" -m PLAIN ann
is_rc 0 "no realm is given"
err_is "saslpasswd: realm: mail.example.test (the host's name; -u chooses another)" "a notice says which is used"
run saslpasswd -d -f "$DB" ann
err_is "saslpasswd: realm: mail.example.test (the host's name; -u chooses another)" "also for -d"

run saslpasswd -c -f "$DB" -m PLAIN bob@B.test
succeeds "user@realm needs no notice"
run saslpasswd -c -f "$DB" -m PLAIN -u c.test carl
succeeds "nor does -u"
run saslpasswd -c -f "$DB" -m PLAIN -u D.test dora@d.TEST
succeeds "-u and user@realm that agree"
run sasldblistusers -f "$DB"
out_is "user: bob realm: b.test mech: PLAIN
user: carl realm: c.test mech: PLAIN
user: dora realm: d.test mech: PLAIN" "the realms"
run saslpasswd -c -f "$DB" -u c.test dora@d.test
fails 65 'realm: "c.test" was asked for, but the user name says "d.test"' "-u and user@realm that differ"
run saslpasswd -f "$DB" -u C.TEST carl
succeeds "a realm in another case is the same realm"

finish
