#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages have the sections that readers look for, the messages of the source, and its exit codes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
cd "$SRCDIR" || bail "no sources"
sections=(NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES "EXIT STATUS" EXAMPLES DIAGNOSTICS "SEE ALSO" STANDARDS CAVEATS
	"SECURITY CONSIDERATIONS") # in mdoc's order
optional=" ENVIRONMENT STANDARDS CAVEATS "
codes=$(sed -nE 's/^	EXIT_[A-Z]+ = ([0-9]+).*/\1/p' tools/cli.h)

for page in man/*.[58]; do
	wanted=()
	for section in "${sections[@]}"; do
		[[ $optional == *" $section "* ]] && ! grep -qx "\.Sh $section" "$page" || wanted+=("$section")
	done
	is "$(sed -n 's/^\.Sh //p' "$page" | grep -xF "$(printf '%s\n' "${sections[@]}")")" "$(printf '%s\n' "${wanted[@]}")" \
		"$page: the sections, in mdoc's order"
	python3 tests/cli/messages.py "$page" lib/*.c plugin/*.c tools/*.c tools/import/*.c >"$WORK/messages"
	is "$?:$(grep -v '^ok ' "$WORK/messages")" "0:" "$page: its messages are those of the source"
	is "$(($(wc -l <"$WORK/messages") > 5))" 1 "$page: it has some"
	not_ok "$page: no version of ours in it" grep -nE 'gsasldb[ -][0-9]+\.[0-9]|version [0-9]' "$page"
done

# sasldblistusers makes nothing
for page in man/*.8; do
	possible=$codes
	[ "$page" != man/sasldblistusers.8 ] || possible=$(grep -vx 73 <<<"$codes")
	is "$(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh /p' "$page" | sed -nE 's/^\.It ([0-9]+)$/\1/p')" "$possible" "$page: the exit codes"
done
is "$(sed -n 's/^dist_man_MANS = //p' Makefile.am | tr ' ' '\n' | sort)" "$(printf '%s\n' man/*.[58])" "all pages are installed"

finish
