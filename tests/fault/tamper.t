#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The three files are removed, replaced, overwritten and restored under readers.  STRESS_LONG=yes (make check-fault) takes longer.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/stress" tamper 10
fi
exec "$BUILDDIR/tests/fault/stress" tamper 1
