/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rows: a list of allocated things that grows.  Knows nothing of what they are.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum status
rows_add(struct rows *r, void *row, struct fault *f)
{
	if (row != NULL && r->count == r->room) {
		size_t room = r->room + r->room / 2 + 64;
		void **more = reallocarray(r->row, room, sizeof(*more));

		if (more == NULL) {
			free(row);
			row = NULL;
		} else {
			r->row = more;
			r->room = room;
		}
	}
	if (row == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	r->row[r->count++] = row;
	return ST_OK;
}

void
rows_sort(struct rows *r, int (*compare)(const void *a, const void *b))
{
	if (r->count > 0)
		qsort(r->row, r->count, sizeof(*r->row), compare);
}

void
rows_free(struct rows *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->row[i]);
	free(r->row);
	memset(r, 0, sizeof(*r));
}
