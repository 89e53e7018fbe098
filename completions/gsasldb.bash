# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# bash completion for saslpasswd, sasldblistusers and gsasldb.  The options are what each command's own --help
# says, so there is no list of them here.  Nothing of the bash-completion package is needed but its loader.
#
# In all functions: words, the command line up to the cursor as the shell will split it; cur, what is to be
# completed; head, what stands before cur in the same word and stays ("--format=").

# bash splits at @, : and = too: puts together what has no blank between.
_gsasldb_words() {
	local line=${COMP_LINE:0:COMP_POINT} part before='' i
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		part=${COMP_WORDS[i]}
		if [ "$i" -gt 0 ] && [[ $line != [[:blank:]]* && $part$before == *[@:=]* ]]; then
			[ "$i" -lt "$COMP_CWORD" ] || part=$line # the cursor may be inside it
			words[-1]+=$part
		else
			line=${line#"${line%%[![:blank:]]*}"}
			[ "$i" -lt "$COMP_CWORD" ] || part=$line
			words+=("$part")
		fi
		line=${line#"$part"} before=
		[[ $part != [@:=]* ]] || before=$part
	done
}

# The options of a command, a line each, with a space after those that take an argument.
_gsasldb_options() { # COMMAND [VERB]
	"$@" --help 2>/dev/null </dev/null | sed -nE '
		s/^ {2,6}(-[[:alnum:]]), (--[a-z0-9-]+) [A-Z=]+ .*/\1 \n\2 /p; t
		s/^ {2,6}(-[[:alnum:]]), (--[a-z0-9-]+)  .*/\1\n\2/p; t
		s/^ {2,6}(--[a-z0-9-]+) [A-Z=]+ .*/\1 /p; t
		s/^ {2,6}(--[a-z0-9-]+)  .*/\1/p'
}

# Of the command line: place, the -f and -a of it, so that its database is looked into; realm, its -u; operands,
# how many there are before cur; plain, that there was a --.
_gsasldb_scan() { # FIRST
	local i word value
	place=() realm='' operands=0 plain=''
	for ((i = $1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		if [ -n "$plain" ] || [[ $word != -?* ]]; then
			operands=$((operands + 1))
		elif [ "$word" = -- ]; then
			plain=yes
		elif [[ $word == --*=* || $options == *$'\n'"$word "$'\n'* ]]; then
			value=${word#*=}
			[[ $word == --*=* ]] || value=${words[++i]}
			value=${value//[\"\'\\]/} # what is quoted in a more clever way is not found
			value=${value/#\~\//$HOME/}
			case ${word%%=*} in
			-f | --file) place+=(-f "$value") ;;
			-a | --appname) place+=(-a "$value") ;;
			-u | --realm) realm=$value ;;
			esac
		fi
	done
}

# users or realms of a database that may be read and is small enough to be quick; of names that the shell would not
# take as they are, none.
_gsasldb_names() { # KIND
	sasldblistusers --tsv --unsorted ${realm:+-u "$realm"} "${place[@]}" 2>/dev/null </dev/null |
		awk -F '\t' -v kind="$1" -v realm="$realm" '
			NR > 5000 { too_many = 1; exit }
			{ name = kind == "realms" ? $2 : realm != "" ? $1 : $1 "@" $2 }
			name !~ /[\001-\040!"#$&\047()*;<>?\133\134\135^`{|}~]/ { seen[name] = 1 }
			END { if (!too_many) for (name in seen) print name }'
}

# The next of a list: mechanisms that are not in it yet; after "PLAIN:" the schemes.
_gsasldb_mechs() { # VERB
	local before=${cur%"${cur##*,}"} mech mechs
	mechs=(CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512)
	if [ "$1" = verify ]; then mechs+=(LOGIN); else mechs+=(CLEARTEXT); fi
	[[ $1 == verify || ${cur##*,} != PLAIN:* ]] ||
		mechs=(PLAIN:{yescrypt,gost-yescrypt,scrypt,bcrypt,sha512crypt,sha256crypt,smd5})
	for mech in "${mechs[@]}"; do
		[[ ,$before == *",$mech"[,:]* ]] || printf '%s\n' "$before$mech"
	done
}

# Programs with a conf file where -a looks for it.
_gsasldb_appnames() {
	local dir dirs conf
	IFS=: read -r -a dirs <<<"${SASL_CONF_PATH-/etc/sasl2:/etc/sasl:/usr/lib/sasl2}"
	[ ! -e /etc/postfix/sasl/smtpd.conf ] || echo smtpd
	for dir in "${dirs[@]}"; do
		for conf in "$dir"/*.conf; do
			[ ! -e "$conf" ] || { conf=${conf##*/}; printf '%s\n' "${conf%.conf}"; }
		done
	done
}

# Offers those lines of standard input that begin with cur.
_gsasldb_reply() {
	local word c breaks='' full=$head$cur quote=''
	case $cur in
	[\"\']*) quote=${cur:0:1} ;; # then nothing splits the word
	*) for c in @ : =; do [[ $COMP_WORDBREAKS != *$c* ]] || breaks+=$c; done ;;
	esac
	local kept=${full%"${full##*["${breaks:- }"]}"}
	kept=${kept%@} # readline replaces that as well
	while IFS= read -r word; do
		[[ $word != "${cur#"$quote"}"* ]] || COMPREPLY+=("${head}$word")
	done
	COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

# readline itself is better at files: it knows of ~, quotes and folders.
_gsasldb_files() {
	compopt -o default
}

_gsasldb_argument() { # OPTION VERB
	case $1:$2 in
	-m:* | --mechanisms:*) _gsasldb_reply < <(_gsasldb_mechs "$2") ;;
	-u:* | --realm:* | --replace-realm:* | --map-realm:*) _gsasldb_reply < <(realm='' && _gsasldb_names realms) ;;
	-a:* | --appname:*)
		if [[ $cur == */* ]]; then _gsasldb_files; else _gsasldb_reply < <(_gsasldb_appnames); fi
		;;
	-g:* | --group:*) _gsasldb_reply < <(compgen -g) ;;
	--as-user:*) _gsasldb_reply < <(compgen -u) ;;
	--format:export) _gsasldb_reply < <(printf '%s\n' jsonl dovecot postgres) ;;
	--format:*)
		_gsasldb_reply < <(printf '%s\n' jsonl colon tsv crypt dovecot postgres gsasl sasldb sasldb1)
		;;
	--from:*) _gsasldb_reply < <(printf '%s\n' twin database) ;;
	-f:* | --file:* | -o:* | --output:*) _gsasldb_files ;;
	--config-dir:*) compopt -o dirnames ;;
	esac
}

_gsasldb_operand() { # PROGRAM VERB
	case $1:$2:$operands in
	gsasldb:import:0) _gsasldb_files ;;
	gsasldb:expire:1) _gsasldb_reply <<<never ;;
	saslpasswd::0 | sasldblistusers::0 | gsasldb:verify:0 | gsasldb:exists:0 | gsasldb:disable:0 | \
		gsasldb:enable:0 | gsasldb:expire:0) _gsasldb_reply < <(_gsasldb_names users) ;;
	esac
}

_gsasldb() {
	local words cur head='' program=${1##*/} verb='' first=1 previous options place realm operands plain
	COMPREPLY=()
	_gsasldb_words
	cur=${words[-1]} previous=${words[-2]}
	if [ "$program" = gsasldb ]; then
		verb=${words[1]} first=2
		if [ "${#words[@]}" = 2 ]; then
			[[ $cur != -* ]] || { _gsasldb_reply < <(printf '%s\n' -h --help -V --version); return; }
			_gsasldb_reply < <("$1" --help 2>/dev/null </dev/null | sed -nE 's/^  ([a-z]+)  .*/\1/p')
			return
		fi
	fi
	options=$'\n'$(_gsasldb_options "$1" ${verb:+"$verb"})$'\n'
	_gsasldb_scan "$first"
	if [[ $previous == *[\<\>] ]]; then
		_gsasldb_files
	elif [ -n "$plain" ]; then
		_gsasldb_operand "$program" "$verb"
	elif [[ $options == *$'\n'"$previous "$'\n'* ]]; then
		_gsasldb_argument "$previous" "$verb"
	elif [[ $cur == --*=* ]]; then
		head=${cur%%=*}= cur=${cur#*=}
		_gsasldb_argument "${head%=}" "$verb"
	elif [[ $cur == -* ]]; then
		_gsasldb_reply < <(tr -d ' ' <<<"$options")
	else
		_gsasldb_operand "$program" "$verb"
	fi
}

complete -F _gsasldb saslpasswd sasldblistusers gsasldb
