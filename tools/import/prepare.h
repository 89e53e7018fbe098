/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prepare: makes the secrets of all passwords of a batch, on all cores and before the database is locked:
 * that takes the time.
 */
#ifndef GSASLDB_IMPORT_PREPARE_H
#define GSASLDB_IMPORT_PREPARE_H

#include "batch.h"
#include "merge.h"
#include "progress.h"
#include "store.h"

/*
 * store: NULL if there is no database yet.
 * Errors: those of merge() and of store_get().
 */
enum status prepare_batch(struct batch *b, struct store *store, const struct merge_rules *rules,
    struct progress *progress, struct fault *f);

/*
 * What was prepared for items[i], if it was made from this record (NULL: none).  ST_NOTFOUND: it was not, or
 * there is nothing prepared; then merge() tells.  The caller clears out->record.  Errors: ST_NOMEM, ST_IO.
 */
enum status prepared_load(struct merged *out, struct batch *b, size_t i, const struct record *old,
    struct fault *f);

/* Puts the line and the user before the words of a fault that comes of what the input says of him. */
void prepare_name_fault(struct fault *f, enum status st, const struct entry *e);

#endif
