#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Threads that share a store, beside a writer and beside somebody who holds the locks.  STRESS_LONG=yes (make
# check-fault) takes longer.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/threads" long
fi
exec "$BUILDDIR/tests/fault/threads" short
