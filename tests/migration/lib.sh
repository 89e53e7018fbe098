# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What every migration test begins with: a database that a chrooted smtpd serves while users come into it from the
# files of other programs.  Sourced; then: migration_begin SECONDS TOOL...

# shellcheck source=tests/hosts/host.sh
. "$(dirname "${BASH_SOURCE[0]}")/../hosts/host.sh"
export LC_ALL=C.UTF-8 # gsasl takes a password as it is written in the locale

REALM=mail.example.test
FROM_PASSWORD=(CRAM-MD5 DIGEST-MD5 PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256) # as gsasldb verify orders them

# Skips the test if one of the programs is not there.
migration_begin() { # SECONDS TOOL...
	local tool
	for tool in "${@:2}"; do
		command -v "$tool" >/dev/null || { echo "1..0 # SKIP $tool is not installed: see tests/setup.sh"; exit 0; }
	done
	host_begin "$1"
	DB=$WORK/db/sasldb
	mkdir "$WORK/db"
	gsasldb init -f "$DB" || bail "gsasldb init makes no database"
	box_make box y <<-END
		pwcheck_method: auxprop
		auxprop_plugin: gsasldb
		gsasldb_path: $DB
		mech_list: ${FROM_PASSWORD[*]}
	END
	box_start
}

# All of the file is taken.  COUNTS as in "added 2" or "changed 1, unchanged 3": those not named are 0.  What is said
# beside them is left in $WORK/notes.
imports() { # NAME COUNTS FILE [OPTION...]
	local want="added 0, changed 0, unchanged 0, removed 0" count said code
	while read -rd , count; do
		want=${want/"${count% *} 0"/$count}
	done <<<"$2,"
	said=$(gsasldb import -f "$DB" "${@:4}" "$3" 2>"$WORK/notes")
	code=$?
	[ "$code $said" = "0 $want" ]
	tap $? "$1: $2" "exit code $code: $said"$'\n'"$(cat "$WORK/notes")"
}

# Exit code 65 with these words, and nothing is changed.
refuses() { # NAME REGEX FILE [OPTION...]
	local before code
	before=$(cksum "$DB" "${DB%/*}"/.sasldb.*)
	gsasldb import -f "$DB" "${@:4}" "$3" >"$WORK/notes" 2>&1
	code=$?
	[ $code = 65 ] && grep -qE -- "$2" "$WORK/notes"
	tap $? "$1: exit code 65" "exit code $code, and the words are not /$2/:"$'\n'"$(cat "$WORK/notes")"
	tap_is "$(cksum "$DB" "${DB%/*}"/.sasldb.*)" "$before" "$1: nothing is changed"
}

# The user logs in by just these mechanisms, and only with this password: as gsasldb verify sees it ...
verifies() { # WHAT USER[@REALM] PASSWORD MECH...
	verify_says "$1: verify" "$2" "$3" "0 ${*:4}"
	verify_says "$1: verify, wrong password" "$2" "$3x" "1 "
}

# ... and over SMTP, too.
logs_in() { # WHAT USER[@REALM] PASSWORD MECH...
	local mech
	verifies "$@"
	for mech in "${@:4}"; do
		case $mech/$2 in DIGEST-MD5/*@*) continue ;; esac # a client's user name is hashed with the realm in it
		login "$1" 235 gsasl "$mech" "$2" "$3"
		login "$1, wrong password" 535 gsasl "$mech" "$2" "$3x"
	done
}

# Nobody gets in, not even with the right password.
locked_out() { # WHAT USER PASSWORD
	verify_says "$1: verify" "$2" "$3" "1 "
	login "$1" 535 gsasl PLAIN "$2" "$3"
}

# WANT: the exit code and the mechanisms that let the user in.
verify_says() { # NAME USER[@REALM] PASSWORD WANT
	local user=$2 code
	[[ $user = *@* ]] || user+=@$REALM
	printf %s "$3" | SASL_PATH=$BOX/plugins gsasldb verify -f "$DB" "$user" >"$WORK/notes" 2>&1
	code=$?
	[ "$code $(sed -n 's/: ok$//p' "$WORK/notes" | xargs)" = "$4" ]
	tap $? "$1: $4" "exit code $code:"$'\n'"$(cat "$WORK/notes")"
}
