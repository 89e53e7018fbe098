/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsonout: JSON on standard output, one object a line.
 */
#ifndef GSASLDB_JSONOUT_H
#define GSASLDB_JSONOUT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "status.h"

/* Writes o (which it gives up; NULL is no memory) as one line.  Errors: ST_NOMEM; those of out are not looked
 * at. */
enum status jsonout_line(FILE *out, json_t *o, struct fault *f);

/* "2026-01-31T23:59:59Z", or null for 0.  NULL: no memory. */
json_t *jsonout_time(int64_t seconds);

#endif
