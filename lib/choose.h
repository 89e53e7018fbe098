/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * choose: the handle of the side that counts: s->side, and how it was chosen.
 *
 * One that the state vouches for (s->verdict.vouched) may be kept; any other is for one use, under the locks that come with
 * it.  Called with the lock of reader.h held; none waits.
 */
#ifndef GSASLDB_CHOOSE_H
#define GSASLDB_CHOOSE_H

#include "reader.h"

/*
 * Most often the state vouches for a side, and one glance at it is enough.
 * Errors: ST_BUSY (it does not: choose_thoroughly()), ST_CORRUPT, ST_NOMEM, ST_IO.
 */
enum status choose_quickly(struct store *s, struct fault *f);

/*
 * From a look at all that there is.  insist: with locks in any case, so that no writer comes between.
 * Errors: ST_BUSY (s->must_wait: somebody is at work); ST_CORRUPT, ST_FOREIGN (nobody counts); ST_NOMEM, ST_IO.
 */
enum status choose_thoroughly(struct store *s, bool insist, struct fault *f);

/* Is what the handle reads what counts, and was it all the time since it was chosen? */
bool choose_stands(const struct store *s);

/* Has nobody the left locked for writing? */
bool choose_left_is_free(const struct store *s);

/* Closes the handle and gives back the locks. */
void choose_drop(struct store *s);

#endif
