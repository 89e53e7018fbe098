#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From gsasl --mkpasswd, which prints all but the user's name.

set -u
# shellcheck source=tests/migration/lib.sh
. "$(dirname "$0")/lib.sh"
migration_begin 60 gsasl

mkpasswd_line() { # BETWEEN MECH USER PASSWORD [OPTION...]
	printf '%s%b%s\n' "$3" "$1" "$(gsasl --mkpasswd --mechanism "$2" --password "$4" "${@:5}")"
}

{
	mkpasswd_line : SCRAM-SHA-1 one hoge
	mkpasswd_line : SCRAM-SHA-256 "two@$REALM" "Größe 7 €"
	mkpasswd_line : SCRAM-SHA-1 both hoge
	mkpasswd_line : SCRAM-SHA-256 both hoge
	mkpasswd_line '\t' SCRAM-SHA-256 fewer hoge --iteration-count 4096
} >"$WORK/lines"
imports "gsasl --mkpasswd" "added 4" "$WORK/lines" -u "$REALM" --format gsasl
logs_in SCRAM-SHA-1 one hoge PLAIN LOGIN SCRAM-SHA-1
logs_in "SCRAM-SHA-256, not ASCII" two "Größe 7 €" PLAIN LOGIN SCRAM-SHA-256
logs_in "SCRAM-SHA-1 and -256" both hoge PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256
verifies "SCRAM-SHA-256, 4096 iterations" fewer hoge PLAIN LOGIN SCRAM-SHA-256
tap_is "$(sasldblistusers -f "$DB" --json one | grep -o '"iterations":[^,}]*' | tr -d ' ')" '"iterations":65536' \
	"its iterations are kept"
imports "gsasl --mkpasswd, recognised" "unchanged 4" "$WORK/lines" -u "$REALM"
mkpasswd_line : SCRAM-SHA-1 both other >>"$WORK/lines"
refuses "two that contradict each other" "both@$REALM" "$WORK/lines" -u "$REALM"
head -n 1 "$WORK/lines" | head -c 60 >"$WORK/cut"
refuses "line that is cut off" "line 1: " "$WORK/cut" -u "$REALM" --format gsasl
tap_end
