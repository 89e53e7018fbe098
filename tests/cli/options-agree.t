#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The code, --help, the manual pages and the completion have the same options, formats, findings and plugin options.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../completions/gsasldb.bash
. "$SRCDIR/completions/gsasldb.bash"

need python3
MAN=$SRCDIR/man

# agree "WANTED" "GOT" NAME: two lists, a word or a line each
agree() {
	is "$(printf '%s\n' "$2" | sort)" "$(printf '%s\n' "$1" | sort)" "$3"
}

# What the table in the source, a page or a synopsis says of a command: "-u --realm =", one a line.
for place in code page synopsis; do
	python3 "$SRCDIR/tests/cli/options.py" "$place" "$SRCDIR" >"$WORK/$place" || bail "options.py $place"
done
said_by() { # PLACE COMMAND
	sed -n "s/^$2 -/-/p" "$WORK/$1"
}

help_options() { # COMMAND...
	"$@" --help | sed -nE 's/^  (-.), (--[a-z0-9-]+) [A-Z=]+ +[^ ].*/\1 \2 =/p; t; s/^      (--[a-z0-9-]+) [A-Z=]+ +[^ ].*/\1 =/p; t
		s/^  (-.), (--[a-z0-9-]+)  .*/\1 \2/p; t; s/^      (--[a-z0-9-]+)  .*/\1/p'
}

# What TAB after "COMMAND -" offers, and which of that the completion thinks to have an argument.
completed() { # COMMAND...
	local words=("$@" -)
	COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE="${words[*]}"
	COMP_POINT=${#COMP_LINE}
	_gsasldb "$1"
	for word in "${COMPREPLY[@]}"; do
		if _gsasldb_options "$@" | grep -qxF -- "$word "; then printf "%s =\n" "$word"; else printf "%s\n" "$word"; fi
	done
}

# ---- options ----

mapfile -t commands < <(sed -nE 's/^([a-z]+( [a-z]+)?) -.*/\1/p' "$WORK/code" | sort -u)
agree "$(printf '%s\n' gsasldb saslpasswd sasldblistusers; sed -nE 's/^extern const struct verb verb_([a-z]+);/gsasldb \1/p' \
	"$SRCDIR/tools/gsasldb.h")" "$(printf '%s\n' "${commands[@]}")" "the commands"
agree "$(gsasldb --help | sed -nE 's/^  ([a-z]+)  .*/gsasldb \1/p')" "$(printf '%s\n' "${commands[@]}" | grep ' ')" \
	"gsasldb --help: the verbs"
agree "$(sed -nE '/^\.Sh DESCRIPTION/,/^\.Sh /s/^\.Ss ([a-z]+)$/gsasldb \1/p' "$MAN/gsasldb.8")" "$(printf '%s\n' "${commands[@]}" | grep ' ')" \
	"gsasldb(8): a section for each verb"
for command in "${commands[@]}"; do
	code=$(said_by code "$command")
	agree "$code" "$(said_by page "$command")" "$command: the options of its page"
	agree "$(sed -E 's/^(-[a-zA-Z]) --[a-z0-9-]+/\1/' <<<"$code")" "$(said_by synopsis "$command")" "$command: its synopsis"
	read -r -a words <<<"$command"
	[ "$command" = gsasldb ] || agree "$code" "$(help_options "${words[@]}")" "$command --help"
	agree "$(sed -E 's/^(-.) (--[a-z0-9-]+)( =)?$/\1\3\n\2\3/' <<<"$code")" "$(completed "${words[@]}")" "$command: the completion"
done

# ---- formats ----

# What the message about a wrong word says that there is.
there_are() { # COMMAND...
	"$@" 2>&1 </dev/null | sed -nE 's/^gsasldb: --format: must be (one of )?//p' | sed 's/,//g; s/ or / /' | tr ' ' '\n'
}
formats() { # VERB
	COMP_WORDS=(gsasldb "$1" --format "") COMP_CWORD=3 COMP_LINE="gsasldb $1 --format " COMP_POINT=$((17 + ${#1}))
	_gsasldb gsasldb
	printf '%s\n' "${COMPREPLY[@]}"
}
part() { # FROM: a section of gsasldb(8)
	sed -n "/^\.S[hs] $1\$/,/^\.S[hs] /p" "$MAN/gsasldb.8"
}
imports=$(there_are gsasldb import --format rot13) exports=$(there_are gsasldb export --format rot13)
agree "$(sed -nE 's/^const struct import_format .* = \{"([a-z0-9]+)".*/\1/p' "$SRCDIR"/tools/import/*.c)" "$imports" "import: the formats of the code"
agree "$imports" "$(part "IMPORT FORMATS" | sed -n 's/^\.It Cm //p')" "import: gsasldb(8)"
agree "$imports" "$(formats import)" "import: the completion"
agree "$imports" "$(gsasldb import --help | sed -n '/Formats:/,/^$/p' | sed -E 's/.*Formats://; s/\([^)]*\)//g' | tr -s ' ,.' '\n' |
	sed '/^$/d')" "import --help"
agree "$exports" "$(part export | sed -n 's/^\.It Cm //p')" "export: gsasldb(8)"
agree "$exports" "$(formats export)" "export: the completion"
agree "$exports" "$(gsasldb export --help | sed -nE 's/.*--format FORMAT +(.*) \[jsonl\]$/\1/p' | sed 's/,//; s/ or / /' | tr ' ' '\n')" \
	"export --help"

# ---- the plugin's options; what check finds ----

options=$(grep -oE 'get\(utils, "[a-z_]+"' "$SRCDIR/plugin/options.c" | cut -d'"' -f2 | sort -u)
agree "$options" "$(sed -n '/^\.Sh OPTIONS/,/^\.Sh /s/^\.It Cm //p' "$MAN/gsasldb.5")" "gsasldb(5): the plugin's options"
agree "$(grep ^gsasldb_ <<<"$options")" "$(sed -n '/^static const char \*const our_options/,/;/p' "$SRCDIR/tools/check/conf.c" |
	grep -oE '"gsasldb_[a-z]+"' | tr -d '"')" "gsasldb check knows them"
agree "$(sed -n 's/^	{SEVERITY_[A-Z]*, "\([a-z0-9-]*\)".*/\1/p' "$SRCDIR"/tools/check/*.c)" \
	"$(part check | sed -n '/^\.Cm id$/,$p' | sed -nE 's/^\.Cm (.*)/\1/p' | tr ' ' '\n' | grep -vx id)" "gsasldb(8): what check finds"

finish
