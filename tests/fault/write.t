#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Readers beside a flat-out writer.  STRESS_LONG=yes (make check-fault) takes longer.
if [ -n "${STRESS_LONG:-}" ]; then
	exec "$BUILDDIR/tests/fault/stress" write 60
fi
exec "$BUILDDIR/tests/fault/stress" write 4
