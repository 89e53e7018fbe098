#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The examples of the manual pages, run as they stand there: transcript.py says how they are written.  /etc is a private
# one meanwhile, with a Postfix whose host is mail.example.org, and each page finds there what its examples speak of.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve.sh
. "$SRCDIR/tests/cli/serve.sh"
# shellcheck source-path=SCRIPTDIR source=../hosts/postfix.sh
. "$SRCDIR/tests/hosts/postfix.sh"

need_namespace
need python3 jq postconf db_dump saslpasswd2 openssl hostname
saslpasswd --help | grep -qF 'the database [/etc/sasldb]' || skip_all "is of a build with another --with-dbpath"
getent group postfix >/dev/null || skip_all "needs the group postfix"
HOST=mail.example.org
hostname $HOST || skip_all "cannot set the host's name"
mount_begin
postfix_make "$M/box" $HOST y <<-'END' || bail "cannot make a private Postfix"
	pwcheck_method: auxprop
	auxprop_plugin: gsasldb
	mech_list: PLAIN LOGIN SCRAM-SHA-256
	gsasldb_mechs: SCRAM-SHA-256 PLAIN
END
make_plugin_dir "$M/box/plugins" "$BUILDDIR/.libs/libgsasldb.so" || skip_all "needs libsasl2-modules"
export SASL_PATH=$M/box/plugins

# ---- the private /etc ----

mkdir "$M/etc" "$M/good" "$M/here"
for file in alternatives group host.conf hosts ld.so.cache nsswitch.conf passwd; do
	[ ! -e "/etc/$file" ] || cp -a "/etc/$file" "$M/good/"
done
cp -a "$M/box/etc" "$M/good/postfix"
echo 12 >"$M/good/debian_version"
sed -i 's,^config_directory = .*,config_directory = /etc/postfix,' "$M/good/postfix/main.cf"
mount --bind "$M/etc" /etc || skip_all "cannot mount a private /etc"
cd "$M/here" || bail "no folder"

start_again() {
	find "$M/etc" "$M/here" -mindepth 1 -delete
	cp -a "$M/good/." "$M/etc"
	echo hoge >password-file
}

user() { # NAME [OPTION...]
	echo hoge | saslpasswd -c "${@:2}" "$1@$HOST" >"$WORK/out" 2>&1 || bail "cannot make $1: $(cat "$WORK/out")"
}

# ---- what a page finds there ----

before_saslpasswd() {
	:
}

before_sasldblistusers() {
	user ann -a smtpd
	user hoge
}

# A user of the stock sasldb, one of the system with a password, and a Postfix that offers no AUTH.
before_gsasldb8() {
	local stock
	stock=$(stock_plugin_dir)
	user ann -a smtpd
	user hoge -a smtpd
	echo 'auxprop_plugin: sasldb' >stock.conf
	echo hoge | SASL_PATH=$stock SASL_CONF_PATH=$PWD saslpasswd2 -p -c -a stock -f /etc/sasldb2 -u "$HOST" carl >"$WORK/out" 2>&1
	[ -e /etc/sasldb2 ] || skip_all "the stock saslpasswd2 makes no sasldb: $(cat "$WORK/out")"
	printf '%s\n' 'root:*:20000:0:99999:7:::' "dora:$(openssl passwd -6 hoge):20000:0:99999:7:::" >/etc/shadow
	postconf -e 'smtpd_sasl_auth_enable = no'
	touch -d '1 hour ago' /etc/postfix/*.cf # one of this second makes postconf wait for the next
}

before_gsasldb5() {
	user hoge -m PLAIN,CRAM-MD5,DIGEST-MD5,SCRAM-SHA-1,SCRAM-SHA-256
}

# A conf file, as libsasl2 sees it: it has no other options, the user gets a password, and can log in by all that it
# offers.  Cyrus imapd has a prefix, and slapd chooses the plugin elsewhere.
cat >"$M/check-file" <<'END'
#!/bin/bash
[[ $1 == *.conf ]] || exit 0
conf=$(mktemp) || exit
trap 'rm -f "$conf"' EXIT
sed 's/^sasl_//' "$1" >"$conf"
[ "$1" != /etc/ldap/sasl2/slapd.conf ] || echo 'auxprop_plugin: gsasldb' >>"$conf"
! sed 's/:.*//' "$conf" | grep -vxE 'pwcheck_method|auxprop_plugin|mech_list|auto_transition|gsasldb_(group|mechs|plain)' &&
	saslpasswd -a "$conf" hoge@mail.example.org <password-file &&
	gsasldb verify -a "$conf" -m "$(sed -n 's/^mech_list: //p' "$conf")" hoge@mail.example.org <password-file
END
chmod 755 "$M/check-file"

# ---- the pages ----

examples_of() { # PAGE BEFORE
	local line
	start_again
	"$2"
	ran="the examples of $1"
	python3 "$SRCDIR/tests/cli/transcript.py" "$SRCDIR/man/$1" "$M/check-file" >"$WORK/results" 2>"$WORK/err"
	rc=$?
	: >"$WORK/out"
	while IFS= read -r line; do
		case $line in
		ok\ *) result 0 "$1: ${line#ok }" ;;
		not\ ok\ *) result 1 "$1: ${line#not ok }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$WORK/results"
	is_rc 0 "$1: there are examples, and all were run"
}
examples_of saslpasswd.8 before_saslpasswd
examples_of sasldblistusers.8 before_sasldblistusers
examples_of gsasldb.8 before_gsasldb8
examples_of gsasldb.5 before_gsasldb5

cd /
umount -l /etc
finish
