#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# rpmbuild -ta of the tarball makes two packages; installed, they log a user in; removed, they leave the users.
# They are built of Debian's libraries, so what they require by Fedora's names is not looked for (--nodeps).
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../cli/serve.sh
. "$SRCDIR/tests/cli/serve.sh"

need rpmbuild rpmlint
mount_begin
use_plugins # or nobody can log in
export HOME=$WORK # where rpm has its own database
version=$(sed -n 's/^PACKAGE_VERSION = //p' "$BUILDDIR/Makefile")
tarball=$BUILDDIR/gsasldb-$version.tar.xz
[ -e "$tarball" ] || bail "there is no $tarball: make dist"

# ---- building ----

run rpmbuild -ta --nodeps --nocheck -D "_topdir $WORK/rpm" -D "_tmppath $WORK" "$tarball"
is_rc 0 "rpmbuild -ta: exit code"
[ "$rc" -eq 0 ] || bail "no packages"
package() { # NAME
	echo "$WORK"/rpm/RPMS/*/"$1-$version-1"*.rpm
}
tools=$(package gsasldb) plugin=$(package cyrus-sasl-gsasldb)
libdir=$(rpm --eval '%{_libdir}')
files_of() { # PACKAGE
	rpm -qpl "$1" | grep -v -e /.build-id -e /usr/share/doc/ | sed "s/-$version\\>//"
}
is "$(files_of "$tools")" "/usr/sbin/gsasldb
/usr/sbin/sasldblistusers
/usr/sbin/saslpasswd
/usr/share/bash-completion/completions/gsasldb
/usr/share/bash-completion/completions/sasldblistusers
/usr/share/bash-completion/completions/saslpasswd
/usr/share/licenses/gsasldb
/usr/share/licenses/gsasldb/COPYING
/usr/share/man/man8/gsasldb.8
/usr/share/man/man8/sasldblistusers.8
/usr/share/man/man8/saslpasswd.8" "the files of the tools' package"
is "$(files_of "$plugin")" "$libdir/sasl2/libgsasldb.so
/usr/share/licenses/cyrus-sasl-gsasldb
/usr/share/licenses/cyrus-sasl-gsasldb/COPYING
/usr/share/man/man5/gsasldb.5" "the files of the plugin's package"
run rpm -qp --requires "$plugin"
out_like '^cyrus-sasl-lib.* >= 2\.1\.28$' "the plugin wants a libsasl2 that knows it"
out_like "^gsasldb.* = $version-1" "and the tools of the same version"
run rpmlint -r "$SRCDIR/rpm/gsasldb.rpmlintrc" "$WORK"/rpm/*RPMS/*.rpm "$WORK"/rpm/RPMS/*/*.rpm "$BUILDDIR/rpm/gsasldb.spec"
is_rc 0 "rpmlint: exit code"
out_like '^ *3 packages and 1 specfiles checked; 0 errors, 0 warnings' "rpmlint has nothing to say"

# ---- installing: on a copy of this machine's root, which is gone afterwards ----

ROOT=$M/root
mkdir "$ROOT" "$M/upper" "$M/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$M/upper,workdir=$M/work" "$ROOT" || skip_all "cannot mount an overlay"
mount --bind /dev "$ROOT/dev" || bail "cannot mount /dev"
rm -rf "$ROOT"/etc/sasldb "$ROOT"/etc/.sasldb.* "$ROOT/plugins"
cp -a "$WORK/plugins" "$ROOT/plugins"
ln -sf "$libdir/sasl2/libgsasldb.so" "$ROOT/plugins/"
in_root() {
	run env -u BUILDDIR PATH=/usr/sbin:/usr/bin:/sbin:/bin SASL_PATH=/plugins chroot "$ROOT" "$@"
}
rpm_root() { # ARGUMENT...
	run rpm --root "$ROOT" --dbpath /rpmdb --nodeps "$@"
	sed -i '/^rpm: .*\(use Alien instead\|you know what you are doing\)/d' "$WORK/err" # Debian's
}
has_group() { # yes|no
	sed -i '/^postfix:/d' "$ROOT/etc/group"
	[ "$1" = no ] || echo 'postfix:x:7331:' >>"$ROOT/etc/group"
}

has_group no
rpm_root -i "$tools" "$plugin"
succeeds "a machine without Postfix: installed"
not_ok "no database" test -e "$ROOT/etc/sasldb"
rpm_root -e gsasldb cyrus-sasl-gsasldb
succeeds "and removed"

has_group yes
rpm_root -i "$tools" "$plugin"
succeeds "a machine with Postfix: installed"
is "$(stat -c '%a %u:%g' "$ROOT/etc/sasldb")" "640 0:7331" "a database that Postfix may read"
in_root sasldblistusers --count
out_is 0 "empty"
input hoge
in_root saslpasswd -c -p -u "$REALM" ann
is_rc 0 "a user is created"
in_root gsasldb verify -p -u "$REALM" ann
is_rc 0 "and logs in"
not_ok "by every mechanism" grep -v ': ok$' "$WORK/out"
rpm_root -U --replacepkgs "$tools" "$plugin"
succeeds "installed again"
in_root sasldblistusers --count
out_is 1 "the user is there"
rpm_root -e gsasldb cyrus-sasl-gsasldb
succeeds "removed"
ok "the database stays" test -s "$ROOT/etc/sasldb"
not_ok "the tools do not" test -e "$ROOT/usr/sbin/gsasldb"
not_ok "nor does the plugin" test -e "$ROOT$libdir/sasl2/libgsasldb.so"

finish
