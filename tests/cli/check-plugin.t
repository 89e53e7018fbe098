#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# check: is the plugin there, and does it load?
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=check.sh
. "$SRCDIR/tests/cli/check.sh"

check_begin

rm "$PLUGINS/libgsasldb.so"
heals plugin-missing "it is not there"
rm "$PLUGINS/libgsasldb.so"
echo garbage >"$PLUGINS/libgsasldb.so"
finds plugin-broken "garbage"
ok "with the loader's words" grep -q "libgsasldb.so: cannot be loaded: .*\\(too short\\|ELF\\)" "$WORK/out"
mends plugin-broken "garbage"
silent "mended"
rm "$PLUGINS/libgsasldb.so"
cp "$(realpath "$PLUGINS/libscram.so")" "$PLUGINS/libgsasldb.so"
heals plugin-broken "another plugin"
sed -i "s|plugins|nowhere|" "$CONF/main.cf"
mkdir "$BOX/nowhere"
broken plugin-missing "an empty folder"
restore

if cc -shared -fPIC -o "$PLUGINS/libcrash.so" -x c - 2>/dev/null <<-'END'
	#include <signal.h>
	__attribute__((constructor)) static void die(void) { raise(SIGKILL); }
END
then
	heals plugin-crash "another plugin kills smtpd"
else
	skip "another plugin kills smtpd: no compiler"
fi

finish
