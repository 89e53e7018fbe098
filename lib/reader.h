/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader: a struct store and its files, which are followed when they are replaced.
 *
 * Every function but reader_lock() is called with the lock held, and none waits.
 */
#ifndef GSASLDB_READER_H
#define GSASLDB_READER_H

#include "store.h"
#include "trio.h"

/* What this reader thinks of a left that somebody else has changed; of one generation of the right. */
struct opinion {
	struct generation of;
	bool in_making;			/* "right dirty": that right is not there yet */
	bool any;			/* else nothing has been thought yet */
	struct rest left;		/* the left as it was last seen */
	enum records records;		/* of that left */
	enum right right;
};

struct store {
	char *asked;			/* the path as it was given, absolute: a link in it may be turned */
	struct stat root;		/* "/" when the store was opened: a chroot shows by it */
	struct trio trio;		/* kept open */
	bool mapped;			/* the companions may be mapped: store_map() */
	bool overlay;			/* descriptors can go stale without a sign */
	unsigned epoch;			/* how many forks there were when the files were opened */
	struct fault gone;		/* why the left is not open */
	struct fault unseen;		/* why it is not known which companions there are; ST_OK: it is */

	struct side *side;		/* the open handle, or NULL; what follows says how it was chosen */
	struct verdict verdict;
	struct state seen;
	bool have_seen;			/* false: there was no state */
	struct ident left_seen, right_seen;
	bool state_locked, left_locked;	/* shared: nobody who locks comes between */

	struct opinion opinion;
	int64_t vouched_at;		/* when both sides were last seen as the state says, ms; 0: never */
	int64_t next_look;
	bool must_wait;			/* ST_BUSY: only time helps */
	struct fault left_trouble;	/* why the left is not used; ST_OK: it would be */
	struct fault trouble;		/* why a companion is not used */
};

/* The one lock for all stores of the process.  A fork waits for it. */
void reader_lock(void);
void reader_unlock(void);

/* Fills in s, which is all zeros, and opens the files.  reader_close() it in every case.  Errors: those of store_open(). */
enum status reader_open(struct store *s, const char *path, struct fault *f);
void reader_close(struct store *s);

/* As store_map(). */
void reader_map(struct store *s);

/* Follows the files: once a second, and after a fork; opens those that are not open and can be.  To be called before each
 * use.  Errors: why the left is not open, or why it is not known which companions there are. */
enum status reader_keep_up(struct store *s, struct fault *f);

/* Are the open files still those that the paths name?  Where not, they are opened anew, and the handle is gone. */
bool reader_files_replaced(struct store *s);

/* Looks at once whether the files that were read are still those that the paths name, as they were: if not, an error or "no
 * such user" says nothing. */
bool reader_files_moved(struct store *s);

#endif
