#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A server that cannot use the twin, beside a writer who stands still in the midst of a change: what is not committed
# is never answered, and who was there before is never refused.  Nor after that writer was killed.
# STRESS_LONG=yes (make check-fault) stops him after each change of the files.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=../cli/serve.sh
. "$SRCDIR/tests/cli/serve.sh"
# shellcheck source=lib.sh
. "$SRCDIR/tests/fault/lib.sh"

need_root
need_trace
BESIDE=20 # they wait most of the time

change=("$BUILDDIR/saslpasswd" -m CRAM-MD5 -u "$REALM" ann)

hide() { # HOW
	case $1 in
	unreadable) chmod 600 "$DIR/.db.twin" ;;
	both-unreadable) chmod 600 "$DIR/.db.twin" "$DIR/.db.state" ;;
	removed) rm "$DIR/.db.twin" ;;
	both-removed) rm "$DIR/.db.twin" "$DIR/.db.state" ;;
	esac
}

# ask PASSWORD: of a server that is started now, as somebody who may read the database alone
ask() {
	printf 'ann %s\n' "$1" | "$BUILDDIR/tests/plugin/serve" "$DB" 65534 2>/dev/null | tail -n 1
}

# Both at once: each may wait for a lock.
ask_both() {
	ask gamma >"$CASE/gamma" &
	local first=$!
	ask beta >"$CASE/beta"
	wait "$first"
	new=$(cat "$CASE/gamma") old=$(cat "$CASE/beta")
}

judge() { # WHEN
	if [ "$full" = "in no" ]; then # beta, gamma: not committed
		note_is "${new/later/no}" no "$1: what is not committed is not answered"
		note_is "${old/later/in}" in "$1: the password from before is accepted, or told to try again"
	else
		note_is "${new/later/in}" in "$1: what is committed is answered, or told to try again"
		note_is "${old/later/no}" no "$1: the password from before is not accepted"
	fi
}

one_case() { # HOW:CHANGES
	DIR=${DB%/*}
	set_password beta
	chmod 644 "$DB"
	set_password beta
	chmod 755 "$CASE" "$DIR"
	serve full "$DB"
	printf gamma >"$IN"
	halt_begin "${1#*:}" "${change[@]}" -f "$DB"
	full=$(answers full ann beta gamma)
	[[ $full = "in no" || $full = "no in" ]]
	note_is $? 0 "a server with the twin answers: $full"
	hide "${1%:*}"
	ask_both
	judge "he stands still"
	[ "$ended" != stopped ] || halt_end kill
	ask_both
	judge "he was killed"
}

case_begin measure
set_password beta
printf gamma >"$IN"
halted 1000000 "${change[@]}" -f "$DB"
total=${ended##* }
WORK=${CASE%/*} DB=$WORK/db
trap 'rm -rf "$WORK"' EXIT
[[ $ended = "ended 0 "* ]] || bail "saslpasswd: $ended"

ways=(unreadable removed both-unreadable both-removed)
names=()
for ((n = 1; n <= total; n++)); do
	if [ -n "${STRESS_LONG:-}" ]; then
		names+=("${ways[@]/%/:$n}")
	else
		names+=("${ways[n % 2]}:$n")
		[ $((n % 3)) != 0 ] || names+=("${ways[2 + n / 3 % 2]}:$n")
	fi
done
cases one_case "${names[@]}"

finish
