#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lintian has neither errors nor warnings for the packages that "make check-packages" has built.
BUILDDIR=${BUILDDIR:-.}

[ -e "$(dirname "$0")/../../debian" ] || { echo "1..0 # SKIP debian/ is in the repository, not in the tarball"; exit; }
command -v lintian >/dev/null || { echo "Bail out! lintian is missing: see tests/setup.sh"; exit 99; }
changes=$(find "$BUILDDIR/deb" -maxdepth 1 -name '*.changes')
[ -n "$changes" ] || { echo "Bail out! no packages: see make check-packages"; exit 99; }

echo 1..1
if said=$(lintian --allow-root --fail-on error,warning --info "$changes" 2>&1); then
	echo "ok 1 - lintian is content"
else
	echo "not ok 1 - lintian complains"
	printf '%s\n' "$said" | sed 's/^/# /'
	exit 1
fi
