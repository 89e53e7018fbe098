#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A writer is killed (-9) again and again.  STRESS_LONG=yes (make check-fault) takes longer.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/stress" kill 2000
fi
exec "$BUILDDIR/tests/fault/stress" kill 300
