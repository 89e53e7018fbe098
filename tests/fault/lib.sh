# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
#
# What the scripts of tests/fault share that let server programs (tests/cli/serve.sh) run beside tools that are
# stopped, killed or whose calls fail.  Sourced after tests/cli/lib.sh and serve.sh.

HALT=$BUILDDIR/tests/fault/halt
CALL_SYNC=4 # of enum call in failing.h
FAIL_ONCE=0 FAIL_EVER=1
EIO=5
BESIDE=6 # cases that run at the same time

need_trace() {
	"$HALT" '?' >/dev/null || skip_all "no program can be traced here"
}

now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# failing CALL N WAY ERROR COMMAND ...: the n-th call of a kind fails in it
failing() {
	ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0 FAILING="$1 $2 $3 $4 " LD_PRELOAD=$BUILDDIR/tests/fault/.libs/failing.so "${@:5}"
}

# halted CHANGES COMMAND ...: killed after so many changes of the folder of $DB, reading $WORK/in; its end goes to
# $ended: "killed" or "ended CODE CHANGES"
halted() {
	ended=$("$HALT" "$1" "${DB%/*}" "$IN" "$OUT" "${@:2}" </dev/null | tail -n 1)
}

# halt_begin CHANGES COMMAND ...: the same, but it is only stopped, and goes on standing there until halt_end;
# $ended: "stopped", or "ended CODE CHANGES" if it made no more changes
halt_begin() {
	mkfifo "$WORK/halt.in" "$WORK/halt.out"
	"$HALT" "$1" "${DB%/*}" "$IN" "$OUT" "${@:2}" <"$WORK/halt.in" >"$WORK/halt.out" &
	exec {halt_in}>"$WORK/halt.in" {halt_out}<"$WORK/halt.out"
	read -r -t 60 ended <&"$halt_out" || bail "nothing is stopped"
}

# halt_end kill|go
halt_end() {
	echo "$1" >&"$halt_in"
	read -r -t 60 ended <&"$halt_out"
	exec {halt_in}>&- {halt_out}<&-
}

# go_into NAME FOLDER: the server goes into that chroot
go_into() {
	local line
	printf '%s\n' "$2" >&"${SERVE_IN[$1]}"
	read -r -t 60 line <&"${SERVE_OUT[$1]}" || line=nothing
	[ "$line" = chrooted ] || bail "the server $1 says $line"
}

# fresh USER PASSWORD ...: what a server that is started now says to each password: "in no"
fresh() {
	local user=$1
	shift
	printf "$user %s\n" "$@" | "$BUILDDIR/tests/plugin/serve" "$DB" 2>/dev/null | tail -n +2 | xargs
}

# answers NAME USER PASSWORD ...: the same of one that runs
answers() {
	local name=$1 user=$2 password said=''
	shift 2
	for password; do
		said="$said $(login "$name" "$user" "$password")"
	done
	echo "${said# }"
}

# becomes WANTED MS COMMAND ...: waits until the command says it, for so long; else prints what it says then
becomes() {
	local wanted=$1 end=$(($(now_ms) + $2)) got
	shift 2
	while got=$("$@") && [ "$got" != "$wanted" ]; do
		[ "$(now_ms)" -lt "$end" ] || { echo "$got"; return; }
		sleep 0.05
	done
	echo "$got"
}

# ---- cases side by side ----

# case_begin NAME: in a subshell: a folder, a database and streams of its own; what it finds goes to its results by
# note_is GOT EXPECTED TEXT
case_begin() {
	CASE=$WORK/$1
	mkdir "$CASE"
	DB=$CASE/db IN=$CASE/in OUT=$CASE/out WORK=$CASE
	mkdir "$CASE/d"
	DB=$CASE/d/db
	: >"$CASE/in"
	: >"$CASE/results"
	trap - EXIT
}

note_is() {
	if [ "$1" = "$2" ]; then
		echo "0 $3"
	else
		echo "1 $3 (got: $1; must be: $2)"
	fi >>"$CASE/results"
}

# cases FUNCTION NAME ...: runs it for each name, some at a time, then tells what they found
cases() {
	local function=$1 name status text
	shift
	for name; do
		while [ "$(jobs -rp | wc -l)" -ge $BESIDE ]; do
			wait -n
		done
		(case_begin "$name" && $function "$name" && echo "end" >>"$CASE/results") >"$WORK/said.$name" 2>&1 &
	done
	wait
	for name; do
		while read -r status text; do
			[ "$status" = end ] || result "$status" "$name: $text"
		done <"$WORK/$name/results"
		tail -n 1 "$WORK/$name/results" | grep -qx end
		result $? "$name: came to its end" "$(cat "$WORK/said.$name")"
		rm -rf "${WORK:?}/$name"
	done
}
