#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What users pay, ours against the stock sasldb (Berkeley DB), in turn, in one run: make bench
#
#   bench/bench.sh [--sizes "1000 100000 1000000"] [--rounds 3] [PART ...]
#
# Parts: lookups floor processes writers writes tools list load schemes calls; all if none is named.  Each result
# is a line of CSV on standard output: PART,WHAT,USERS,BACKEND,ROUND,DONE,FAILED,MEAN,P50,P99,P999,WORST,CPU,MEMORY
# (microseconds of one; KB).  bench/report.py makes a table and ratios of it, bench/plot.sh the pictures.
# Needs some 1.5 GB in TMPDIR, for a million users; installs nothing.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
BUILDDIR=$(cd "${BUILDDIR:-.}" && pwd)
LOGINS=$BUILDDIR/bench/logins FLOOR=$BUILDDIR/bench/floor
PATH=$BUILDDIR:$PATH:/usr/sbin:/sbin
SIZES="1000 100000 1000000" ROUNDS=3
MIDDLE=100000 # where one size is enough
[ "${1-}" != --sizes ] || { SIZES=$2 MIDDLE=${2%% *}; shift 2; }
[ "${1-}" != --rounds ] || { ROUNDS=$2; shift 2; }
PARTS=${*:-lookups floor processes writers writes tools list load schemes calls}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/gsasldb-bench.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

main() {
	local part
	look_for_tools
	make_plugins
	for size in $SIZES; do
		make_databases "$size"
	done
	for part in $PARTS; do
		echo "$part" >&2
		"part_$part"
	done
}

look_for_tools() {
	local missing=''
	command -v db_load >/dev/null || missing="$missing db-util"
	command -v saslpasswd2 >/dev/null || missing="$missing sasl2-bin"
	command -v strace >/dev/null || missing="$missing strace"
	for STOCK in /usr/lib/*/sasl2 /usr/lib/sasl2; do
		[ ! -e "$STOCK/libsasldb.so" ] || break
	done
	[ -e "$STOCK/libsasldb.so" ] || missing="$missing libsasl2-modules-db"
	[ -e "$STOCK/libscram.so" ] || missing="$missing libsasl2-modules"
	[ -z "$missing" ] || { echo "bench: Debian packages that are missing:$missing" >&2; exit 78; }
}

# A folder for each backend, with the stock mechanisms: nothing else is loaded.
make_plugins() {
	local backend
	for backend in ours stock memory; do
		mkdir "$WORK/$backend"
		ln -s "$STOCK"/lib{crammd5,digestmd5,scram}.so "$WORK/$backend/"
	done
	ln -s "$BUILDDIR/.libs/libgsasldb.so" "$WORK/ours/"
	ln -s "$STOCK/libsasldb.so" "$WORK/stock/"
	ln -s "$BUILDDIR/bench/.libs/memory.so" "$WORK/memory/libmemory.so"
}

make_databases() { # USERS
	python3 "$HERE/same_users.py" jsonl "$1" | gsasldb import -f "$WORK/ours-$1" >/dev/null
	python3 "$HERE/same_users.py" sasldb "$1" | db_load "$WORK/stock-$1"
}

# How logins is to be called for a backend, in the array command.
logins() { # BACKEND USERS ARGUMENT...
	local options=("pwcheck_method: auxprop" "log_level: 0") dir=$1 option
	case $1 in
	ours | ours-mapped)
		dir=ours
		options+=("auxprop_plugin: gsasldb" "gsasldb_path: $WORK/ours-$2" "gsasldb_mechs: PLAIN:smd5")
		[ "$1" = ours ] || options+=("gsasldb_map: yes")
		;;
	stock) options+=("auxprop_plugin: sasldb" "sasldb_path: $WORK/stock-$2") ;;
	memory | memory-readable)
		dir=memory
		options+=("auxprop_plugin: memory")
		[ "$1" = memory ] || options+=("memory_readable: yes")
		;;
	esac
	command=("$LOGINS" --plugins "$WORK/$dir" --users "$2")
	for option in "${options[@]}"; do
		command+=(--option "$option")
	done
	command+=("${@:3}")
}

csv() { # PART WHAT USERS BACKEND ROUND; a line of logins on standard input
	sed "s/ /,/g; s/^/$1,$2,$3,$4,$5,/"
}

run() { # PART WHAT USERS BACKEND ROUND ARGUMENT...
	local command
	logins "$4" "$3" "${@:6}"
	"${command[@]}" | csv "${@:1:5}"
}

# ---- the parts ----

# Many short rounds in turn: on a shared machine the least disturbed one of each counts.
part_lookups() {
	local size what backend round count
	for size in $SIZES; do
		for what in checkpass CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256; do
			for ((round = 1; round <= 4 * ROUNDS; round++)); do
				for backend in ours stock ours-mapped memory memory-readable; do
					count=20000
					[ $backend != stock ] || count=4000
					# from a readable password a SCRAM secret has to be computed
					case $what/$backend in SCRAM-*/stock | SCRAM-*/memory-readable) count=20 ;; esac
					run lookups $what "$size" $backend "$round" --do $what --count $count
				done
			done
		done
	done
}

part_floor() {
	local size round
	for size in $SIZES; do
		for ((round = 1; round <= 2 * ROUNDS; round++)); do
			"$FLOOR" fetch "$WORK/ours-$size" "$size" 200000 |
				awk -v s="$size" -v r="$round" '{ print "floor,fetch," s "," $1 "," r ",200000,0,," $2 ",,,,," }'
		done
	done
}

part_processes() {
	local processes backend
	for processes in 1 2 4 8; do
		for backend in ours ours-mapped stock; do
			run processes "$processes" "$MIDDLE" $backend 1 --do checkpass --processes "$processes" --count 20000
		done
	done
}

# Eight processes of 20 lookups a second, beside one that writes so often a second.
part_writers() {
	local rate backend writer command
	for backend in ours ours-mapped stock; do
		for rate in 0 1 10 100 flat-out; do
			writer=
			if [ $rate != 0 ]; then
				logins $backend "$MIDDLE" --do change --count 1000000 --seconds 14 --first 20000000
				[ $rate = flat-out ] || command+=(--rate "$rate")
				"${command[@]}" >"$WORK/writer" &
				writer=$!
			fi
			run writers "$rate" "$MIDDLE" $backend 1 --do checkpass --processes 8 --rate 20 --seconds 10 --count 1000000
			if [ -n "$writer" ]; then
				wait "$writer"
				csv writers "write-beside-$rate" "$MIDDLE" $backend 1 <"$WORK/writer"
			fi
		done
	done
}

part_writes() {
	local size round backend
	for ((round = 1; round <= ROUNDS; round++)); do
		for size in $SIZES; do
			for backend in ours stock; do
				run writes new "$size" $backend "$round" --do set --count 200 --first $((10000000 + round * 1000))
				run writes same-again "$size" $backend "$round" --do set --count 200 --first $((10000000 + round * 1000))
				run writes changed "$size" $backend "$round" --do change --count 200 --first $((10000000 + round * 1000))
			done
			cp "$WORK/ours-$size" "$WORK/floor"
			"$FLOOR" store "$WORK/floor" 200 |
				awk -v s="$size" -v r="$round" '{ print "writes,new," s ",floor," r ",200,0,," $2 ",,,,," }'
			rm "$WORK/floor"
		done
	done
}

# COMMAND ... takes so many microseconds, by the wall clock.
time_of() {
	local begin=${EPOCHREALTIME/./}
	"$@" >/dev/null 2>&1 </dev/null || { echo "failed: $*" >&2; return 1; }
	echo $((${EPOCHREALTIME/./} - begin))
}

line() { # PART WHAT USERS BACKEND ROUND MICROSECONDS
	echo "$1,$2,$3,$4,$5,1,0,$6,$6,$6,$6,$6,,"
}

delete_one() { saslpasswd -d -m CRAM-MD5 -f "$WORK/ours-$MIDDLE" -u example.test "user$1"; }

set_one_stock() { printf 'tuna melt' | saslpasswd2 -p -f "$WORK/stock-$MIDDLE" -u example.test "user$1"; }

part_tools() {
	local round
	for ((round = 1; round <= 10; round++)); do
		line tools "delete-one-mechanism" "$MIDDLE" ours $round "$(time_of delete_one $round)"
		line tools "set" "$MIDDLE" stock $round "$(time_of set_one_stock $round)"
	done
}

part_list() {
	local size round
	for size in $SIZES; do
		for ((round = 1; round <= ROUNDS; round++)); do
			line list list "$size" ours "$round" "$(time_of sasldblistusers -f "$WORK/ours-$size")"
			line list list "$size" stock "$round" "$(time_of sasldblistusers2 -f "$WORK/stock-$size")"
			line list list-bare "$size" floor "$round" \
				"$(time_of sh -c "gdbmtool --read-only --quiet '$WORK/ours-$size' list | LC_ALL=C sort")"
			line list export "$size" ours "$round" "$(time_of gsasldb export -f "$WORK/ours-$size")"
		done
	done
}

part_load() {
	local size backend
	for size in $SIZES; do
		for backend in ours ours-mapped stock memory; do
			run load load "$size" $backend 1 --do load --count 100
		done
	done
}

# What PLAIN costs with each scheme that is made here.
part_schemes() {
	local scheme
	for scheme in PLAIN PLAIN:bcrypt PLAIN:sha512crypt PLAIN:sha256crypt SCRAM-SHA-256 SCRAM-SHA-1; do
		rm -f "$WORK/ours-1" "$WORK"/.ours-1.*
		printf 'tuna melt' | saslpasswd -c -f "$WORK/ours-1" -u example.test -m $scheme user0 2>/dev/null
		run schemes $scheme 1 ours 1 --do PLAIN --count 20
	done
}

# System calls of one lookup: those of 2,000 less those of 1,000.
part_calls() {
	local backend
	for backend in ours ours-mapped stock; do
		echo "calls,checkpass,$MIDDLE,$backend,1,1000,0,,$((($(calls_of $backend 2000) - $(calls_of $backend 1000)) / 1000)),,,,,"
	done
}

calls_of() { # BACKEND COUNT
	local command
	logins "$1" "$MIDDLE" --do checkpass --count "$2"
	strace -f -qq -c -o "$WORK/strace" "${command[@]}" >/dev/null
	awk '$NF == "total" { print $4 }' "$WORK/strace"
}

main
