#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every long option does what its short one does.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
input hoge
run saslpasswd --create --pipe --no-plaintext --mechanisms PLAIN,CRAM-MD5 --realm "$REALM" --file "$DB" \
	--group daemon --wait 5 ann
succeeds "create"
is "$(stat -c %G "$DB")" daemon "--group"
mechs_are "CRAM-MD5 PLAIN" ann "--mechanisms and --realm"
run saslpasswd --delete --if-exists --file "$DB" --realm "$REALM" bob
succeeds "--delete --if-exists"
run saslpasswd --delete --file "$DB" --realm "$REALM" ann
succeeds "--delete"
printf 'gsasldb_path: %s\n' "$DB" >"$WORK/x.conf"
run sasldblistusers --appname "$WORK/x.conf" --count
out_is 0 "--appname"

finish
