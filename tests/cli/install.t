#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make install says how libsasl2 finds the plugin, and what it says is right; make uninstall leaves nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
use_plugins # $SASL_PATH is libsasl2's folder now, as long as it is in this environment
rm "$SASL_PATH/libgsasldb.so"
P=$WORK/usr/local
make_target() { # TARGET [VARIABLE=VALUE ...]
	run make -s -C "$BUILDDIR" "$1" prefix="$P" exec_prefix="$P" libdir="$P/lib" sbindir="$P/sbin" \
		datarootdir="$P/share" datadir="$P/share" mandir="$P/share/man" plugindir="$P/lib/sasl2" \
		sasl_plugindir="$SASL_PATH" "${@:2}"
	is_rc 0 "make $*: exit code"
}
installed() { # DIRECTORY
	(cd "$1" && find . ! -type d | sort)
}
printed_command() {
	sed -n 's/^    //p' "$WORK/out" >"$WORK/command"
	is "$(cat "$WORK/command")" "$1" "$2"
	run sh "$WORK/command"
	succeeds "the command works"
}
logs_in() { # NAME
	input hoge
	run "$P/sbin/gsasldb" verify -f "$DB" -u "$REALM" ann
	is_rc 0 "$1"
	not_ok "by every mechanism" grep -v ': ok$' "$WORK/out"
}

create ann
files="./lib/sasl2/libgsasldb.la
./lib/sasl2/libgsasldb.so
./sbin/gsasldb
./sbin/sasldblistusers
./sbin/saslpasswd
./share/bash-completion/completions/gsasldb
./share/bash-completion/completions/sasldblistusers
./share/bash-completion/completions/saslpasswd
./share/man/man5/gsasldb.5
./share/man/man8/gsasldb.8
./share/man/man8/sasldblistusers.8
./share/man/man8/saslpasswd.8"

# for a package
make_target install DESTDIR="$WORK/stage"
not_ok "DESTDIR: nothing is said" grep libsasl2 "$WORK/out"
is "$(installed "$WORK/stage$P")" "$files" "DESTDIR: the files"
ok "DESTDIR: nothing outside" test ! -e "$P"
make_target uninstall DESTDIR="$WORK/stage"
is "$(installed "$WORK/stage")" "" "DESTDIR: none is left"

# into a prefix where libsasl2 does not look
make_target install
is "$(installed "$P")" "$files" "prefix: the files"
input hoge
run "$P/sbin/gsasldb" verify -f "$DB" -u "$REALM" ann
is_rc 78 "libsasl2 does not find the plugin yet"
make_target install
printed_command "ln -sf $P/lib/sasl2/libgsasldb.so $SASL_PATH/libgsasldb.so" "make install says a command"
logs_in "libsasl2 finds the plugin"
make_target install
not_ok "nothing is said where there is nothing to do" grep libsasl2 "$WORK/out"
make_target uninstall
is "$(installed "$P")" "" "none is left"
printed_command "rm $SASL_PATH/libgsasldb.so" "make uninstall says what is left of the link"
not_ok "it was that" test -h "$SASL_PATH/libgsasldb.so"

# another file is there
echo old >"$SASL_PATH/libgsasldb.so"
make_target install
printed_command "ln -sf $P/lib/sasl2/libgsasldb.so $SASL_PATH/libgsasldb.so" "a plugin from elsewhere: the command"
logs_in "takes its place"
make_target uninstall
rm "$SASL_PATH/libgsasldb.so"

# libsasl2's own folder: it reads libgsasldb.la, too
before=$(installed "$SASL_PATH")
make_target install plugindir="$SASL_PATH"
not_ok "libsasl2's folder: nothing is said" grep libsasl2 "$WORK/out"
ok "libgsasldb.la is beside libgsasldb.so" test -e "$SASL_PATH/libgsasldb.la"
logs_in "libsasl2 finds it there"
if command -v saslpluginviewer >/dev/null; then
	# a stock program loads a plugin with sanitizers only if their libraries are there before
	sanitizers=$(ldd "$SASL_PATH/libgsasldb.so" | awk '/lib(a|ub)san/ { printf "%s ", $3 }')
	run env LD_PRELOAD="$sanitizers" ASAN_OPTIONS=detect_leaks=0 saslpluginviewer -a
	is "$(tr -s ' ,' '\n' <"$WORK/out" | grep -cx gsasldb)" 1 "once"
else
	skip "once: needs saslpluginviewer"
fi
make_target uninstall plugindir="$SASL_PATH"
is "$(installed "$SASL_PATH")" "$before" "libsasl2's folder is as it was"

# a machine without that folder
make_target install sasl_plugindir="$WORK/lib/sasl2"
printed_command "mkdir -p $WORK/lib/sasl2
ln -sf $P/lib/sasl2/libgsasldb.so $WORK/lib/sasl2/libgsasldb.so" "no folder yet: the commands"
ok "it is there" test "$WORK/lib/sasl2/libgsasldb.so" -ef "$P/lib/sasl2/libgsasldb.so"

finish
