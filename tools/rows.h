/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rows: a list of allocated things that grows.
 */
#ifndef GSASLDB_ROWS_H
#define GSASLDB_ROWS_H

#include <stddef.h>

#include "status.h"

struct rows {		/* all zeros: empty */
	void **row;
	size_t count, room;
};

/* Takes row over (malloc; NULL is no memory); on error it is freed.  Errors: ST_NOMEM. */
enum status rows_add(struct rows *r, void *row, struct fault *f);

/* qsort(3); compare is given pointers to rows. */
void rows_sort(struct rows *r, int (*compare)(const void *a, const void *b));

/* Frees all rows. */
void rows_free(struct rows *r);

#endif
