/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * batch: all users of an input, gathered and checked before anything is done with them.  In memory are some
 * 24 bytes of each; what the input says of him is in a spool.
 */
#ifndef GSASLDB_IMPORT_BATCH_H
#define GSASLDB_IMPORT_BATCH_H

#include <stdint.h>

#include "format.h"
#include "spool.h"

/* Things to say of lines: all are counted, the first are kept. */
#define PROBLEMS_KEPT 20
struct problems {
	size_t count;
	char *text[PROBLEMS_KEPT];
};

struct batch_item {
	uint64_t key;		/* store_order() of the name, then its checksum */
	uint64_t at;		/* of the entry, in the spool */
	uint64_t prepared;	/* of what a password became; else one of these: */
#define BATCH_NO_PASSWORD 0
#define BATCH_PASSWORD 1
};

struct batch {
	const struct name *map_from, *map_to;	/* --map-realm: their realms; or NULL */
	struct spool *spool;
	struct batch_item *items;	/* ascending keys, once it is settled */
	size_t count, room;
	size_t passwords;		/* how many have one */
	struct problems bad, lost;
};

/* b: zeros, but for map_from and map_to.  Errors: ST_NOMEM, ST_IO. */
enum status batch_open(struct batch *b, struct fault *f);
void batch_close(struct batch *b);

/* Where a format may put its entries. */
struct import_sink batch_sink(struct batch *b);

/* When all are there: sorts, puts entries of one user together, and counts those that contradict each other
 * as bad.  Errors: ST_NOMEM, ST_IO. */
enum status batch_settle(struct batch *b, struct fault *f);

/* The entry of items[i]; entry_clear() it.  Errors: ST_NOMEM, ST_IO. */
enum status batch_load(struct batch *b, size_t i, struct entry *e, struct fault *f);

/* Is this user among them?  The batch must be settled.  Errors: ST_NOTFOUND, ST_NOMEM, ST_IO. */
enum status batch_find(struct batch *b, const struct name *name, struct fault *f);

#endif
