/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phases: the steps of a write.  Taken in the order that doc/STORE.md has ("A write"), they leave the files so that a
 * side which is whole can be told, wherever a writer is cut off.
 */
#ifndef GSASLDB_PHASES_H
#define GSASLDB_PHASES_H

#include "txn.h"

/* The left's mark "begun", from the current generation to a new one; state "left dirty", synced.
 * Errors: ST_BUSY (somebody else changed the left), ST_CORRUPT, ST_NOMEM, ST_IO. */
enum status phases_begin_left(struct store_txn *t, struct fault *f);

/* The left's mark "begun" again, after its contents came from another file of ours.  Errors: ST_CORRUPT, ST_NOMEM, ST_IO. */
enum status phases_mark_left_begun(struct store_txn *t, struct fault *f);

/* State "right dirty", synced: the commit.  Errors: ST_IO. */
enum status phases_commit(struct store_txn *t, struct fault *f);

/* State "left dirty" again, synced, after a commit that failed.  Errors: ST_IO. */
enum status phases_take_back(struct store_txn *t);

/* Behind the commit: the left's mark "whole"; the right's "begun", and, after its sync, "whole".
 * Errors: ST_CORRUPT, ST_NOMEM, ST_IO. */
enum status phases_mark_left_whole(struct store_txn *t, struct fault *f);
enum status phases_mark_right_begun(struct store_txn *t, struct fault *f);
enum status phases_mark_right_whole(struct store_txn *t, struct fault *f);

/* Or: the right a copy of the left, synced, mark included.  In the phase "right dirty", in which readers read the left.
 * Errors: ST_IO, ST_NOMEM. */
enum status phases_fill_right(struct store_txn *t, struct fault *f);

/* State "clean", with the identities of both sides.  Errors: ST_IO. */
enum status phases_end(struct store_txn *t, bool sync, struct fault *f);

/* The left a copy of the right, which is whole; then the state clean.  t->side must be closed: GDBM would write over
 * the copy.  Errors: ST_IO, ST_NOMEM. */
enum status phases_restore_left(struct store_txn *t, const struct mark *right, struct fault *f);

/* The right, and then the mark of the left, of a new generation made from the left as it is.
 * Errors: ST_BUSY (somebody else changed the left), ST_CORRUPT, ST_NOMEM, ST_IO. */
enum status phases_adopt_left(struct store_txn *t, struct fault *f);

/* Notes the left as this transaction has it; and: is it still so?  Whoever does not lock (cp) shows by its identity.
 * Errors: ST_IO; ST_BUSY: somebody else changed it. */
enum status phases_note_left(struct store_txn *t, struct fault *f);
enum status phases_check_left_kept(const struct store_txn *t, struct fault *f);

#endif
