# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the tests of the tools share.  A test is a bash script that reads this file, runs commands, checks
# them, and ends with finish; its output is TAP.
#
#   input FORMAT ...     what the next commands read from standard input (printf)
#   run COMMAND ...      keeps its exit code in $rc, its output in $WORK/out and $WORK/err
#   is_rc, out_is, ...   check what run kept; the last argument says what should be
#
# BUILDDIR and SRCDIR are the project's folders (automake sets them).  Each test has a folder of its own,
# $WORK, and never touches a database outside.

set -u
export LC_ALL=C
unset POSIXLY_CORRECT SASL_CONF_PATH SASL_PATH SUDO_USER

SRCDIR=$(cd "${SRCDIR:-$(dirname "$0")/../..}" && pwd)
BUILDDIR=$(cd "${BUILDDIR:-$SRCDIR}" && pwd)
export SRCDIR BUILDDIR
PATH=$BUILDDIR:$PATH:/usr/sbin:/sbin

WORK=$(mktemp -d "${TMPDIR:-/tmp}/gsasldb-cli.XXXXXX") || exit 99
trap 'rm -rf "$WORK"' EXIT
chmod 755 "$WORK"
: >"$WORK/in"

# shellcheck disable=SC2034  # for the tests
DB=$WORK/db
REALM=example.test
rc=0
tests=0
failed=0

# ---- running ----

input() {
	# shellcheck disable=SC2059  # the caller's format is the point
	printf "$@" >"$WORK/in"
}

run() {
	ran=$*
	"$@" <"$WORK/in" >"$WORK/out" 2>"$WORK/err"
	rc=$?
}

# A user with the password "hoge", as a start for other things: create USER [OPTION ...]
create() {
	printf hoge | saslpasswd -c -f "$DB" -u "$REALM" "${@:2}" "$1" >"$WORK/out" 2>"$WORK/err" ||
		bail "cannot create $1: $(cat "$WORK/err")"
}

# put_secret USER MECH TEXT: stores a secret as it is, also one that an import refuses.  The user may be a new one.
put_secret() {
	printf 'put\t%s\t%s\t%s\t%s\t%s\n' "$(hex "$DB")" "$(hex "$1")" "$(hex "$REALM")" "$2" "$3" |
		"$BUILDDIR/tests/unit/make_secrets" >"$WORK/out"
	[ "$(cat "$WORK/out")" = "done" ] || bail "cannot store a secret of $1: $(cat "$WORK/out")"
}

hex() {
	printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# ---- checking ----

result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tests" "$2"
		return
	fi
	failed=$((failed + 1))
	printf 'not ok %d - %s\n' "$tests" "$2"
	printf '# command: %s\n# exit code: %s\n' "${ran:-}" "$rc"
	[ -f "$WORK/out" ] && sed 's/^/# stdout: /' "$WORK/out"
	[ -f "$WORK/err" ] && sed 's/^/# stderr: /' "$WORK/err"
	[ $# -gt 2 ] && printf '%s\n' "$3" | sed 's/^/# expected: /'
	return 0
}

# ok NAME COMMAND ...: the command succeeds.  not_ok: it fails.
ok() {
	"${@:2}" >/dev/null 2>&1
	result $? "$1"
}

not_ok() {
	! "${@:2}" >/dev/null 2>&1
	result $? "$1"
}

# is GOT EXPECTED NAME
is() {
	[ "$1" = "$2" ]
	result $? "$3" "$(printf '%s\ngot: %s' "$2" "$1")"
}

# is_rc CODE NAME
is_rc() {
	[ "$rc" -eq "$1" ]
	result $? "$2" "exit code $1"
}

# out_is TEXT NAME, err_is TEXT NAME: the whole stream, without its final newline
out_is() {
	[ "$(cat "$WORK/out")" = "$1" ]
	result $? "$2" "$1"
}

err_is() {
	[ "$(cat "$WORK/err")" = "$1" ]
	result $? "$2" "$1"
}

# out_like REGEX NAME, err_like REGEX NAME: some line matches (extended)
out_like() {
	grep -qE -- "$1" "$WORK/out"
	result $? "$2" "$1"
}

err_like() {
	grep -qE -- "$1" "$WORK/err"
	result $? "$2" "$1"
}

# succeeds NAME: exit code 0 and nothing on either stream
succeeds() {
	[ "$rc" -eq 0 ] && [ ! -s "$WORK/out" ] && [ ! -s "$WORK/err" ]
	result $? "$1" "exit code 0 and no output"
}

# fails CODE REGEX NAME: the exit code, no output, and one line "PROGRAM: WHAT: WHY" that matches
fails() {
	[ "$rc" -eq "$1" ] && [ ! -s "$WORK/out" ] && [ "$(wc -l <"$WORK/err")" -eq 1 ] &&
		grep -qE '^(saslpasswd|sasldblistusers|gsasldb): [^:]+: ' "$WORK/err" && grep -qE -- "$2" "$WORK/err"
	result $? "$3" "exit code $1 and the error /$2/"
}

# mechs_are "MECH ..." USER NAME: which mechanisms the user has
mechs_are() {
	local got

	got=$(sasldblistusers -f "$DB" -u "$REALM" "$2" 2>/dev/null | sed 's/.* mech: //' | tr '\n' ' ')
	is "${got% }" "$1" "$3"
}

# password_is PASSWORD USER NAME: by the DIGEST-MD5 secret, which md5sum makes again.  The database must
# hold that user alone.
password_is() {
	is "$(stored DIGEST-MD5 | cut -d' ' -f1)" "$(printf '%s' "$2:$REALM:$1" | md5sum | cut -d' ' -f1)" "$3"
}

# stored MECH: the stored form of the secret of the only user
stored() {
	grep -a "^$1 " "$DB" | sort -u | cut -d' ' -f2-
}

# files: the bytes of the database and its companions, for comparing; "" if there are none
files() {
	find "$WORK" -maxdepth 1 -name '*db*' -type f -exec md5sum {} + | sort
}

# summary_is ADDED CHANGED UNCHANGED REMOVED NAME: what an import said as its last line, with exit code 0
summary_is() {
	[ "$rc" -eq 0 ] &&
		[ "$(tail -n 1 "$WORK/out")" = "added $1, changed $2, unchanged $3, removed $4" ]
	result $? "$5" "exit code 0 and: added $1, changed $2, unchanged $3, removed $4"
}

# exported USER KEY: what an export says of a user: a time, or a secret
exported() {
	gsasldb export -f "$DB" | sed -n "/^{\"user\":\"$1\",/s/.*\"$2\":\(\"[^\"]*\"\|[^,}]*\).*/\1/p" | tr -d '"'
}

# verifies PASSWORD USER NAME: is the user's DIGEST-MD5 secret that of the password?  md5sum makes it again.
verifies() {
	local kept

	kept=$(exported "$2" DIGEST-MD5)
	is "${kept%% *}" "$(printf '%s' "$2:${kept#* }:$1" | md5sum | cut -d' ' -f1)" "$3"
}

# ---- the end, and ways not to get there ----

finish() {
	printf '1..%d\n' "$tests"
	[ "$failed" -eq 0 ]
	exit
}

bail() {
	printf 'Bail out! %s\n' "$1"
	exit 99
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

skip() {
	tests=$((tests + 1))
	printf 'ok %d # SKIP %s\n' "$tests" "$1"
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
}

need() {
	for tool; do
		command -v "$tool" >/dev/null || skip_all "needs $tool"
	done
}

# Makes libsasl2 take its plugins from $WORK/plugins: the built one (a copy: another user may not get through to
# the build directory) and links to the stock ones.
use_plugins() {
	local stock file

	for stock in /usr/lib/*/sasl2 /usr/lib/sasl2 /usr/local/lib/sasl2 ""; do
		[ ! -e "$stock/libscram.so" ] || break
	done
	for file in libscram libcrammd5 libdigestmd5 libplain liblogin; do
		[ -e "$stock/$file.so" ] || skip_all "needs libsasl2's $file.so (Debian package libsasl2-modules)"
	done
	mkdir "$WORK/plugins"
	ln -s "$stock"/*.so "$WORK/plugins/"
	rm -f "$WORK/plugins/libgsasldb.so"
	cp "$BUILDDIR/.libs/libgsasldb.so" "$WORK/plugins/"
	export SASL_PATH=$WORK/plugins
}

# Runs the rest of the test in a mount namespace of its own (also a UTS one), or skips it.
need_namespace() {
	need_root
	need unshare mount
	[ -z "${IN_NAMESPACE:-}" ] || return 0
	unshare -m -u true 2>/dev/null || skip_all "needs to make a mount namespace"
	rm -rf "$WORK"
	trap - EXIT
	IN_NAMESPACE=1 exec unshare -m -u bash "$0"
}

# as_nobody COMMAND ...: as an ordinary user
as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
