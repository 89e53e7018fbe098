# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# What the tests of programs other than Postfix share: start and stop the program, and the logins that each has
# to get right.  Sourced after host_begin.  A test defines
#
#   program PORT                   writes the program's configuration and execs it, in the foreground
#   log_in MECH USER PASSWORD      logs in by a real client; its exit code
#   REFUSED                        the exit code of a login that the program refuses; 0 is one that succeeds
#   SASLPASSWD                     the command that sets passwords in the program's database
#   REALM                          the realm of names without one
#
# and may set LOG, where the program's messages go (default: what it prints), and HOST_LOGS_SASL to "no" where
# libsasl2's messages do not come there, OTHER_REALMS to "out" where the program lets only its own realm in.

MECHS=(PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256)
OTHER=other.example.test
OTHER_PASSWORD=Anders-9x
LOG=$WORK/log
CHILDREN=() # what else is to be stopped at the end
trap 'program_stop; kill "${CHILDREN[@]}" 2>/dev/null; host_end' EXIT

# With sanitizers, a program that was built without them must load their runtime first.
PLUGIN_ENV=()
SANITIZERS=$(ldd "$PLUGIN" | grep -oE '/[^ ]*/lib(a|ub)san\.so[^ ]*' | xargs)
[ -z "$SANITIZERS" ] || PLUGIN_ENV=("LD_PRELOAD=$SANITIZERS" ASAN_OPTIONS=detect_leaks=0)

# The stock plugins and a copy of ours: the program's user may not get through to the build directory.
copy_plugins() { # DIR
	make_plugin_dir "$1" || bail "cannot find libsasl2's plugins"
	cp "$PLUGIN" "$1/" || bail "cannot copy $PLUGIN"
}

# ---- the program ----

# Starts it on a free port, PORT.  Another program may take the port before this one does: then with another.
program_start() {
	local _
	for _ in 1 2 3; do
		PORT=$(free_port) || return
		set -m # it gets a process group
		program "$PORT" >"$WORK/log" 2>&1 </dev/null &
		set +m
		PROGRAM=$!
		wait_for 30 program_answers && kill -0 "$PROGRAM" 2>/dev/null && return
		program_stop
	done
	sed 's/^/# /' "$LOG"
	bail "the program does not start"
}

program_answers() {
	port_answers "$PORT" || pid_gone "$PROGRAM"
}

# Stops it, if it runs, and what is left of its children.  Its exit code is in PROGRAM_CODE.
program_stop() {
	[ -n "${PROGRAM-}" ] || return 0
	kill "$PROGRAM" 2>/dev/null
	wait_for 20 pid_gone "$PROGRAM" || kill -9 "$PROGRAM"
	wait "$PROGRAM" 2>/dev/null
	PROGRAM_CODE=$?
	kill -9 -- "-$PROGRAM" 2>/dev/null
	PROGRAM=
}

# A daemon that dies of what a plugin does at its end dies by a signal.
program_ends() { # EXIT-CODE
	program_stop
	tap_is "$PROGRAM_CODE" "$1" "stopped, it ends in order"
}

# ---- users ----

set_password() { # USER REALM PASSWORD [OPTION...]
	printf '%s\n' "$3" | "${SASLPASSWD[@]}" -c -p -u "$2" "${@:4}" "$1" ||
		bail "saslpasswd does not set the password of $1"
}

make_users() {
	set_password hoge "$REALM" hoge
	set_password hoge "$OTHER" "$OTHER_PASSWORD"
	set_password plainonly "$REALM" hoge -m PLAIN
	set_password cramonly "$REALM" hoge -m CRAM-MD5
}

# ---- logins ----

# One login is one test point; WANT is "in" or "out".
enters() { # WHAT WANT MECH USER PASSWORD
	local code=0 got
	log_in "${@:3}" >"$CLIENT_TRANSCRIPT" 2>&1 </dev/null || code=$?
	case $code in
	0) got=in ;;
	"$REFUSED") got=out ;;
	*) got="exit code $code" ;;
	esac
	tap_is "$got" "$2" "$3 $1: $2"
}

# What a client is told.
offers() { # MECH...
	tap_is "$(printf '%s\n' "$@" | sort | xargs)" "$(printf '%s\n' "${MECHS[@]}" | sort | xargs)" \
		"each mechanism of mech_list is offered once"
}

matrix() { # MECH...
	local mech lacking has
	for mech; do
		case $mech in
		PLAIN | LOGIN) lacking=cramonly has=CRAM-MD5 ;;
		*) lacking=plainonly has=PLAIN ;;
		esac
		enters "right password" in "$mech" hoge hoge
		enters "wrong password" out "$mech" hoge test
		enters "unknown user" out "$mech" nobody hoge
		enters "user who has only $has" out "$mech" $lacking hoge
		[ "${HOST_LOGS_SASL-}" = no ] || log_says "$mech: the log names it" \
			"user $lacking in realm $REALM has no secret for $mech; he has: $has\$"
		if [ "$mech" = DIGEST-MD5 ]; then # its hash is for the name without the realm
			enters "user@realm" out "$mech" "hoge@$REALM" hoge
		else
			enters "user@realm" in "$mech" "hoge@$REALM" hoge
			enters "user@otherrealm" "${OTHER_REALMS:-in}" "$mech" "hoge@$OTHER" "$OTHER_PASSWORD"
		fi
		enters "user@otherrealm, this realm's password" out "$mech" "hoge@$OTHER" hoge
		enters "user@norealm" out "$mech" hoge@no.example.test hoge
	done
}

every_mechanism() { # WHAT WANT USER PASSWORD MECH...
	local mech
	for mech in "${@:5}"; do
		enters "$1" "$2" "$mech" "$3" "$4"
	done
}

# Changes while the program runs.
live() { # MECH...
	set_password live "$REALM" first
	every_mechanism "user created meanwhile" in live first "$@"
	set_password live "$REALM" second
	every_mechanism "old password" out live first "$@"
	every_mechanism "new password" in live second "$@"
	"${SASLPASSWD[@]}" -d -u "$REALM" live || bail "saslpasswd does not delete live"
	every_mechanism "user deleted meanwhile" out live second "$@"
}

# ---- the log ----

log_says() { # NAME REGEX
	wait_for 5 grep -qaE -- "$2" "$LOG"
	tap $? "$1" "the log does not match $2"
}

# No fault, no crash and no password in it.
log_is_clean() {
	! grep -aE "can be used again|Permission denied|is damaged|Sanitizer|runtime error:|$OTHER_PASSWORD" "$LOG"
	tap $? "the log has neither faults nor passwords" "$(tail -n 20 "$LOG")"
}
