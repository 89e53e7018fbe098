#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -h and -V print to standard output and end with 0.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

for tool in saslpasswd sasldblistusers; do
	for option in -h --help; do
		run "$tool" "$option"
		is_rc 0 "$tool $option: exit code"
		out_like "^usage: $tool " "$tool $option: usage"
		is "$(cat "$WORK/err")" "" "$tool $option: nothing on standard error"
	done
	for option in -V --version; do
		run "$tool" "$option"
		is_rc 0 "$tool $option: exit code"
		out_like "^$tool \(gsasldb\) [0-9]+\.[0-9]+" "$tool $option: version"
	done
	"$tool" --help | sed 1d >"$WORK/help"
	not_ok "$tool --help fits 85 columns" grep -nE '^.{86}' "$WORK/help"
done

finish
