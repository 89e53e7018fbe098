#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every finding that check knows has a test.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

ids=$(sed -n 's/^	{SEVERITY_[A-Z]*, "\([a-z0-9-]*\)".*/\1/p' "$SRCDIR"/tools/check/*.c)
is "$((${#ids} > 400))" 1 "there are findings"
is "$(sort <<<"$ids" | uniq -d)" "" "each has an id of its own"
for id in $ids; do
	ok "$id" grep -qE "(broken|heals|finds|mends|finding) $id " "$SRCDIR"/tests/cli/check-*.t
done

finish
