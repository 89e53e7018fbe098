#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A write that was killed, then a copy, then one more change.  STRESS_LONG=yes (make check-fault) kills at each of 28
# places; else at some of them.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/unfinished" long
fi
exec "$BUILDDIR/tests/fault/unfinished" short
