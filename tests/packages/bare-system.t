#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A bare Debian 12, made by debootstrap, on which the packages are installed and README.md's guide is followed to the
# letter (guide.sh); then they are upgraded, removed and purged (life.sh).  "make check-packages" has built them.
#
# The root has its own mounts, host name and processes, and Postfix port 25 of a network of its own: nothing of it is
# seen outside, and nothing is left.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../hosts/host.sh"
# shellcheck source=tests/packages/root.sh
. "$HOSTS_DIR/../packages/root.sh"
# shellcheck source=tests/packages/guide.sh
. "$HOSTS_DIR/../packages/guide.sh"
# shellcheck source=tests/packages/life.sh
. "$HOSTS_DIR/../packages/life.sh"

main() {
	WORK=$ROOT_WORK ROOT=$ROOT_WORK/root LOG=$ROOT/var/log/mail.log CLIENT_TRANSCRIPT=$WORK/transcript
	tap_count=0 tap_failures=0 POSTFIX_PORT=25 WHERE="bare system"
	root_prepare

	# with the machine's network, for apt
	install_by_guide
	install_postfix
	# without it
	follow_guide
	upgrade
	remove_and_reinstall
	purge_with_users
	purge_after_restore
	purge_when_told
	purge_without_users
	tap_end
}

if [ -z "${ROOT_WORK-}" ]; then
	host_begin 900 "$@"
	root_make
	ROOT_WORK=$WORK unshare --mount --uts --pid --kill-child -- "$BASH" "$0"
	exit
fi
main
