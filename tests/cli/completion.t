#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The completion for bash knows what the tools know, and works in a real bash.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../completions/gsasldb.bash
. "$SRCDIR/completions/gsasldb.bash"

# What readline would be asked for, which has no ear outside a completion.
compopt() {
	COMPREPLY+=("<${*: -1}>")
}

# completes "LINE" "REPLY ..." NAME: the last word of the line, which bash splits as here
completes() {
	local split=$1 mark
	for mark in @ : = '<'; do split=${split//"$mark"/ "$mark" }; done
	read -r -a COMP_WORDS <<<"$split"
	[ "${1% }" = "$1" ] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$1 COMP_POINT=${#1}
	_gsasldb "${COMP_WORDS[0]}"
	[ ${#COMPREPLY[@]} -lt 2 ] || mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | sort)
	is "${COMPREPLY[*]}" "$2" "$3"
}

create ann -m SCRAM-SHA-1
REALM=b.test create bob -m SCRAM-SHA-1
mkdir "$WORK/conf"
touch "$WORK/conf/slapd.conf"

completes "gsasldb ex" "exists expire export" "verbs"
completes "gsasldb --v" "--version" "options without a verb"
completes "gsasldb import --form" --format "a verb's option"
completes "gsasldb import --format s" "sasldb sasldb1" "formats of import"
completes "gsasldb import --format=d" "dovecot" "the same with ="
completes "gsasldb repair --from " "database twin" "sides of repair"
completes "gsasldb export --format " "dovecot jsonl postgres" "formats of export"
completes "saslpasswd -m SCRAM-SHA-2" "SCRAM-SHA-224 SCRAM-SHA-256" "mechanisms"
completes "saslpasswd -m PLAIN,CR" "PLAIN,CRAM-MD5" "after a comma"
completes "saslpasswd -m PLAIN:bcrypt,P" "" "each once"
completes "saslpasswd -m CRAM-MD5,PLAIN:sha5" "sha512crypt" "schemes of PLAIN"
completes "gsasldb verify -m L" "LOGIN" "verify: LOGIN"
completes "gsasldb verify -m CL" "" "verify: but no CLEARTEXT"
completes "saslpasswd -f $DB " "ann@example.test bob@b.test" "users of that database"
completes "saslpasswd -f $DB -u B.test " "bob" "users of that realm"
completes "gsasldb disable --file=$DB b" "bob@b.test" "users who begin so"
completes "gsasldb disable -f $DB ann@" "@example.test" "the realm of a user"
completes "gsasldb disable -f $DB ann@b" "" "who is not in another one"
completes "gsasldb disable -f $DB -- a" "ann@example.test" "after --"
completes "gsasldb disable -f $DB ann@example.test b" "" "one user, not two"
completes "gsasldb expire -f $DB ann@example.test n" "never" "never"
completes "sasldblistusers -f $DB -u " "b.test example.test" "realms"
completes "gsasldb import -f $DB --replace-realm e" "example.test" "of import, too"
completes "sasldblistusers -f $WORK/nothing -u " "" "no database, no realm and no message"
completes "gsasldb stat -f $DB " "" "no user where none is meant"
completes "gsasldb import us" "<default>" "files"
completes "gsasldb import -f $WORK/d" "<default>" "files after an option"
completes "gsasldb verify ann <pass" "<default>" "files that are redirected"
completes "gsasldb check --config-dir /e" "<dirnames>" "folders"
completes "gsasldb verify --as-user roo" "root" "the system's users"
SASL_CONF_PATH=$WORK/conf completes "gsasldb stat -a sl" "slapd" "programs with a conf file"
completes "gsasldb stat -a ./sl" "<default>" "or the path of one"
completes "gsasldb nonsense --f" "" "nothing of a verb that there is not"

saslpasswd -c -f "$DB" -u "$REALM" -m SCRAM-SHA-1 'x;reboot' </dev/null >/dev/null 2>&1 <<<hoge
completes "gsasldb disable -f $DB x" "" "no name that the shell would not take as it is"

# ---- the lists that the completion has of its own; options-agree.t has the options and formats ----

# there_are COMMAND ...: what the message about a wrong word says that there is
there_are() {
	"$@" 2>&1 </dev/null | sed -nE 's/.*there are: //p' | tr ' ' '\n' | sort | xargs
}
completes "saslpasswd -m " "$(there_are saslpasswd -m ROT13 x)" "all mechanisms"
completes "gsasldb verify -m " "$(there_are gsasldb verify -m ROT13 x)" "all that verify can try"
completes "saslpasswd -m PLAIN:" "$(there_are saslpasswd -m PLAIN:rot13 x)" "all schemes"

# ---- in a real bash: where words end is its business ----

if ! command -v python3 >/dev/null; then
	skip "needs python3"
	finish
fi
mkdir "$WORK/a folder"
touch "$WORK/a folder/users"
cat >"$WORK/tab.py" <<'END'
import os, pty, re, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(PS1="", TERM="dumb", INPUTRC="/dev/null", HISTFILE="/dev/null")
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
def read(pattern):
    text = ""
    while not re.search(pattern, text) and select.select([fd], [], [], 20)[0]:
        text += os.read(fd, 65536).decode()
    return re.search(pattern, text).group(1)
os.write(fd, (". '%s'; cd '%s'; bind -x '\"\\C-t\": echo \"<<$READLINE_LINE>>\"'; echo rea''dy\n" %
    tuple(sys.argv[1:3])).encode())
read("(ready)")
for line in sys.argv[3:]:
    os.write(fd, line.encode() + b"\t\x14")
    print(read("<<(.*)>>"))
    os.write(fd, b"\x15")
END
tabs() { # "LINE" "LINE AFTER TAB" ...
	local before=() after=()
	while [ $# -gt 0 ]; do
		before+=("$1") after+=("$2")
		shift 2
	done
	: >"$WORK/in"
	run python3 "$WORK/tab.py" "$SRCDIR/completions/gsasldb.bash" "$WORK" "${before[@]}"
	for ((i = 0; i < ${#before[@]}; i++)); do
		is "$(sed -n "$((i + 1))p" "$WORK/out")" "${after[i]}" "TAB after \"${before[i]}\""
	done
}
tabs "gsasldb veri" "gsasldb verify " \
	"gsasldb import --format=js" "gsasldb import --format=jsonl " \
	"gsasldb exists -f db an" "gsasldb exists -f db ann@example.test " \
	"gsasldb exists -f db ann@ex" "gsasldb exists -f db ann@example.test " \
	'gsasldb exists -f db "an' 'gsasldb exists -f db "ann@example.test" ' \
	"saslpasswd -m CRAM-MD5,PLAIN:y" "saslpasswd -m CRAM-MD5,PLAIN:yescrypt " \
	"gsasldb import a" 'gsasldb import a\ folder/' \
	'gsasldb import --file=a\ folder/' 'gsasldb import --file=a\ folder/users ' \
	"gsasldb import <a" 'gsasldb import <a\ folder/'

finish
