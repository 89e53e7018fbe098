#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What gsasldb import costs: ready-made verifiers against bare GDBM, and hashing on all cores against one.
#
#   bench/import.sh [USERS [PASSWORDS]]     1,000,000 and 200 if not given; BUILDDIR is the build tree
#
# Ratios are of one run.  Needs some 4 KB of disk for each user, in TMPDIR.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
BUILDDIR=$(cd "${BUILDDIR:-.}" && pwd)
PATH=$BUILDDIR:$PATH
USERS=${1:-1000000} PASSWORDS=${2:-200}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/gsasldb-bench.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

seconds() { # COMMAND...: how long it takes; its output goes to $WORK/out
	local begin=$EPOCHREALTIME
	"$@" >"$WORK/out"
	echo "$EPOCHREALTIME $begin" | awk '{ printf "%.2f", $1 - $2 }'
}

ratio() { # A B
	echo "$1 $2" | awk '{ printf "%.2f", $1 / $2 }'
}

verifiers() {
	local ours bare list again memory
	python3 "$HERE/make_users.py" "$USERS" >"$WORK/users.jsonl"
	ours=$(seconds /usr/bin/time -o "$WORK/memory" -f %M gsasldb import -f "$WORK/db" "$WORK/users.jsonl")
	memory=$(cat "$WORK/memory")
	[ "$(sasldblistusers -f "$WORK/db" --count)" = "$USERS" ]
	bare=$(seconds "$BUILDDIR/bench/bare_store" "$WORK/db" "$WORK/bare")
	bare=$(cat "$WORK/out")
	list=$(seconds sasldblistusers -f "$WORK/db")
	again=$(seconds gsasldb import -f "$WORK/db" "$WORK/users.jsonl")
	echo "$USERS users with five ready-made verifiers each"
	echo "  import                          $ours s, $memory KB of memory ($((memory * 1024 / USERS)) bytes a user)"
	echo "  bare gdbm_store, unsorted       $bare s: ratio $(ratio "$ours" "$bare")"
	echo "  import again, nothing to do     $again s"
	echo "  list, sorted                    $list s"
}

passwords() {
	local all one
	seq "$PASSWORDS" | sed 's/.*/user&:password &/' >"$WORK/passwords"
	all=$(seconds gsasldb import --format colon -u example.test -f "$WORK/all" "$WORK/passwords")
	one=$(seconds taskset -c 0 gsasldb import --format colon -u example.test -f "$WORK/one" "$WORK/passwords")
	echo "$PASSWORDS users with passwords, default mechanisms"
	echo "  import on $(nproc) cores               $all s"
	echo "  import on one core              $one s: ratio $(ratio "$one" "$all")"
}

[ "$USERS" = 0 ] || verifiers
[ "$PASSWORDS" = 0 ] || passwords
