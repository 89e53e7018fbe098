#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The clock is a year ahead, once; a backup of all three files is made then, and the clock is set right.  The backup is
# put back in place, and somebody writes at once.  A running server never answers from before that.
# STRESS_LONG=yes (make check-fault) tries more numbers of writes between.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=../cli/serve.sh
. "$SRCDIR/tests/cli/serve.sh"
# shellcheck source=lib.sh
. "$SRCDIR/tests/fault/lib.sh"

YEAR=31536000
WRITES=4 # between the backup and its restoration: 0 to so many
[ -z "${STRESS_LONG:-}" ] || WRITES=16
BESIDE=8

ahead() { # COMMAND ...
	ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0 CLOCK_AHEAD=$YEAR LD_PRELOAD=$BUILDDIR/tests/fault/.libs/clock.so "$@"
}

set_ahead() { # PASSWORD
	printf '%s' "$1" | ahead "$BUILDDIR/saslpasswd" -c -f "$DB" -u "$REALM" -m CRAM-MD5 ann || bail "a clock ahead"
}

restore() { # HOW
	case $1 in
	cp) cp "$CASE/backup/db" "$DB" && cp "$CASE/backup/.db.twin" "$CASE/backup/.db.state" "${DB%/*}" ;;
	cp-p) cp -p "$CASE/backup/db" "$CASE/backup/.db.twin" "$CASE/backup/.db.state" "${DB%/*}" ;;
	esac
}

# HOW: what the backup is put back with; AFTER: who writes then: nobody, one, two
one_case() { # HOW:WRITES:AFTER
	local how writes after i saved wanted
	IFS=: read -r how writes after <<<"$1"
	mkdir "$CASE/backup"
	set_password first
	set_ahead backup
	note_is "$(gsasldb export -f "$DB" | grep -c '"changed":"'"$(date -u -d '+365 days' +%Y)")" 1 "the clock was ahead"
	cp -p "$DB" "${DB%/*}"/.db.* "$CASE/backup"
	saved=backup
	for ((i = 1; i <= writes; i++)); do
		saved=before
		set_password before
	done
	serve running "$DB"
	note_is "$(answers running ann "$saved" first)" "in no" "before: the last password"
	restore "$how"
	wanted="in no no"
	if [ "$after" != nobody ]; then
		wanted="no no in"
		[ "$after" != two ] || set_password between
		set_password after
		# acknowledged by now: at once
		note_is "$(answers running ann backup before after)" "$wanted" "at once: a running server"
	fi
	sleep 2
	for i in 1 2 3; do
		note_is "$(answers running ann backup before after)" "$wanted" "two seconds later, $i: a running server"
		note_is "$(fresh ann backup before after)" "$wanted" "two seconds later, $i: a fresh one"
		[ "$i" = 3 ] || sleep 0.4
	done
}

names=()
for how in cp cp-p; do
	for ((n = 0; n <= WRITES; n++)); do
		names+=("$how:$n:one")
		if [ -n "${STRESS_LONG:-}" ] || [ "$n" = 2 ]; then
			names+=("$how:$n:two")
		fi
	done
	names+=("$how:1:nobody")
done
cases one_case "${names[@]}"

finish
