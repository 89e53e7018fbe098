# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# A Debian root of its own, ROOT, for a program whose package would disturb the machine: its packages and what
# they depend on, unpacked (none of their scripts runs), with our plugin and saslpasswd in their places.
# Sourced after program.sh.

ROOT=$WORK/root

root_make() { # PACKAGE...
	unshare -m true 2>/dev/null || skip_all "needs to make a mount namespace"
	root_fetch "$@" || skip_all "apt cannot fetch $*"
	if ! { mkdir "$ROOT" && root_unpack && root_install && rm -r "$WORK/apt"; }; then
		bail "cannot make a Debian root with $*"
	fi
}

# Fetches as the machine's own apt does, and as if nothing was installed.
root_fetch() { # PACKAGE...
	local apt=(apt-get -q -y --no-install-recommends -o Dir::State::status="$WORK/apt/status"
		-o Dir::Cache::archives="$WORK/apt" -o Debug::NoLocking=1)
	mkdir -p "$WORK/apt/partial" && : >"$WORK/apt/status" || return
	"${apt[@]}" --download-only install libsasl2-modules "$@" >"$WORK/fetch" 2>&1 && return
	# with newer lists, in a place of their own, if the machine's are missing or too old
	mkdir -p "$WORK/apt/lists/partial"
	apt+=(-o Dir::State::lists="$WORK/apt/lists")
	"${apt[@]}" update >"$WORK/fetch" 2>&1
	"${apt[@]}" --download-only install libsasl2-modules "$@" >>"$WORK/fetch" 2>&1 && return
	sed 's/^/# /' "$WORK/fetch"
	return 1
}

root_unpack() {
	local file
	for file in "$WORK"/apt/*.deb; do
		dpkg-deb --fsys-tarfile "$file" | tar -x -C "$ROOT" --exclude='./usr/share/doc/*' \
			--exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' || return
	done
}

root_install() {
	local plugins library
	plugins=$(dirname "$(find "$ROOT/usr/lib" -name libscram.so | head -n 1)")
	cp "$PLUGIN" "$plugins/" && cp "$BUILDDIR/saslpasswd" "$ROOT/usr/sbin/" &&
		mkdir -p "$ROOT"/{dev,proc,tmp} && chmod 1777 "$ROOT/tmp" &&
		touch "$ROOT"/dev/{null,urandom} || return
	# what they need, unless it is there already
	for library in $(ldd "$PLUGIN" "$BUILDDIR/saslpasswd" | grep -oE '/[^ :]+\.so[^ :]*' | sort -u); do
		[ -e "$ROOT$library" ] || [ -e "$ROOT/usr$library" ] || cp -L --parents "$library" "$ROOT" || return
	done
}

# The program's account in the root, with ids that mean nothing outside.
root_account() { # USER GROUP
	echo "root:x:0:0::/:/bin/sh
$1:x:990:990::/:/bin/false" >"$ROOT/etc/passwd"
	echo "root:x:0:
$2:x:990:" >"$ROOT/etc/group"
}

# The words before a command that is run in the root.  What is mounted for it is so in its own namespace only.
# shellcheck disable=SC2016 # expanded by that shell
IN_ROOT=(env "${PLUGIN_ENV[@]}" unshare -m "$BASH" -c '
	for file in null urandom; do
		mount --bind "/dev/$file" "$0/dev/$file" || exit 99
	done
	mount --rbind /proc "$0/proc" || exit 99
	exec chroot "$0" "$@"' "$ROOT")
