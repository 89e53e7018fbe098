#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A companion that somebody else has planted is refused, and what it points to is not touched.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m PLAIN
input hoge
echo precious >"$WORK/precious"
for companion in .db.twin .db.state; do
	rm "$WORK/$companion"
	ln -s precious "$WORK/$companion"
	run saslpasswd -c -f "$DB" -u "$REALM" bob
	fails 77 "$companion: is a symbolic link where a file of ours belongs: look where it leads, and move it to another folder; then gsasldb repair" "$companion: a symbolic link: create"
	run sasldblistusers -f "$DB"
	is_rc 0 "$companion: a symbolic link: the listing does without it"
	out_is "user: ann realm: $REALM mech: PLAIN" "$companion: and is whole"
	err_like "^sasldblistusers: warning: .*$companion: is a symbolic link" "$companion: and warns"
	rm "$WORK/$companion"
	ln "$WORK/precious" "$WORK/$companion"
	run saslpasswd -c -f "$DB" -u "$REALM" bob
	fails 77 "$companion: has a second name \(hard link\), so it is not used: make it a file of its own: cp -p .* && mv " "$companion: a hard link"
	rm "$WORK/$companion"
	run saslpasswd -f "$DB" -u "$REALM" ann
	succeeds "$companion: without it a change makes it again"
	ok "$companion: it is a file of its own" test -f "$WORK/$companion" -a ! -L "$WORK/$companion"
done
is "$(cat "$WORK/precious")" precious "the other file is as it was"

if [ "$(id -u)" -eq 0 ]; then
	chown 65534 "$WORK/.db.twin"
	run saslpasswd -f "$DB" -u "$REALM" ann
	fails 77 'db.twin: belongs to uid 65534 and not to the database.s owner' "another's file"

	# whoever may rename in the folder puts one of root's files there: its contents are not to become his
	rm "$WORK/.db.twin"
	chown 65534 "$DB" "$WORK/.db.state"
	for companion in .db.twin .db.state; do
		mv "$WORK/$companion" "$WORK/kept" 2>/dev/null
		(umask 077 && echo "root's secret" >"$WORK/$companion")
		before=$(stat -c '%u %g %a' "$WORK/$companion")
		for verb in "saslpasswd -f $DB -u $REALM ann" "gsasldb repair -f $DB" "gsasldb init -f $DB"; do
			# shellcheck disable=SC2086  # its words
			run $verb
			fails 77 "$companion: belongs to root, and the database does not, and it is none of its files, so it is not touched" \
				"$companion: one of root's: ${verb%% -*}"
		done
		is "$(stat -c '%u %g %a' "$WORK/$companion"):$(cat "$WORK/$companion")" "$before:root's secret" \
			"$companion: one of root's: it is as it was"
		rm "$WORK/$companion"
		mv "$WORK/kept" "$WORK/$companion" 2>/dev/null
	done
	run gsasldb repair -f "$DB"
	is_rc 0 "without it all is mended"
	is "$(stat -c %u "$WORK/.db.twin")" 65534 "for the database's owner"
else
	skip "others' files: needs root"
fi

finish
