#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The second copy of a change fails, or its writer is killed; then a copy that was made before is restored by cp.
# Within two seconds every server follows: one that runs, one in a chroot, one that nobody asks meanwhile, and one that
# is started then.
# STRESS_LONG=yes (make check-fault) kills after each change of the files.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=../cli/serve.sh
. "$SRCDIR/tests/cli/serve.sh"
# shellcheck source=lib.sh
. "$SRCDIR/tests/fault/lib.sh"

need_root # for a chroot
need_trace
FOLLOW=2000 # ms

set_to() { # PASSWORD COMMAND ...: the command reads it
	printf '%s' "$1" >"$IN"
	"${@:2}" <"$IN" >"$OUT" 2>&1
}

change=(saslpasswd -m CRAM-MD5 -u "$REALM" ann)

# Changes ann's password to gamma, as the name of the case says; $acknowledged: yes, no, or unknown
disturbed() { # HOW N
	case $1 in
	kill)
		printf gamma >"$IN"
		halted "$2" "${change[@]/#saslpasswd/$BUILDDIR/saslpasswd}" -f "$DB"
		case $ended in
		killed) acknowledged=unknown ;;
		"ended 0 "*) acknowledged=yes ;;
		*) acknowledged=no ;;
		esac
		;;
	*)
		acknowledged=no
		if [ "$1" = sync ]; then
			set_to gamma failing "$CALL_SYNC" "$2" "$FAIL_ONCE" "$EIO" "${change[@]}" -f "$DB"
		else
			set_to gamma failing "$CALL_SYNC" "$2" "$FAIL_EVER" "$EIO" "${change[@]}" -f "$DB"
		fi && acknowledged=yes
		! grep -q 'may be in effect' "$OUT" || acknowledged=unknown
		;;
	esac
}

# What the servers say, with commas between.
everybody() { # USER PASSWORD ...
	echo "$(answers running "$@"),$(answers jailed "$@"),$(fresh "$@")"
}

# The copy has the password before the last, or the last one.
one_case() { # early|late-HOW-N
	local when how n wanted said running jailed fresh
	IFS=- read -r when how n <<<"$1"
	set_password alpha && cp "$DB" "$CASE/early"
	set_password beta && cp "$DB" "$CASE/late"
	mkdir "$CASE/jail"
	serve running "$DB"
	serve idle "$DB"
	serve jailed "$DB"
	go_into jailed "$CASE/jail"
	note_is "$(answers running ann alpha beta gamma), $(answers jailed ann alpha beta gamma)" "no in no, no in no" \
		"before it the last password is accepted"
	disturbed "$how" "$n"
	case $acknowledged in
	yes) wanted="no no in" ;;
	no) wanted="no in no" ;;
	*) # either, but all the same
		wanted=$(fresh ann alpha beta gamma)
		[[ $wanted = "no in no" || $wanted = "no no in" ]]
		note_is $? 0 "an unfinished change shows wholly or not at all: $wanted"
		;;
	esac
	note_is "$(fresh ann alpha beta gamma)" "$wanted" "acknowledged: $acknowledged: a fresh server"
	note_is "$(answers running ann alpha beta gamma)" "$wanted" "acknowledged: $acknowledged: a running one"
	note_is "$(answers jailed ann alpha beta gamma)" "$wanted" "acknowledged: $acknowledged: one in a chroot"
	note_is "$(answers idle ann alpha beta gamma)" "$wanted" "acknowledged: $acknowledged: another one"

	cp "$CASE/$when" "$DB"
	wanted="in no no"
	[ "$when" = early ] || wanted="no in no"
	restored=$(now_ms)
	# all are asked all the time
	said=$(becomes "$wanted,$wanted,$wanted" "$FOLLOW" everybody ann alpha beta gamma)
	IFS=, read -r running jailed fresh <<<"$said"
	note_is "$running" "$wanted" "the copy is followed within two seconds: running"
	note_is "$jailed" "$wanted" "the copy is followed within two seconds: jailed"
	note_is "$fresh" "$wanted" "the copy is followed within two seconds: fresh"
	# one that nobody asks meanwhile
	while [ "$(now_ms)" -lt $((restored + FOLLOW)) ]; do
		sleep 0.05
	done
	note_is "$(answers idle ann alpha beta gamma)" "$wanted" "the copy is followed within two seconds: the first asked then"
	set_to hoge saslpasswd -c -m CRAM-MD5 -u "$REALM" bob -f "$DB"
	note_is "$? $(cat "$OUT")" "0 " "the next change"
	note_is "$(answers running ann alpha beta gamma) $(login running bob hoge)" "$wanted in" "then: a running server"
	note_is "$(answers jailed ann alpha beta gamma) $(login jailed bob hoge)" "$wanted in" "then: one in a chroot"
	note_is "$(fresh ann alpha beta gamma) $(fresh bob hoge)" "$wanted in" "then: a fresh one"
	rm "${DB%/*}"/.db.*
	note_is "$(fresh ann alpha beta gamma) $(fresh bob hoge)" "$wanted in" "then: the database alone"
}

# How many changes one makes that nobody disturbs.
case_begin measure
set_password alpha
printf beta >"$IN"
halted 1000000 "${change[@]/#saslpasswd/$BUILDDIR/saslpasswd}" -f "$DB"
total=${ended##* }
WORK=${CASE%/*} DB=$WORK/db
trap 'rm -rf "$WORK"' EXIT
[[ $ended = "ended 0 "* ]] || bail "saslpasswd: $ended"

names=()
if [ -n "${STRESS_LONG:-}" ]; then
	for when in early late; do
		for ((n = 1; n <= total; n++)); do names+=("$when-kill-$n"); done
		for n in 1 2 3 4 5 6 7 8; do names+=("$when-sync-$n" "$when-syncs-$n"); done
	done
else
	names=(early-sync-2 late-sync-3 early-sync-4 late-sync-5 late-syncs-3 early-syncs-4)
	# behind the commit: the last half and more of the changes are
	for ((n = total; n > total / 3; n -= 2)); do names+=("early-kill-$n"); done
	names+=("late-kill-$((total - 4))" "late-kill-5")
fi
cases one_case "${names[@]}"

finish
