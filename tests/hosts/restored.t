#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A copy of the database is restored by cp while a chrooted smtpd holds a connection open: after a writer that was
# killed behind its commit, and again and again after a copy that lacks a user.  smtpd follows within two seconds, and
# who was removed does not come back.

set -u
# shellcheck source=tests/hosts/host.sh
. "$(dirname "$0")/host.sh"
host_begin 300 "$@"

REALM=mail.example.test
DB=$WORK/db/sasldb
HALT=$BUILDDIR/tests/fault/halt
export DB WORK HALT BUILDDIR REALM
mkdir "$WORK/db"

smtpd_conf() {
	printf '%s\n' "pwcheck_method: auxprop" "auxprop_plugin: gsasldb" "gsasldb_path: $DB" "mech_list: PLAIN CRAM-MD5"
}

set_password() { # USER PASSWORD
	printf '%s' "$2" | timeout 60 saslpasswd -c -p -f "$DB" -u "$REALM" -m PLAIN,CRAM-MD5 "$1" || bail "saslpasswd $1"
}

auth() { # USER PASSWORD
	echo "AUTH PLAIN $(plain_response "$1" "$2")"
}

# What happens while a connection is open: "step killed CHANGES", sets hoge's password to gamma, but is killed after
# so many changes of the files, and prints "killed", or how it ended; "step first FILE PERCENT" and "step second FILE
# PERCENT" are the two parts of a copy as cp writes it.
cat >"$WORK/step" <<'END'
part=$(($(stat -c %s "$2" 2>/dev/null || echo 0) * ${3:-0} / 100))
case $1 in
killed)
	"$HALT" "$2" "${DB%/*}" "$WORK/gamma" "$WORK/said" "$BUILDDIR/saslpasswd" -p -f "$DB" -u "$REALM" \
		-m PLAIN,CRAM-MD5 hoge </dev/null | tail -n 1
	;;
first)
	head -c $part "$2" >"$DB"
	sleep 0.15
	;;
second)
	tail -c +$((part + 1)) "$2" >>"$DB"
	sleep 0.1
	;;
esac
END
step="bash '$WORK/step'"

# Two seconds in which somebody tries to log in, so that smtpd looks at its files.
meanwhile=("!sleep 0.7" "$(auth hoge none)" "!sleep 0.7" "$(auth hoge none)" "!sleep 0.6")

# ---- a writer that is killed behind its commit ----

behind_commit() { # CHANGES
	local what replies
	what="$WHERE: a writer killed after $1 of $total changes, then a copy"
	set_password hoge alpha
	cp "$DB" "$WORK/backup"
	set_password hoge beta
	replies=$(talk "$(auth hoge none)" "!$step killed $1" "$(auth hoge none)" "!cp '$WORK/backup' '$DB'" \
		"${meanwhile[@]}" "$(auth hoge gamma)" "$(auth hoge beta)" "$(auth hoge alpha)")
	# while the copy comes in nobody need know
	tap_is "$(cut -d ' ' -f 1-4 <<<"$replies" | sed 's/454/535/g') $(cut -d ' ' -f 5- <<<"$replies")" \
		"535 535 535 535 535 535 235" \
		"$what: two seconds later the password of the copy counts, over an open connection ($replies)"
	tap_is "$(client_login raw "$POSTFIX_PORT" PLAIN hoge alpha)" 235 "$what: and over a new one"
}

# ---- a copy that comes in while nobody logs in ----

nobody_asks() {
	set_password hoge alpha
	cp "$DB" "$WORK/backup"
	set_password hoge beta
	tap_is "$(talk "$(auth hoge none)" "!cp '$WORK/backup' '$DB' && sleep 2" "$(auth hoge beta)" "$(auth hoge alpha)")" \
		"535 535 235" "$WHERE: a copy, and two seconds later the first login: the password of the copy counts"
}

# ---- copies without a user ----

removed_user() {
	local i part steps replies gone=()
	for i in {1..60}; do
		printf '{"user":"other%d","realm":"%s","secrets":{"CLEARTEXT":"%0200d"}}\n' "$i" "$REALM" "$i"
	done | gsasldb import -f "$DB" >/dev/null || bail "cannot import"
	for i in 0 1 2 3 4 5; do
		set_password "later$i" hoge
		cp "$DB" "$WORK/copy$i"
	done
	# some, so that either part of a copy has some of their places
	for i in {1..8}; do
		printf '{"user":"gone%d","realm":"%s","secrets":{"CLEARTEXT":"hoge"}}\n' "$i" "$REALM"
	done | gsasldb import -f "$DB" >/dev/null || bail "cannot import"
	for i in {1..8}; do
		gone+=("$(auth "gone$i" hoge)")
	done
	tap_is "$(client_login raw "$POSTFIX_PORT" PLAIN gone1 hoge)" 235 "$WHERE: gone1 is there"
	steps=("$(auth gone1 none)" "!cp '$WORK/copy0' '$DB'" "${meanwhile[@]}" "${gone[@]}")
	for i in 1 2 3 4 5; do
		part=$(((i - 1) * (i - 1) * 6)) # 0 to 96
		steps+=("!$step first '$WORK/copy$i' $part" "${gone[@]}" "!$step second '$WORK/copy$i' $part" "${gone[@]}")
	done
	replies=$(talk "${steps[@]}")
	tap_is "$(tr ' ' '\n' <<<"$replies" | grep -cE '^(535|454)$')" 91 \
		"$WHERE: a copy without eight users, then five more: none of them logs in over an open connection" "$replies"
	sleep 2
	tap_is "$(client_login raw "$POSTFIX_PORT" PLAIN gone1 hoge)" 535 "$WHERE: nor over a new one"
	tap_is "$(client_login raw "$POSTFIX_PORT" PLAIN later5 hoge)" 235 "$WHERE: and who is in the last copy does"
}

"$HALT" '?' >/dev/null || skip_all "no program can be traced here"
printf gamma >"$WORK/gamma"
set_password hoge alpha
ended=$(bash "$WORK/step" killed 1000000)
total=${ended##* }
[[ $ended = "ended 0 "* ]] || bail "saslpasswd: $ended"
box_make restored y < <(smtpd_conf)
postconf -c "$BOX/etc" -e smtpd_hard_error_limit=1000 || bail "postconf"
box_start
for ((n = total; n > total / 3; n -= 2)); do
	behind_commit "$n"
done
nobody_asks
removed_user
! grep -aE 'fatal:|panic:|killed by signal|bad command startup' "$BOX/log/mail.log"
tap $? "$WHERE: no smtpd died"
box_stop
tap_end
