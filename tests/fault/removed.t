#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A restored copy does not have a user.  The servers follow it; nobody writes; more copies come in, one after the
# other, each slowly.  He never logs in again, at no server, whenever it was started; and who is in every copy is never
# told that there is no such user.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=../cli/serve.sh
. "$SRCDIR/tests/cli/serve.sh"
# shellcheck source=lib.sh
. "$SRCDIR/tests/fault/lib.sh"

need_root # for a chroot
need python3
FOLLOW=2000 # ms
PAUSES=(0.1 0.6 2.5 0.2 1.1) # after each copy
PARTS=(50 0 5 25 95) # percent of it that are written before it pauses
ROUNDS=1
[ -z "${STRESS_LONG:-}" ] || ROUNDS=6

mkdir "$WORK/d" "$WORK/jail"
DB=$WORK/d/db
python3 "$SRCDIR/bench/make_users.py" 400 >"$WORK/users.jsonl"
gsasldb import -f "$DB" "$WORK/users.jsonl" >/dev/null || bail "cannot import"
set_password hoge # ann: she is in all of them
for i in 0 1 2 3 4 5; do
	printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5,SCRAM-SHA-256 "other$i" || bail "other$i"
	cp "$DB" "$WORK/copy$i"
done
printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5 gone || bail "gone"

# As cp does it, but with a pause in the midst.
slow_copy() { # FROM SECONDS PERCENT
	local part=$(($(stat -c %s "$1") * $3 / 100))
	{
		head -c "$part" "$1"
		sleep "$2"
		tail -c "+$((part + 1))" "$1"
	} >"$DB"
}

# Each answer is a line of a log: "BEGIN END USER ANSWER", in ms.
watch_running() { # NAME
	local begin user answer
	while [ ! -e "$WORK/stop" ]; do
		for user in gone ann; do
			begin=$(now_ms)
			answer=$(login "$1" $user hoge)
			echo "$begin $(now_ms) $user $answer"
		done
		sleep 0.003
	done >"$WORK/$1.answers"
}

watch_fresh() { # NAME
	local begin gone ann
	while [ ! -e "$WORK/stop" ]; do
		begin=$(now_ms)
		read -r gone ann <<<"$(printf '%s hoge\n' gone ann | "$BUILDDIR/tests/plugin/serve" "$DB" 2>/dev/null |
			tail -n +2 | xargs)"
		echo "$begin $(now_ms) gone $gone"
		echo "$begin $(now_ms) ann $ann"
	done >"$WORK/$1.answers"
}

# Fewer words, but no program is sooner at work.
watch_exists() { # NAME
	local begin answer
	while [ ! -e "$WORK/stop" ]; do
		begin=$(now_ms)
		gsasldb exists -f "$DB" -u "$REALM" gone 2>/dev/null
		case $? in
		0) answer=in ;;
		1) answer=no ;;
		*) answer=later ;;
		esac
		echo "$begin $(now_ms) gone $answer"
	done >"$WORK/$1.answers"
}

serve running "$DB"
serve second "$DB"
serve jailed "$DB"
go_into jailed "$WORK/jail"
running=(running second jailed)
all=(running second jailed fresh exists)

for reader in "${running[@]}"; do
	login_is in "$reader" hoge "$reader: gone is there" gone
done

login_everywhere() { # USER PASSWORD
	echo "$(login running "$@") $(login second "$@") $(login jailed "$@")"
}

one_round() { # HOW: the first copy comes in
	local begin end i reader got enough watchers=()
	rm -f "$WORK/stop" "$WORK/copies"
	begin=$(now_ms)
	case $1 in
	cp) cp "$WORK/copy0" "$DB" ;;
	slowly) slow_copy "$WORK/copy0" 0.2 50 ;;
	esac
	end=$(now_ms)
	echo "$begin $end" >"$WORK/copies"
	got=$(becomes "no no no" $((FOLLOW - ($(now_ms) - end))) login_everywhere gone hoge)
	is "$got" "no no no" "$1: two seconds after a copy without him gone is refused everywhere"
	for reader in "${running[@]}"; do
		watch_running "$reader" &
		watchers+=($!)
	done
	watch_fresh fresh &
	watchers+=($!)
	watch_exists exists &
	watchers+=($!)
	sleep 0.3
	for i in 1 2 3 4 5; do
		begin=$(now_ms)
		slow_copy "$WORK/copy$i" "0.1$((i * 2 - 1))" "${PARTS[i - 1]}"
		echo "$begin $(now_ms)" >>"$WORK/copies"
		sleep "${PAUSES[i - 1]}"
	done
	sleep 1.5
	: >"$WORK/stop"
	wait "${watchers[@]}"
	for reader in "${all[@]}"; do
		# one that is started for each answer may wait for the copy
		enough=20
		[[ $reader != fresh && $reader != exists ]] || enough=5
		got=$(grep -c ' gone ' "$WORK/$reader.answers")
		result $((got < enough)) "$1: $reader: it was asked often enough ($got)"
		got=$(grep -c ' gone in$' "$WORK/$reader.answers")
		is "$got" 0 "$1: $reader: gone never logs in again"
		[ "$reader" != exists ] || continue
		got=$(grep -c ' ann no$' "$WORK/$reader.answers")
		is "$got" 0 "$1: $reader: ann is never told that there is no such user"
		got=$(grep -c ' ann in$' "$WORK/$reader.answers")
		result $((got < enough)) "$1: $reader: and often logs in ($got)"
		# "try again" is an answer while a copy comes in, and until it must have been followed
		got=$(awk -v follow=$FOLLOW 'NR == FNR { b[NR] = $1; e[NR] = $2 + follow; n = NR; next }
			$3 == "ann" && $4 != "in" { for (i = 1; i <= n && ($2 < b[i] || $1 > e[i]); i++); count += i > n }
			END { print count + 0 }' "$WORK/copies" "$WORK/$reader.answers")
		is "$got" 0 "$1: $reader: and is told to try again only where a copy came in less than two seconds ago"
	done
}

for ((round = 0; round < ROUNDS; round++)); do
	[ $round = 0 ] || printf hoge | saslpasswd -c -f "$DB" -u "$REALM" -m CRAM-MD5 gone || bail "gone"
	one_round "$([ $((round % 2)) = 0 ] && echo cp || echo slowly)"
done

finish
