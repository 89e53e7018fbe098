/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txn: a transaction's beginning and end: opening and locking the three files, making those that are missing.
 * What is done to them is in mend.h and phases.h.
 */
#ifndef GSASLDB_TXN_H
#define GSASLDB_TXN_H

#include "store.h"
#include "trio.h"

struct change {
	struct change *next;	/* in the order of their making */
	char *value;		/* NULL: delete */
	size_t len;
	size_t key_len;
	char key[];
};

struct store_txn {
	struct trio trio;
	struct stat left_st;
	int64_t deadline;		/* of waiting, ms */
	struct state now;		/* what the state file says */
	struct mark_record left_mark, right_mark;	/* as they are in the files */
	struct side *side;		/* the left; open for writing if dirty */
	bool dirty;			/* a change has gone to the left */
	enum status failed;		/* of a change: then none is committed ... */
	struct fault why;		/* ... and why */
	int64_t growth;			/* how many records the changes have added */
	struct ident left_ident;	/* of the left as this transaction has it */
	struct change *first, **last;	/* the changes, if they are not too many */
	size_t count;			/* of changes */
	bool created;
	bool closely;			/* look at every record, also of sides that say that they are whole */
	bool locked;			/* the state and the left */
	bool made_right, made_state;	/* companions that were not there */
	struct verdict found;		/* why something had to be mended first, the last time; row 0: nothing had to */
	char warning[512];
};

/*
 * Fills in t, which is all zeros (but for closely): opens and locks the three files, makes those that are missing, and makes both sides
 * whole and alike: from the one that counts, or (from) from the one that a person says.  Then the left is open for
 * reading.  Call txn_close() in every case.
 * Errors: those of store_begin().
 */
enum status txn_open(struct store_txn *t, const char *path, const struct store_write_options *options,
    enum store_from from, struct fault *f);

/* Gives back what txn_open() took, the locks last.  What was changed and not committed stays for the next writer to
 * mend. */
void txn_close(struct store_txn *t);

#endif
