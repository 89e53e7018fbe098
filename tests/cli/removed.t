#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A database that was removed, or emptied and without its state, while its twin has users: none is made anew in its place,
# and the message has both ways on; each of them works as it is printed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

TWIN=$WORK/.db.twin
echo '{"user":"carl","realm":"r","secrets":{}}' >"$WORK/import"
input hoge

anew() {
	rm -f "$WORK"/*db* "$WORK"/.db*
	create ann -m CRAM-MD5
	cp "$TWIN" "$WORK/twin"
}
removed() {
	rm "$DB"
}
emptied() {
	: >"$DB"
	rm "$WORK/.db.state"
}
making() { # saslpasswd | init | import
	case $1 in
	saslpasswd) run saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5 bob ;;
	init) run gsasldb init -f "$DB" ;;
	import) run gsasldb import -f "$DB" "$WORK/import" ;;
	esac
}
filled() {
	files | grep -v '^d41d8cd98f00b204e9800998ecf8427e '
}
# The command that the message begins with "gsasldb repair" or "mv".
printed() {
	sed -nE "s/.*($1[^,]*)(, or .*)?\$/\1/p" "$WORK/err"
}

for how in removed emptied; do
	for tool in saslpasswd init import; do
		anew
		$how
		before=$(filled)
		making $tool
		fails 73 "/db: was removed, but its twin $TWIN has users: bring them back with gsasldb repair -f $DB --from twin, or begin anew with mv " \
			"$how, $tool: refused, with both ways"
		is "$(filled)" "$before" "$how, $tool: nothing was changed"
		back=$(printed "gsasldb repair") begin=$(printed "mv ")
		run sh -c "$back"
		is_rc 0 "$how, $tool: the first: $back"
		is "$(sasldblistusers -f "$DB" --count)" 1 "$how, $tool: ann is back"
		making $tool
		is_rc 0 "$how, $tool: then it works"
		anew
		$how
		run sh -c "$begin"
		succeeds "$how, $tool: the second: $begin"
		making $tool
		is_rc 0 "$how, $tool: then it works, too"
		not_ok "$how, $tool: without ann" gsasldb exists -f "$DB" -u "$REALM" ann
		ok "$how, $tool: whose twin is kept" cmp "$DB.removed" "$WORK/twin"
	done
done

# ---- nobody is lost by beginning anew ----

rm -f "$WORK"/*db* "$WORK"/.db*
gsasldb init -f "$DB"
rm "$DB"
making saslpasswd
succeeds "a twin without users is in nobody's way"
rm "$DB"
making init
fails 73 'was removed, but its twin' "one with users is"
head -c 5000 /dev/zero >"$TWIN"
making init
fails 73 'was removed, but its twin' "so is one to which a copy was cut off"
head -c 5000 /dev/zero | tr '\0' x >"$TWIN"
making init
succeeds "what is no database is not"

finish
