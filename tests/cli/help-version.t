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

run gsasldb --help
is_rc 0 "gsasldb --help: exit code"
out_like "^usage: gsasldb VERB " "gsasldb --help: usage"
is "$(cat "$WORK/err")" "" "gsasldb --help: nothing on standard error"
verbs=$(sed -n 's/^  \([a-z]*\)  .*/\1/p' "$WORK/out")
is "$(gsasldb -h)" "$(gsasldb --help)" "gsasldb -h: the same"
not_ok "gsasldb --help fits 85 columns" grep -nE '^.{86}' "$WORK/out"
for option in -V --version; do
	run gsasldb "$option"
	is_rc 0 "gsasldb $option: exit code"
	out_like '^gsasldb \(gsasldb\) [0-9]+\.[0-9]+' "gsasldb $option: version"
done
is "$(wc -w <<<"$verbs")" 12 "gsasldb --help: the verbs"
for verb in $verbs; do
	run gsasldb "$verb" --help
	is_rc 0 "gsasldb $verb --help: exit code"
	out_like "^usage: gsasldb $verb " "gsasldb $verb --help: usage"
	is "$(cat "$WORK/err")" "" "gsasldb $verb --help: nothing on standard error"
	sed 1d "$WORK/out" >"$WORK/help"
	not_ok "gsasldb $verb --help fits 85 columns" grep -nE '^.{86}' "$WORK/help"
done

finish
