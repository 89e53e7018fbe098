#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The completion for bash knows what the tools know; and the manual pages have every option.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../completions/gsasldb.bash
. "$SRCDIR/completions/gsasldb.bash"

# completes "WORD ..." "REPLY ..." NAME: of the line, the last word of which is completed
completes() {
	# shellcheck disable=SC2206 # words are wanted
	COMP_WORDS=($1)
	[ "${1% }" = "$1" ] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_gsasldb "${COMP_WORDS[0]}"
	is "$(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)" "$2" "$3"
}

create ann -m SCRAM-SHA-1
REALM=b.test create bob -m SCRAM-SHA-1
completes "gsasldb ex" "exists expire export" "verbs"
completes "gsasldb import --form" --format "a verb's option"
completes "gsasldb import --format s" "sasldb sasldb1" "formats of import"
completes "gsasldb export --format " "dovecot jsonl postgres" "formats of export"
completes "saslpasswd -m SCRAM-SHA-2" "SCRAM-SHA-224 SCRAM-SHA-256" "mechanisms"
completes "saslpasswd -m PLAIN,CR" "PLAIN,CRAM-MD5" "mechanisms after a comma"
completes "saslpasswd -f $DB " "ann bob" "users of that database"
completes "gsasldb disable -f $DB b" "bob" "of those that begin so"
completes "sasldblistusers -f $DB -u " "b.test example.test" "realms"
completes "sasldblistusers -f $DB ann @ ex" "example.test" "the realm of a user"
completes "gsasldb stat -f $DB " "" "no user where none is meant"
completes "gsasldb import -f $WORK/d" "$WORK/db" "files"
completes "gsasldb verify --as-user roo" "root" "the system's users"
completes "gsasldb nonsense --f" "" "nothing of a verb that there is not"

# Every option of every command.
for command in saslpasswd sasldblistusers $(gsasldb --help | sed -nE 's/^  ([a-z]+)  .*/gsasldb:\1/p'); do
	words=${command/:/ }
	options=$($words --help | grep -oE '^ +(-., )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sort)
	completes "$words --" "$(xargs <<<"$options")" "$words: every option is completed, and no other"
	page=$SRCDIR/man/${command%%:*}.8 missing=''
	for option in $options; do
		grep -qE -- "^\.(It|Op|Fl|.*) ?.*Fl -${option#--}([^a-z0-9-]|$)" "$page" || missing="$missing $option"
	done
	is "$missing" "" "$words: the manual page has every option"
done
is "$(printf '%s\n' $(cur='' _gsasldb_mechs) | grep -v LOGIN | xargs)" \
	"$(saslpasswd -m ROT13 x 2>&1 | sed -n 's/.*there are: //p')" "all mechanisms"

finish
