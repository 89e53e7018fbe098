/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txn: the files of a transaction; store_write.c alone uses it, for the changes themselves.
 *
 * Called in the order that doc/STORE.md has, they leave the files so that a reader finds a whole side, wherever a writer
 * is cut off.
 */
#ifndef GSASLDB_TXN_H
#define GSASLDB_TXN_H

#include "files.h"
#include "side.h"
#include "state.h"
#include "store.h"

struct change {
	struct change *next;	/* in the order of their making */
	char *value;		/* NULL: delete */
	size_t len;
	size_t key_len;
	char key[];
};

struct store_txn {
	struct paths paths;
	int left, right, state;
	struct stat left_st;
	struct state now;		/* what the state file says */
	struct side *side;		/* the left; open for writing if dirty */
	bool dirty;			/* a change has gone to the left */
	enum status failed;		/* of a change: then none is committed */
	int64_t growth;			/* how many records the changes have added */
	struct ident left_ident;	/* of the left as this transaction has it */
	struct change *first, **last;	/* the changes, if they are not too many */
	size_t count;			/* of changes */
	bool created;
	char warning[512];
};

/*
 * Fills in t, which is all zeros: opens and locks the three files, makes those that are missing, and makes both sides
 * whole and alike.  Then the left is open for reading.  Call txn_close() in every case.
 * Errors: those of store_begin().
 */
enum status txn_open(struct store_txn *t, const char *path, const struct store_write_options *options,
    struct fault *f);

/* Gives back what txn_open() took, the locks last.  What was changed and not committed stays for the next writer to
 * mend. */
void txn_close(struct store_txn *t);

/* Writes the state, with the identities of both sides unless the right is dirty.  Errors: ST_IO. */
enum status txn_set_state(struct store_txn *t, enum phase phase, uint64_t generation, bool sync, struct fault *f);

/* A generation that this place has never seen, even if its files were restored from a copy with all their states: a
 * reader may still hold a handle from before.  old may be NULL. */
uint64_t txn_fresh_generation(const struct state *old);

/* Notes the left as this transaction has it; and: is it still so?  Whoever does not lock (cp) shows by its identity.
 * Errors: ST_IO; ST_BUSY: somebody else changed it. */
enum status txn_note_left(struct store_txn *t, struct fault *f);
enum status txn_check_left_kept(const struct store_txn *t, struct fault *f);

/* Makes the right a copy of the left.  To be called in the phase "right dirty", in which readers read the left.
 * Errors: ST_IO. */
enum status txn_fill_right(const struct store_txn *t, struct fault *f);

/* Makes the left a copy of the right, and the state clean.  t->side must be closed: GDBM would write over the copy.
 * Errors: ST_IO, ST_CORRUPT, ST_NOMEM. */
enum status txn_copy_right_to_left(struct store_txn *t, struct fault *f);

#endif
