/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apply: puts a batch into the database, or finds out what that would change.
 */
#ifndef GSASLDB_IMPORT_APPLY_H
#define GSASLDB_IMPORT_APPLY_H

#include "batch.h"
#include "merge.h"
#include "progress.h"
#include "store.h"

struct apply {
	struct batch *batch;
	const struct merge_rules *rules;
	struct store_txn *t;		/* where it is written; NULL: nowhere */
	struct store *store;		/* what is there, if t is NULL; NULL as well: nothing */
	const char *replaced;		/* realm (folded) whose other users are removed, or NULL */
	struct progress *progress;
	bool (*interrupted)(void);	/* true: stop, with ST_BUSY */
	/* Called for each who is "added", "changed" or "removed". */
	void (*told)(void *arg, const char *what, const struct name *name);
	void *arg;
};

struct applied {
	size_t added, changed, unchanged, removed;
	size_t keep_older;	/* of the changed: another mechanism keeps an older password */
};

/*
 * t is neither committed nor aborted.
 * Errors: ST_BADVALUE (every user of the realm would be removed; a password that cannot be stored), ST_BUSY,
 * those of the store.
 */
enum status apply_batch(struct apply *a, struct applied *out, struct fault *f);

#endif
