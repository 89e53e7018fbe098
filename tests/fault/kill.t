#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The tools are killed (-9) again and again.  STRESS_LONG=yes (make check-fault) does it more often,
# STRESS_SHORT=yes less often.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/kill" 2004
fi
if [ -n "${STRESS_SHORT:-}" ]; then
	exec "$BUILDDIR/tests/fault/kill" 36
fi
exec "$BUILDDIR/tests/fault/kill" 204
