# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# The Debian root of bare-system.t: made, and how a command is run in it.  Sourced.

HOST=zdnet.hoge.org # the guide's
PACKAGES=(libsasl2-modules-gsasldb gsasldb)
TERMINAL=$HOSTS_DIR/../cli/terminal.py

# Makes it, in $WORK/root, and copies our packages into its /root.
root_make() {
	local mirror proxy
	[ -e "$HOSTS_DIR/../../debian" ] || skip_all "debian/ is in the repository, not in the tarball"
	unshare --mount --uts --pid --net --kill-child true 2>/dev/null || skip_all "needs to make namespaces"
	command -v debootstrap >/dev/null || bail "debootstrap is missing: see tests/setup.sh"
	# shellcheck disable=SC2016 # apt-get's
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' \
		'Release: bookworm' | head -n 1)
	[ -n "$mirror" ] || skip_all "apt knows no mirror of Debian 12"
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[ -z "${proxy-}" ] || export http_proxy=$proxy
	debootstrap --variant=minbase bookworm "$WORK/root" "$mirror" >"$WORK/debootstrap" 2>&1 || {
		tail -n 20 "$WORK/debootstrap" | sed 's/^/# /'
		bail "debootstrap fails"
	}
	# as the machine's apt reaches the mirror; and answers as somebody gives them who wants a package
	apt-config dump | grep -iE '^Acquire::https?::' >"$WORK/root/etc/apt/apt.conf.d/00machine"
	echo 'APT::Get::Assume-Yes "true";' >"$WORK/root/etc/apt/apt.conf.d/01yes"
	root_copy_packages "$BUILDDIR/deb"
}

root_copy_packages() { # DIR
	local package
	for package in "${PACKAGES[@]}"; do
		cp "$1/${package}"_*.deb "$WORK/root/root/" || bail "no package $package: see make check-packages"
	done
}

# In the root's namespaces.
root_prepare() {
	printf '127.0.0.1 localhost\n127.0.1.1 %s %s\n' "$HOST" "${HOST%%.*}" >"$ROOT/etc/hosts"
	: >"$WORK/net"
	if ! { hostname "$HOST" && mount -t proc proc /proc && mount -t proc proc "$ROOT/proc" &&
		unshare --net="$WORK/net" ip link set lo up; }; then
		bail "cannot prepare the root"
	fi
	# no daemon is to listen where the machine's network is
	printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d" && chmod 755 "$ROOT/usr/sbin/policy-rc.d"
	OFFLINE=(nsenter --net="$WORK/net" --)
	CLIENT_IN=("${OFFLINE[@]}")
	IN_ROOT=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8
		DEBIAN_FRONTEND=noninteractive chroot "$ROOT")
}

# A shell command, word for word, in root's home; without a network but for loopback.
in_root() { # COMMAND
	"${OFFLINE[@]}" "${IN_ROOT[@]}" sh -e -c "cd; $1" </dev/null
}

in_root_online() { # COMMAND
	"${IN_ROOT[@]}" sh -e -c "cd; $1" </dev/null
}

# Somebody at a terminal: the steps are terminal.py's.
at_terminal() { # STEP... -- COMMAND
	local steps=()
	while [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	"$PYTHON" "$TERMINAL" "${steps[@]}" -- "${OFFLINE[@]}" "${IN_ROOT[@]}" sh -e -c "cd; $2" >"$WORK/said" 2>&1
}

# One command, one test point; what it says stays in $WORK/said.
does() { # NAME COMMAND...
	local code=0
	"${@:2}" >"$WORK/said" 2>&1 || code=$?
	tap $code "$1" "exit code $code: $(tail -n 20 "$WORK/said")"
	return $code
}
