# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# README.md's install and guide, on the bare system.  Sourced.
#
# What is run is in README.md: the code block after a line "<!-- bare-system: NAME -->".  A block is a shell script,
# and NAME.expect is what the block NAME prints; "telnet" is a session, in which the lines that begin with a number are
# the server's.

README=$HOSTS_DIR/../../README.md
MECHS=(PLAIN LOGIN DIGEST-MD5 CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256)

block_names() {
	sed -n 's/^<!-- bare-system: \(.*\) -->$/\1/p' "$README"
}

block() { # NAME
	awk -v mark="<!-- bare-system: $1 -->" '
		inside && /^```/ { exit }
		inside { print }
		marked { inside = /^```/; marked = 0 }
		$0 == mark { marked = 1 }' "$README"
}

# Before there is a Postfix, and so no group for the database.
install_by_guide() {
	in_root_online "apt-get -q update" >"$WORK/said" 2>&1 || bail "apt-get update fails: $(tail -n 5 "$WORK/said")"
	does "guide: install" in_root_online "$(block install)" || bail "the packages cannot be installed"
	[ ! -e "$ROOT/etc/sasldb" ]
	tap $? "without the group postfix there is no database yet"
	does "the packages' own smoke test" in_root "AUTOPKGTEST_TMP=/tmp; $(cat "$HOSTS_DIR/../../debian/tests/login")"
}

install_postfix() {
	echo "postfix postfix/main_mailer_type select Internet Site
postfix postfix/mailname string $HOST" | "${IN_ROOT[@]}" debconf-set-selections
	does "Postfix is installed, and the stock tools and plugins beside ours" \
		in_root_online "apt-get -q install postfix telnet sasl2-bin libsasl2-modules-db" || bail "no Postfix"
	database_is "640 root postfix" "now there is an empty database for it"
	tap_is "$(in_root "sasldblistusers --count")" 0 "with nobody in it"
	in_root "postconf -e maillog_file=/var/log/mail.log" # there is no syslogd
}

follow_guide() {
	local name
	tap_is "$(for name in $(block_names); do echo "$name"; done | sort | xargs)" \
		"$(printf '%s\n' create delete install list list.expect main.cf smtpd.conf start telnet | xargs)" \
		"README.md has the blocks that are expected"
	for name in $(block_names); do
		case $name in
		install | *.expect | delete) continue ;;
		create) create_by_guide ;;
		telnet) telnet_by_guide ;;
		*) does "guide: $name" in_root "$(block "$name")" ;;
		esac
		[ -z "$(block "$name.expect")" ] ||
			tap_is "$(cat "$WORK/said")" "$(block "$name.expect")" "guide: $name: what it shows"
	done
	database_is "640 root postfix" "guide: owner and mode of the database"
	every_mechanism
	does "guide: delete" in_root "$(block delete)"
	login "deleted user" 535 curl PLAIN hoge hoge
}

create_by_guide() {
	at_terminal see:Password 'type:hoge\n' see:Again 'type:hoge\n' -- "$(block create)" &&
		grep -q "exit=0" "$WORK/said"
	tap $? "guide: create, at a terminal" "$(cat "$WORK/said")"
}

# The client's lines are typed, when all of the server's before them have been seen.
telnet_by_guide() {
	local line command steps=('see:220 ')
	while IFS= read -r line; do
		case $line in
		'$ '*) command=${line#??} ;;
		[0-9][0-9][0-9][-\ ]*) steps+=("see:$line") ;;
		*) steps+=("type:$line\n") ;;
		esac
	done < <(block telnet)
	at_terminal "${steps[@]}" -- "$command"
	tap $? "guide: telnet shows what it says" "$(cat "$WORK/said")"
}

# All six, also the one that the guide's mech_list leaves out.
every_mechanism() {
	local mech client
	grep -q SCRAM-SHA-1$ "$ROOT/etc/postfix/sasl/smtpd.conf" ||
		does "one more mechanism" in_root \
			"sed -i 's/^mech_list:.*/& SCRAM-SHA-1/' /etc/postfix/sasl/smtpd.conf; service postfix restart"
	for mech in "${MECHS[@]}"; do
		case $mech in
		PLAIN) client=curl ;;
		LOGIN | DIGEST-MD5) client=swaks ;;
		CRAM-MD5 | SCRAM-SHA-1) client=gsasl ;;
		SCRAM-SHA-256) client=msmtp ;;
		esac
		login "right password" 235 $client "$mech" hoge hoge
		login "wrong password" 535 $client "$mech" hoge test
	done
}

database_is() { # "MODE USER GROUP" NAME
	tap_is "$(in_root "stat -c '%a %U %G' /etc/sasldb /etc/.sasldb.twin /etc/.sasldb.state | sort -u" 2>&1)" "$1" "$2"
}
