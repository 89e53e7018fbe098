/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk: the users' records of a side, one after the other.  Passes over what is reserved (mark.h).
 */
#ifndef GSASLDB_WALK_H
#define GSASLDB_WALK_H

#include "side.h"
#include "store.h"

/* As side_each(), with each record parsed. */
enum status walk_records(struct side *side, store_visitor *each, void *arg, struct fault *f);

/* Is every record good?  Errors: ST_CORRUPT, ST_FOREIGN (*f names the first that is not); those of side_each(). */
enum status walk_check(struct side *side, struct fault *f);

#endif
