#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The tarball is the same to the byte, whoever packs it, where and when; make release publishes no other.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../setup.sh
. "$SRCDIR/tests/setup.sh"

need git autoreconf
unset MAKEFLAGS MFLAGS MAKELEVEL SOURCE_DATE_EPOCH TAR_OPTIONS XZ_OPT XZ_DEFAULTS
ORIGIN=$WORK/origin
export GIT_CONFIG_GLOBAL=$WORK/gitconfig
printf '[user]\nname = test\nemail = test@example.test\n[advice]\ndetachedHead = false\n' >"$GIT_CONFIG_GLOBAL"
export GIT_CONFIG_NOSYSTEM=1 GIT_COMMITTER_DATE='2026-01-02 03:04:05 +0000'

copy_tree "$SRCDIR" "$ORIGIN" || bail "no copy of the tree"
(cd "$ORIGIN" && git init -q -b main && git add -A && git commit -q -m "tests: A tree") >"$WORK/out" 2>&1 ||
	bail "no repository: $(cat "$WORK/out")"

# pack DIRECTORY BUILD-DIRECTORY TIME: a clone, a build directory in it or beside it, a tarball
pack() {
	git clone -q "$ORIGIN" "$1" && cd "$1" && git ls-files -z | xargs -0 touch -d "$3" && autoreconf -i &&
		mkdir -p "$2" && cd "$2" && "$1/configure" && make dist
}
A=$WORK/a B=$WORK/another/place
(umask 022 && pack "$A" "$A" now) >"$WORK/a.log" 2>&1 &
(umask 077 && export TZ=Asia/Tokyo LC_ALL=C.UTF-8 && pack "$B" "$B.build" 2001-01-01) >"$WORK/b.log" 2>&1
is $? 0 "old files, umask 077, another time zone and a build directory of its own: a tarball"
wait $!
is $? 0 "new files, umask 022, built in the tree: a tarball"
[ "$failed" = 0 ] || tail -n 20 "$WORK"/?.log | sed 's/^/# /'

tarball=$(cd "$A" && echo gsasldb-*.tar.xz)
run cmp "$A/$tarball" "$B.build/$tarball"
succeeds "the same bytes"
is "$(TZ=UTC tar -tv --full-time -f "$A/$tarball" | awk '{ print $2, $4, $5 }' | sort -u)" "0/0 2026-01-02 03:04:05" \
	"nothing in it is anybody's, or of another time than the commit's"
is "$(tar -tf "$A/$tarball" | grep -c '\.spec$')" 1 "one spec file, for rpmbuild -ta"

release() { # NAME: ends before the tests of make distcheck
	run make -s -C "$A" MAKE=: release
	is_rc "$2" "make release: $1: exit code"
}
release "a clean checkout" 0
out_like '^    git tag -s v[0-9.]+ ' "says what to do next"
run env -C "$A" sha256sum --strict -c SHA256SUMS
out_is "$tarball: OK" "SHA256SUMS"
rm "$A/SHA256SUMS"
echo >>"$A/README.md"
release "a change that is not committed" 2
err_like 'checkout without changes' "says so"
(cd "$A" && sed -i '1,5s/ (20.*/ (not released)/' NEWS && git commit -q -a -m "NEWS: Not yet") || bail "no commit"
release "a version that NEWS does not have" 2
err_like 'NEWS has no "[0-9.]+ \(YEAR' "says so"
ok "no SHA256SUMS" test ! -e "$A/SHA256SUMS"

finish
