/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader: the files of a struct store; store_read.c alone uses it, for lookups and listings.
 *
 * Every function but reader_lock() is called with the lock held.
 */
#ifndef GSASLDB_READER_H
#define GSASLDB_READER_H

#include "files.h"
#include "side.h"
#include "state.h"
#include "store.h"

struct store {
	char *asked;			/* the path as it was given, absolute: a link in it may be turned */
	struct paths paths;		/* where it led when the files were opened */
	struct stat root;		/* "/" when the store was opened: a chroot shows by it */
	int left, right, state;		/* kept descriptors; -1: none */
	const struct state *window;	/* the state, mapped; NULL: it is read */
	bool mapped;			/* the companions may be mapped: store_map() */
	bool overlay;			/* descriptors can go stale without a sign */
	unsigned epoch;			/* fork_epoch when they were opened */
	struct fault gone;		/* why left is -1 */
	struct fault unseen;		/* why it is not known which companions there are; ST_OK: it is */

	struct side *side;		/* the open handle, or NULL */
	enum source source;		/* what it reads */
	struct state seen;		/* the state that sent us there */
	bool have_seen;			/* false: there was none */
	bool right_good;		/* verdict: the right may stand in */
	int locked_fd;			/* the state or the left while we hold a shared lock on it, else -1 */
	bool adopted;			/* the left, changed by hand, has answered: the right is out of date */

	bool fresh;			/* just opened: nothing to compare the left with */
	struct ident candidate;		/* the left as changed by hand ... */
	int64_t candidate_since;	/* ... and when it was first seen so, ms */
	struct ident rejected;		/* the left that does not open */
	struct fault left_trouble;	/* why it does not */
	struct fault trouble;		/* why a companion is not used */
	bool undecided;			/* it could not be seen which side counts */
	int64_t next_look;
};

/* The one lock for all stores of the process.  A fork waits for it. */
void reader_lock(void);
void reader_unlock(void);

int64_t reader_now_ms(void);

/*
 * Fills in s, which is all zeros, and opens the files and the handle that counts.  reader_close() it in every case.
 * Errors: those of store_open().
 */
enum status reader_open(struct store *s, const char *path, struct fault *f);
void reader_close(struct store *s);

/* As store_map(). */
void reader_map(struct store *s);

/* Opens those files that are not open and can be, but no handle.  Errors: why the left is not open, or why it is not
 * known which companions there are. */
enum status reader_ready(struct store *s, struct fault *f);

/* Follows the files: once a second, and after a fork.  To be called before each use. */
void reader_keep_up(struct store *s);

/* Looks at once.  True: something changed, the lookup starts over. */
bool reader_look(struct store *s);

/* May the companions be mapped? */
bool reader_may_map(const struct store *s);

/* Opens the handle that counts now: s->side, s->source.  s->undecided afterwards: it could not be seen which counts.
 * Errors: those of side_open(); ST_IO. */
enum status reader_open_side(struct store *s, struct fault *f);

/* The same for a side that the caller chooses. */
enum status reader_open_source(struct store *s, enum source source, struct fault *f);
void reader_drop_side(struct store *s);

/* Is what the handle reads still what counts, and was it all the time since it was opened? */
bool reader_stands(const struct store *s);

/* The identity of an open file.  False: there is none. */
bool reader_ident(int fd, struct ident *out);

#endif
