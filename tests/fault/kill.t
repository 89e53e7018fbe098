#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A writer is killed (-9) again and again.  STRESS_LONG=yes (make check-fault) takes longer,
# STRESS_SHORT=yes less long.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/stress" kill 2000
fi
if [ -n "${STRESS_SHORT:-}" ]; then
	exec "$BUILDDIR/tests/fault/stress" kill 50
fi
exec "$BUILDDIR/tests/fault/stress" kill 300
