# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the tests of gsasldb check share: a private Postfix in which nothing is wrong.  Sourced after lib.sh.
#
#   check_begin            makes it: $CONF (main.cf, master.cf, sasl/smtpd.conf), $PLUGINS, $DB with the user ann
#   finds ID NAME          check finds ID now; its remedy is in $WORK/remedy
#   mends ID NAME [INPUT]  runs the remedy, with INPUT on its standard input: then ID is not found any more
#   broken ID NAME [INPUT] both
#   heals ID NAME [INPUT]  the same, and nothing else is found either
#   silent NAME            check finds nothing at all

# shellcheck source-path=SCRIPTDIR source=../hosts/postfix.sh
. "$SRCDIR/tests/hosts/postfix.sh"

# Nothing is started in its chroot.
fill_jail() {
	:
}

HOST=mail.example.test

check_begin() {
	need_root
	need postconf perl
	stock_plugin_dir >/dev/null || skip_all "needs libsasl2-modules"
	BOX=$WORK/box CONF=$WORK/box/etc PLUGINS=$WORK/box/plugins DB=$WORK/data/sasldb REALM=$HOST
	SMTPD=$CONF/sasl/smtpd.conf
	export SASL_CONF_PATH=$WORK/elsewhere ASAN_OPTIONS=${ASAN_OPTIONS-}
	mkdir "$WORK/data"
	postfix_make "$BOX" "$HOST" y <<-END || bail "cannot make a private Postfix"
		pwcheck_method: auxprop
		auxprop_plugin: gsasldb
		gsasldb_path: $DB
		gsasldb_mechs: SCRAM-SHA-256 PLAIN
		mech_list: PLAIN LOGIN SCRAM-SHA-256
		sasldb_path: $WORK/no-old-sasldb
	END
	make_plugin_dir "$PLUGINS" "$BUILDDIR/.libs/libgsasldb.so" || bail "cannot find libsasl2's plugins"
	create ann -g postfix -m SCRAM-SHA-256,PLAIN
	cp -a "$CONF" "$WORK/good-conf"
	cp -a "$PLUGINS" "$WORK/good-plugins"
	cp -a "$WORK/data" "$WORK/good-data"
}

# Everything as check_begin left it.
restore() {
	rm -rf "$CONF" "$PLUGINS" "$WORK/data" "$WORK/elsewhere"
	cp -a "$WORK/good-conf" "$CONF"
	cp -a "$WORK/good-plugins" "$PLUGINS"
	cp -a "$WORK/good-data" "$WORK/data"
	gsasldb init -f "$DB" # the copy is another file
}

# A main.cf of this second makes postconf wait for the next.
settle() {
	touch -d '1 hour ago' "$CONF"/*.cf
}

check() {
	settle
	: >"$WORK/in"
	run gsasldb check --config-dir "$CONF" "$@"
}

# A field of the first finding of that id.
finding() { # ID FIELD
	perl -e '
		my ($id, $field) = @ARGV;
		while (<STDIN>) {
			next unless /"id":"\Q$id\E"/ && /"$field":"((?:[^"\\]|\\.)*)"/;
			print $1 =~ s/\\(.)/$1 eq "n" ? "\n" : $1/ger, "\n";
			exit 0;
		}
		exit 1' "$@" <"$WORK/out"
}

finds() { # ID NAME
	check --json
	finding "$1" remedy >"$WORK/remedy"
	result $? "$2: $1"
}

gone() { # ID NAME
	check --json
	[ "$rc" -le 1 ] && ! grep -q "\"id\":\"$1\"" "$WORK/out"
	result $? "$2: $1 is gone"
}

mends() { # ID NAME [INPUT]
	input '%s' "${3-}"
	run sh -e "$WORK/remedy"
	is_rc 0 "$2: $1: the remedy can be run"
	gone "$1" "$2"
}

broken() { # ID NAME [INPUT]
	finds "$@"
	mends "$@"
}

# As broken, and then nothing at all is left to find.
heals() { # ID NAME [INPUT]
	finds "$@"
	input '%s' "${3-}"
	run sh -e "$WORK/remedy"
	is_rc 0 "$2: $1: the remedy can be run"
	check --json
	succeeds "$2: $1: after the remedy all is well"
}

silent() { # NAME
	check
	succeeds "$1"
}

# Sets a key of smtpd.conf.
smtpd_conf() { # KEY VALUE
	sed -i "/^$1:/d" "$SMTPD"
	echo "$1: $2" >>"$SMTPD"
}

main_cf() { # "NAME = VALUE"...
	settle
	postconf -c "$CONF" -e "$@"
}

# Of the smtpd in master.cf.
master_cf() { # NAME=VALUE...
	settle
	postconf -c "$CONF" -P "${@/#/127.0.0.1:$POSTFIX_PORT/inet/}"
}
