# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What becomes of the users when the packages are upgraded, removed, installed again and purged.  Sourced.

QUESTION='Remove the database /etc/sasldb'

# Whoever is in the database, and every byte of it.
users() {
	in_root "sasldblistusers"
}

files() {
	(cd "$ROOT/etc" && find . -maxdepth 1 -name '*sasldb*' ! -name '*sasldb2*' -exec md5sum {} + | sort)
}

# Changes nothing that they do; the version alone is higher.
make_upgrade() { # DIR
	local package
	mkdir "$1" || return
	for package in "${PACKAGES[@]}"; do
		dpkg-deb -R "$BUILDDIR/deb/${package}"_*.deb "$1/$package" &&
			sed -i -E "s/^(Version: |.* \(= )$VERSION/&+test1/" "$1/$package/DEBIAN/control" &&
			dpkg-deb --root-owner-group -b "$1/$package" "$1/${package}_$VERSION+test1_all.deb" >/dev/null || return
	done
}

upgrade() {
	local before
	VERSION=$(in_root "dpkg-query -W -f '\${Version}' gsasldb")
	in_root "echo hoge | $(block create)" || bail "no user"
	before=$(users)$(files)
	make_upgrade "$WORK/upgrade" || bail "cannot make a higher version"
	rm "$ROOT"/root/*.deb
	cp "$WORK"/upgrade/*.deb "$ROOT/root/"
	does "upgrade" in_root "$(block install)"
	tap_is "$(in_root "dpkg-query -W -f '\${Version} ' ${PACKAGES[*]}")" "$VERSION+test1 $VERSION+test1 " \
		"the version is the higher one"
	tap_is "$(users)$(files)" "$before" "the users are kept, and so is every byte of the database"
	login "Postfix runs on" 235 curl PLAIN hoge hoge
	does "Postfix starts again" in_root "service postfix restart"
	every_mechanism
}

remove_and_reinstall() {
	local before
	before=$(files)
	does "remove" in_root "apt-get -q remove ${PACKAGES[*]}"
	tap_is "$(files)" "$before" "the database is kept"
	tap_is "$(find "$ROOT"/usr/sbin/gsasldb "$ROOT"/usr/lib/*/sasl2/libgsasldb* 2>/dev/null)" "" "the programs are gone"
	install_again
	tap_is "$(files)" "$before" "the database is as it was"
	does "Postfix starts again" in_root "service postfix restart"
	login "installed again" 235 curl PLAIN hoge hoge
}

install_again() {
	does "install again" in_root "$(block install)"
}

# With nobody to ask, and with somebody who says no.
purge_with_users() {
	local before
	before=$(files)
	does "purge with users and nobody to ask" in_root "dpkg --purge ${PACKAGES[*]}"
	tap_is "$(files)" "$before" "the database is kept"
	grep -q "/etc/sasldb and its users are kept; to remove them: rm /etc/sasldb" "$WORK/said"
	tap $? "and that is said" "$(cat "$WORK/said")"
	install_again
	tap_is "$(users | wc -l)" 5 "the user is found again"
	purge_at_terminal "see:$QUESTION" 'type:no\n'
	tap_is "$(files)" "$before" "somebody says no: the database is kept"
	install_again
}

# It had no users when the package was removed, but was changed since then.
purge_after_restore() {
	cp "$ROOT/etc/sasldb" "$WORK/backup"
	does "delete" in_root "$(block delete)"
	does "remove without users" in_root "apt-get -q remove gsasldb"
	cat "$WORK/backup" >"$ROOT/etc/sasldb"
	does "purge" in_root "dpkg --purge ${PACKAGES[*]}"
	cmp -s "$WORK/backup" "$ROOT/etc/sasldb"
	tap $? "a database that was restored after the removal is kept"
	install_again
	tap_is "$(users | wc -l)" 5 "its user is there"
}

purge_when_told() {
	purge_at_terminal "see:$QUESTION" 'type:yes\n'
	tap_is "$(files)" "" "somebody says yes: the database is gone, and what belongs to it"
	nothing_left
	install_again
	database_is "640 root postfix" "there is a new one"
}

purge_without_users() {
	purge_at_terminal
	! grep -q "$QUESTION" "$WORK/said"
	tap $? "without users there is no question" "$(cat "$WORK/said")"
	tap_is "$(files)" "" "the database is gone"
	nothing_left
}

purge_at_terminal() { # STEP...
	at_terminal "$@" -- "DEBIAN_FRONTEND=teletype dpkg --purge ${PACKAGES[*]}" && grep -q "exit=0" "$WORK/said"
	tap $? "purge at a terminal: $*" "$(cat "$WORK/said")"
}

nothing_left() {
	tap_is "$(find "$ROOT"/{etc,usr,var/lib} -name '*gsasldb*' ! -path '*/dpkg/*-old')" "" "nothing else is left"
	in_root "! dpkg-query -W ${PACKAGES[*]}" >/dev/null 2>&1
	tap $? "dpkg knows nothing of the packages"
}
