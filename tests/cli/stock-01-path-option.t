#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The stock sasldb freed a borrowed string when a path was set (faults 1, 3 and 5): our tools take it
# each way, many times.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

printf 'gsasldb_path: %s\n' "$DB" >"$WORK/prog.conf"
input hoge
for option in "-f $DB" "-a $WORK/prog.conf" "-f $DB -f $DB" "-f $DB -a $WORK/prog.conf"; do
	# shellcheck disable=SC2086  # two arguments or more
	run saslpasswd -c $option -u "$REALM" -m PLAIN ann
	succeeds "saslpasswd -c $option"
	# shellcheck disable=SC2086
	run sasldblistusers $option --count
	out_is 1 "sasldblistusers $option"
	# shellcheck disable=SC2086
	run saslpasswd -d $option -u "$REALM" ann
	succeeds "saslpasswd -d $option"
done

finish
