/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mend: what a transaction begins with: both sides whole and alike, whatever an earlier writer, a copy, a restoration or a
 * loss has left behind.
 */
#ifndef GSASLDB_MEND_H
#define GSASLDB_MEND_H

#include "txn.h"

/*
 * Looks at the open and locked files, and makes both sides whole and alike from the one that counts, or (from) from the
 * one that a person says.  Then t->side is the left, open for reading, t->now the state, and t->found says what was mended.
 * The companions get the left's owner and mode, once what is in them is ours.
 * Errors: ST_BUSY (somebody is still changing the left, until t->deadline), ST_FOREIGN and ST_CORRUPT (refused: *f says what a
 * person can do), ST_NOMEM, ST_IO.
 */
enum status mend_files(struct store_txn *t, enum store_from from, struct fault *f);

#endif
