# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
#
# Server programs with the plugin that run beside the tools.  Sourced after lib.sh.
#
#   serve NAME DATABASE [UID [OPTION]]        starts one, as UID, with a line more in its conf file
#   login NAME USER PASSWORD       prints "in", "no" or "later"
#   login_is WHAT NAME PASSWORD TEXT [USER]         the login at NAME (ann's) is WHAT now
#   login_becomes WHAT NAME PASSWORD TEXT [USER]    it becomes so within a few seconds (two, where nothing else runs)
#   $WORK/NAME.log                 what the plugin logged

declare -A SERVE_IN SERVE_OUT

serve() {
	local in out line
	mkfifo "$WORK/$1.in" "$WORK/$1.out"
	"$BUILDDIR/tests/plugin/serve" "${@:2}" <"$WORK/$1.in" >"$WORK/$1.out" 2>"$WORK/$1.log" &
	exec {in}>"$WORK/$1.in" {out}<"$WORK/$1.out"
	SERVE_IN[$1]=$in SERVE_OUT[$1]=$out
	read -r -t 60 line <&"$out" || line=nothing
	[ "$line" = ready ] || bail "the server $1 says $line: $(cat "$WORK/$1.log")"
}

login() {
	local line
	printf '%s %s\n' "$2" "$3" >&"${SERVE_IN[$1]}"
	read -r -t 60 line <&"${SERVE_OUT[$1]}" || line=nothing
	echo "$line"
}

login_is() {
	is "$(login "$2" "${5:-ann}" "$3")" "$1" "$4"
}

login_becomes() {
	local got end=$((SECONDS + 5))
	until got=$(login "$2" "${5:-ann}" "$3") && [ "$got" = "$1" ] || [ "$SECONDS" -gt "$end" ]; do
		sleep 0.05
	done
	is "$got" "$1" "$4"
}

# set_password PASSWORD [DATABASE]: ann's
set_password() {
	printf '%s' "$1" | saslpasswd -c -f "${2:-$DB}" -u "$REALM" -m CRAM-MD5 ann >"$WORK/out" 2>"$WORK/err" ||
		bail "cannot set a password: $(cat "$WORK/err")"
}

# $M, a tmpfs: what is mounted in it goes away with the test.
mount_begin() {
	need_namespace
	M=$WORK/m
	mkdir "$M"
	trap 'umount -R -l "$M" 2>/dev/null; rm -rf "$WORK"' EXIT
	mount -t tmpfs none "$M" || skip_all "cannot mount a tmpfs"
	chmod 755 "$M"
}
