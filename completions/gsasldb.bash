# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# bash completion for saslpasswd, sasldblistusers and gsasldb.  The options are what each command's own --help
# says, so there is no list of them here.

# The long options of COMMAND [VERB], or with ARGUMENTS only those that take one, a line each; the short ones too.
_gsasldb_options() { # ""|arguments COMMAND [VERB]
	local kind=$1
	shift
	"$@" --help 2>/dev/null | sed -nE "s/^ {2,6}(-[[:alpha:]], )?(--[a-z0-9-]+)( [A-Z=]+)?  .*/\1\2\3/p" |
		if [ "$kind" = arguments ]; then sed -n 's/ [A-Z=]*$//p'; else sed 's/ [A-Z=]*$//'; fi | tr -d , | tr ' ' '\n'
}

# -f, --file, -a and --appname of the command line, so that its database is looked into.
_gsasldb_place() {
	local i
	place=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-f | --file | -a | --appname) place+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}") ;;
		esac
	done
}

# Users (1) or realms (2) of the first some hundred secrets in the database, if it may be read.
_gsasldb_names() { # FIELD
	local place
	_gsasldb_place
	sasldblistusers --tsv --unsorted "${place[@]}" 2>/dev/null | head -n 500 | cut -f"$1" | sort -u
}

# Takes from standard input, a line each, what the word to complete begins.
_gsasldb_reply() {
	local word
	while IFS= read -r word; do
		case $word in
		"$cur"*) COMPREPLY+=("$(printf %q "$word")") ;;
		esac
	done
}

_gsasldb_mechs() {
	local before=${cur%"${cur##*,}"}
	printf "$before%s\n" CLEARTEXT CRAM-MD5 DIGEST-MD5 LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 \
		SCRAM-SHA-384 SCRAM-SHA-512
}

# Programs with a conf file.
_gsasldb_appnames() {
	local conf
	for conf in /etc/postfix/sasl/*.conf /etc/sasl2/*.conf /etc/sasl/*.conf /usr/lib/sasl2/*.conf; do
		[ ! -e "$conf" ] || basename "$conf" .conf
	done
}

# What can be the argument of an option, a line each.
_gsasldb_argument() { # OPTION VERB
	case $1 in
	-m | --mechanisms) _gsasldb_mechs ;;
	-u | --realm | --replace-realm) _gsasldb_names 2 ;;
	-a | --appname) _gsasldb_appnames ;;
	-g | --group) compgen -g -- "$cur" ;;
	--as-user) compgen -u -- "$cur" ;;
	--format)
		[ "$2" != export ] || { printf '%s\n' jsonl dovecot postgres; return; }
		printf '%s\n' jsonl colon tsv crypt dovecot postgres gsasl sasldb sasldb1
		;;
	-f | --file | -o | --output) compgen -f -- "$cur" ;;
	--config-dir) compgen -d -- "$cur" ;;
	esac
}

# What can be an argument of the command itself.
_gsasldb_operand() { # PROGRAM VERB
	case $1:$2 in
	gsasldb:import) compgen -f -- "$cur" ;;
	saslpasswd: | sasldblistusers: | gsasldb:verify | gsasldb:exists | gsasldb:disable | gsasldb:enable | gsasldb:expire)
		_gsasldb_names 1
		;;
	esac
}

_gsasldb() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb='' command=("$1")
	COMPREPLY=()
	if [ "${1##*/}" = gsasldb ]; then
		if [ "$COMP_CWORD" = 1 ]; then
			_gsasldb_reply < <("$1" --help 2>/dev/null | sed -nE 's/^  ([a-z]+)  .*/\1/p')
			return
		fi
		verb=${COMP_WORDS[1]}
		command+=("$verb")
	fi
	case $cur in
	-*) _gsasldb_reply < <(_gsasldb_options "" "${command[@]}") ;;
	*)
		if [ "$previous" = @ ]; then # user@realm is three words to bash
			_gsasldb_reply < <(_gsasldb_names 2)
		elif _gsasldb_options arguments "${command[@]}" | grep -qxe "$previous"; then
			_gsasldb_reply < <(_gsasldb_argument "$previous" "$verb")
		else
			_gsasldb_reply < <(_gsasldb_operand "${1##*/}" "$verb")
		fi
		;;
	esac
}

complete -F _gsasldb saslpasswd sasldblistusers gsasldb
