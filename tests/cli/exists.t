#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb exists: 0 or 1, and nothing else; what it and its sisters say of users that are not there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

create ann -m CRAM-MD5
run gsasldb exists -f "$DB" -u "$REALM" ann
succeeds "he is there"
run gsasldb exists -f "$DB" "ann@EXAMPLE.test"
succeeds "by another spelling of the realm"
gsasldb disable -f "$DB" -u "$REALM" ann
run gsasldb exists -f "$DB" -u "$REALM" ann
succeeds "disabled is there"
for user in "bob@$REALM" "Ann@$REALM" ann@other.test; do
	run gsasldb exists -f "$DB" "$user"
	is_rc 1 "$user: exit code 1"
	is "$(cat "$WORK/out" "$WORK/err")" "" "nothing is printed"
done
files=$(files)
for verb in disable enable expire; do
	date=()
	[ "$verb" != expire ] || date=(never)
	run gsasldb "$verb" -f "$DB" -u "$REALM" bob "${date[@]}"
	fails 1 "^gsasldb: bob@$REALM: no such user in $DB\$" "$verb: no such user"
done
is "$(files)" "$files" "nothing was written"
for verb in exists disable enable expire; do
	date=()
	[ "$verb" != expire ] || date=(never)
	run gsasldb "$verb" -f "$WORK/none" -u "$REALM" ann "${date[@]}"
	fails 66 "^gsasldb: $WORK/none: No such file" "$verb: no database: 66"
	not_ok "$verb: none is made" test -e "$WORK/none"
	run gsasldb "$verb" -f "$DB" -u "$REALM" 'a@b' "${date[@]}"
	fails 65 '^gsasldb: realm: "example.test" was asked for' "$verb: two realms: 65"
	run gsasldb "$verb" -f "$DB" -u "$REALM" ' a' "${date[@]}"
	fails 65 'begins or ends with a space' "$verb: no name: 65"
	run gsasldb "$verb" -f "$SRCDIR/COPYING" -u "$REALM" ann "${date[@]}"
	fails 65 'is not a GDBM file' "$verb: another file: 65"
	run gsasldb "$verb" -a no-such-program -u "$REALM" ann "${date[@]}"
	fails 78 '^gsasldb: ' "$verb: no conf file: 78"
done
mkdir "$WORK/conf"
printf 'gsasldb_path: %s\n' "$DB" >"$WORK/conf/prog.conf"
SASL_CONF_PATH=$WORK/conf run gsasldb exists -a prog -u "$REALM" ann
succeeds "-a"
gsasldb exists -f "$DB" ann 2>"$WORK/err"
is $? 1 "without a realm it is the host's"
err_like '^gsasldb: realm: [^ ]* \(the host.s name; -u chooses another\)' "and that is said"
if command -v flock >/dev/null; then
	exec 9<>"$DB"
	flock 9
	for verb in "disable -u $REALM ann" "enable -u $REALM ann" "expire -u $REALM ann never" init compact; do
		# shellcheck disable=SC2086  # words
		run gsasldb ${verb%% *} -f "$DB" --wait 0 ${verb#"${verb%% *}"}
		fails 75 'db: another program has held it for 0 seconds: try again' "$verb: somebody holds it: 75"
	done
	run gsasldb exists -f "$DB" -u "$REALM" ann
	succeeds "exists does not wait"
	exec 9>&-
else
	skip "needs flock"
fi

finish
