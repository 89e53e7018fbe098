#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An import that is killed, that meets a full disk or another import: the old set or the new one, whole.
# STRESS_LONG=yes (make check-fault) kills more often, STRESS_SHORT=yes less.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
KILLS=50 # of each size
[ -z "${STRESS_SHORT:-}" ] || KILLS=10
[ -z "${STRESS_LONG:-}" ] || KILLS=500

# make_set NAME COUNT: $WORK/NAME.jsonl, and what an export of it is, NAME.set
make_set() {
	python3 "$SRCDIR/bench/make_users.py" "$2" "$1" |
		sed 's/}}$/},"created":"2026-01-01T00:00:00Z","changed":"2026-01-01T00:00:00Z"}/' >"$WORK/$1.jsonl"
	rm -f "$WORK"/tmp* "$WORK"/.tmp*
	gsasldb import -f "$WORK/tmp" "$WORK/$1.jsonl" >/dev/null || bail "cannot import $1"
	gsasldb export -f "$WORK/tmp" >"$WORK/$1.set"
}

import() { # NAME: so that the whole set is NAME
	exec gsasldb import -f "$DB" --replace-realm example.test "$WORK/$1.jsonl"
}

# Which of the sets the database holds now.
which_set() {
	local set
	gsasldb export -f "$DB" >"$WORK/now" 2>"$WORK/err" || { echo "failed: $(cat "$WORK/err")"; return; }
	for set; do
		! cmp -s "$WORK/now" "$WORK/$set.set" || { echo "$set"; return; }
	done
	echo "a mixture"
}

# More changes than are remembered one by one, and fewer.
for size in 1200 200; do
	make_set old $size
	make_set new $((size - size / 10))
	(import old) >/dev/null || bail "cannot import the first set"

	# a reader beside it all: user0 is in both sets
	(
		while [ ! -e "$WORK/stop" ]; do
			gsasldb exists -f "$DB" user0@example.test 2>>"$WORK/reader" || echo "exit code $?" >>"$WORK/reader"
			sleep 0.02
		done
	) &
	reader=$!
	# how long one takes, in ms; each that is done before its kill, or is not, corrects it
	begin=${EPOCHREALTIME/./}
	(import new) >/dev/null
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	next=old wrong='' killed=0 olds=0 news=0
	for ((i = 0; i < KILLS && ${#wrong} < 400; i++)); do
		import $next >/dev/null 2>&1 &
		pid=$!
		sleep "$(printf '0.%03d' $((RANDOM * took / 32768 % 1000)))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
		if [ $? -lt 128 ]; then
			took=$((took * 3 / 4 + 1))
		else
			killed=$((killed + 1)) took=$((took + took / 8 + 1))
		fi
		set=$(which_set old new)
		case $set in
		old) olds=$((olds + 1)) next=new ;;
		new) news=$((news + 1)) next=old ;;
		*) wrong="$wrong kill $i: $set;" ;;
		esac
	done
	: >"$WORK/stop"
	wait $reader
	rm "$WORK/stop"
	is "$wrong" "" "$size users, $killed of $KILLS killed: the old set ($olds) or the new one ($news), whole"
	result $((killed < KILLS / 3)) "enough of them were killed ($killed)"
	is "$(sort "$WORK/reader" 2>/dev/null | uniq -c)" "" "a reader beside it never failed"
	rm -f "$WORK/reader"
done

# Two at once, each with the whole realm: one after the other.
import old >"$WORK/one" 2>&1 &
one=$!
import new >"$WORK/two" 2>&1 &
two=$!
wait $one
is $? 0 "two imports at once: the first"
wait $two
is $? 0 "two imports at once: the second"
set=$(which_set old new)
ok "and the set is one of the two ($set)" test "$set" = old -o "$set" = new

# The temporary file of an input that does not fit into memory, and the database.
if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	skip "a full disk needs to make a mount namespace"
	finish
fi
make_set old 300
make_set new 4000
full_disk() { # SIZE: of a file system for the database
	# shellcheck disable=SC2016 # the inner shell's
	unshare -m sh -c 'mount -t tmpfs -o size=$1 none "$2/small" && cp "$2/start" "$2/small/db" &&
		{ gsasldb import -f "$2/small/db" --replace-realm example.test "$2/new.jsonl" >"$2/out" 2>"$2/err"
		echo $? >"$2/rc"; gsasldb export -f "$2/small/db" >"$2/now"; cat "$2/small/db" >"$2/left"; }' - "$1" "$WORK"
	rc=$(cat "$WORK/rc")
}
mkdir "$WORK/small"
rm -f "$DB" "$WORK"/.db*
(import old) >/dev/null
cp "$DB" "$WORK/start"
full_disk 1500k
fails 74 'No space left' "a full disk: exit code 74"
ok "and the old set" cmp "$WORK/now" "$WORK/old.set"
mkdir "$WORK/none"
# shellcheck disable=SC2016 # the inner shell's
run unshare -m sh -c 'mount -t tmpfs -o size=64k none "$1/none" && TMPDIR=$1/none gsasldb import -f "$1/db" \
	"$1/new.jsonl"' - "$WORK"
fails 74 'temporary file: .*TMPDIR.*No space left' "no room for the temporary file: exit code 74"
is "$(which_set old)" old "and the old set"

finish
