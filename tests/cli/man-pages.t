#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages: their sections, options and exit codes are the code's (completion.t has the options of each
# command), and every example works: the commands, which begin with "# ", as root in an /etc of their own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve.sh
. "$SRCDIR/tests/cli/serve.sh"

mount_begin
MAN=$SRCDIR/man

# ---- what stands in the pages ----

for page in "$MAN"/*; do
	missing=''
	for section in NAME FILES EXAMPLES DIAGNOSTICS "EXIT STATUS" "SECURITY CONSIDERATIONS"; do
		grep -qx "\.Sh $section" "$page" || missing="$missing $section"
	done
	is "$missing" "" "${page##*/} has every section"
done
words() { # FILE ...: the options of a conf file that are named there, each once
	grep -hoE 'gsasldb_[a-z]+' "$@" | sort -u | xargs
}
is "$(sed -n 's/^\.It Cm \(gsasldb_[a-z]*\).*/\1/p' "$MAN/gsasldb.5" | sort | xargs)" \
	"$(grep -ohE '"gsasldb_[a-z]+"' "$SRCDIR"/plugin/*.c "$SRCDIR"/tools/appconf.c | tr -d '"' | sort -u | xargs)" \
	"gsasldb(5) explains the options of the conf file, all and no others"
is "$(words "$MAN"/*)" "$(words "$MAN/gsasldb.5")" "and the other pages name none that it does not have"

codes=$(sed -n 's/^	EXIT_[A-Z]* = \([0-9]*\).*/\1/p' "$SRCDIR/tools/cli.h" | xargs)
for tool in saslpasswd sasldblistusers gsasldb; do
	is "$(awk '/^\.Sh / { in_status = /EXIT STATUS/ } in_status && /^\.It / { print $2 }' "$MAN/$tool.8" | xargs)" \
		"$(case $tool in sasldblistusers) echo "${codes/ 73/}" ;; *) echo "$codes" ;; esac)" \
		"$tool(8) has the exit codes"
done

# A verb's options in the SYNOPSIS are those of its --help.
synopsis() { # PAGE [VERB]: its options, each once
	awk -v verb="${2-}" '
		/^\.S[hs] / { inside = /SYNOPSIS/; mine = verb == "" }
		/^\.Nm/ && verb != "" { mine = 0 }
		/^\.Cm / && verb != "" { for (i = 2; i <= NF; i++) mine = mine || $i == verb }
		inside && mine {
			sub(/^\.Fl/, ". Fl")
			for (i = 2; i <= NF; i++) {
				if ($(i - 1) == "Fl" && $i ~ /^-/)
					print "-" $i
				else if ($(i - 1) == "Fl" || ($(i - 1) == "|" && length($i) == 1))
					for (j = 1; j <= length($i); j++)
						print "-" substr($i, j, 1)
			}
		}' "$MAN/$1.8" | sort -u | xargs
}
short_help() { # COMMAND [VERB]: its options, the short one where there are two
	"$@" --help | sed -nE 's/^ +(-.), --.*/\1/p; t; s/^ +(--[a-z0-9-]+).*/\1/p' | sort -u | xargs
}
for tool in saslpasswd sasldblistusers; do
	is "$(synopsis "$tool")" "$(short_help "$tool")" "$tool(8): the SYNOPSIS has every option"
done
for verb in $(gsasldb --help | sed -nE 's/^  ([a-z]+)  .*/\1/p'); do
	is "$(synopsis gsasldb "$verb")" "$(short_help gsasldb "$verb" | sed -E 's/-[hV]( |$)//g; s/ $//')" \
		"gsasldb(8): the SYNOPSIS of $verb has every option"
done

# ---- the examples ----

# What stands in the literal blocks of a page's EXAMPLES, each on lines of its own before a line "==".
examples() { # PAGE
	awk '
		/^\.Sh / { inside = /EXAMPLES/ }
		!inside { next }
		/^\.Dl / { print substr($0, 5); print "=="; next }
		/^\.Ed/ { print "=="; block = 0 }
		block { print }
		/^\.Bd -literal/ { block = 1 }' "$MAN/$1" | sed 's/\\(ga/`/g; s/\\e$/\\/'
}

# Runs a block: its commands, or all of it if none begins with "# ".  The terminal is a pipe with the password.
run_block() { # PAGE BLOCK
	printf '%s\n' "${2//$'\n# '/$'\n'}" | sed '1s/^# //' >"$WORK/example"
	input 'hoge\n'
	run bash -o pipefail -e "$WORK/example"
	case $2 in
	*"gsasldb check"*) [ "$rc" -lt 2 ] ;; # 1: this machine's Postfix is not set up
	*) [ "$rc" -eq 0 ] ;;
	esac
	result $? "$1: $(head -n 1 <<<"$2")"
}

run_examples() { # PAGE
	local block='' line
	while IFS= read -r line; do
		if [ "$line" != == ]; then
			block=${block:+$block$'\n'}$line
			continue
		fi
		if [[ $block == *db_dump* ]] && ! command -v db_load >/dev/null; then
			skip "needs db_load (Debian package db-util): $block"
		elif [[ $block == *" jq "* ]] && ! command -v jq >/dev/null; then
			skip "needs jq: ${block%%$'\n'*}"
		else
			run_block "$1" "$block"
		fi
		block=''
	done < <(examples "$1")
}

need perl
getent passwd postfix >/dev/null || skip_all "needs the user postfix"
use_plugins
mkdir "$M/etc" "$M/root" "$M/here" "$WORK/bin"
cp -a /etc/. "$M/etc/"
mkdir -p "$M/etc/postfix/sasl"
rm -f "$M/etc/sasldb" "$M"/etc/.sasldb.*
examples gsasldb.5 | sed '/^==/,$d' >"$M/etc/postfix/sasl/smtpd.conf"
perl -e 'print "ann:", crypt("hoge", "\$5\$saltsalt"), ":19000:0:99999:7:::\nroot:*:19000::::::\n"' >"$M/etc/shadow"
[ -z "$(command -v db_load)" ] ||
	printf '%s\n' 'tim\00mail.example.org\00userPassword' hoge | db_load -T -t hash "$M/etc/sasldb2"
# Postfix need not be set up on this machine
printf '#!/bin/sh\ncase "$*" in\n*myhostname) echo mail.example.org ;;\n*config_directory) echo /etc/postfix ;;\n*) exit 1 ;;\nesac\n' \
	>"$WORK/bin/postconf"
chmod 755 "$WORK/bin/postconf"
PATH=$WORK/bin:$PATH
cd "$M/here" || exit
printf hoge >password-file
printf 'ann:hoge\nhoge:hoge\n' >users
mount --bind "$M/etc" /etc || skip_all "cannot mount an /etc of its own"
mount --bind "$M/root" /root || skip_all "cannot mount a /root of its own"

run_examples saslpasswd.8
is "$(sasldblistusers 2>&1)" "" "after those of saslpasswd(8) nobody is left"
run_examples gsasldb.8
is "$(sasldblistusers -m PLAIN)" "$(printf 'user: %s realm: mail.example.org mech: PLAIN\n' ann hoge tim)" \
	"after those of gsasldb(8) there are the three users"
run_examples sasldblistusers.8
out_is "$(printf '%s@mail.example.org\n' ann hoge tim)" "and all three have a weak secret"

# The conf files of gsasldb(5): the tools understand each.
blocks=0 block=''
while IFS= read -r line; do
	if [ "$line" != == ]; then
		block="$block${line#sasl_}"$'\n'
		continue
	fi
	blocks=$((blocks + 1))
	printf %s "$block" >"$WORK/a.conf"
	run gsasldb exists -a "$WORK/a.conf" hoge@mail.example.org
	succeeds "gsasldb.5: example $blocks is a conf file"
	if [[ $block == *auxprop_plugin* ]]; then # slapd has that in its own configuration
		run gsasldb verify -a "$WORK/a.conf" -m PLAIN hoge@mail.example.org
		out_is "PLAIN: ok" "gsasldb.5: and with it one logs in"
	fi
	block=''
done < <(examples gsasldb.5)

finish
