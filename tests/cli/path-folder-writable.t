#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Root is warned of a folder in which others may put another file in the database's place: everybody, its group, its owner.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
input hoge

# warned MODE OWNER REGEX NAME: a user is created in a folder of that mode and owner, with that warning, or none;
# and once the command that it names was run there is none any more
warned() {
	local folder=$WORK/folder remedy

	rm -rf "$folder"
	mkdir "$folder"
	chown "$2:$2" "$folder"
	chmod "$1" "$folder"
	run saslpasswd -c -f "$folder/db" -u "$REALM" -m CRAM-MD5 ann
	if [ -z "$3" ]; then
		succeeds "$4: no warning"
		return
	fi
	is_rc 0 "$4: the user is created"
	is "$(wc -l <"$WORK/err")" 1 "$4: one warning"
	err_like "^saslpasswd: warning: $folder/db: $3" "$4: it says who may do what"
	remedy=$(sed 's/.*: //' "$WORK/err")
	run sh -c "$remedy"
	run saslpasswd -c -f "$folder/db" -u "$REALM" -m CRAM-MD5 bob
	succeeds "$4: after \"$remedy\" none"
}
warned 755 0 "" "root's folder"
warned 757 0 'is in a folder that everybody may write.*chmod o-w .*/folder$' "everybody's but the group's"
warned 775 0 'is in a folder that its group may write, so the group may replace it: chmod g-w .*/folder$' "the group's folder"
warned 755 65534 'is in a folder that belongs to uid 65534, who may replace it: chown root .*/folder$' "another's folder"

mkdir "$WORK/own"
chown 65534:65534 "$WORK/own"
run as_nobody saslpasswd -c -f "$WORK/own/db" -u "$REALM" -m CRAM-MD5 ann
succeeds "somebody's own database in his own folder"
run saslpasswd -c -f "$WORK/own/db" -u "$REALM" -m CRAM-MD5 bob
succeeds "nor is root warned of that"

finish
