#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The power is cut after each write.  STRESS_LONG=yes (make check-fault) tries more states of the disk,
# STRESS_SHORT=yes fewer.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/power_cut" long
fi
if [ -n "${STRESS_SHORT:-}" ]; then
	exec "$BUILDDIR/tests/fault/power_cut" short
fi
exec "$BUILDDIR/tests/fault/power_cut" plain
