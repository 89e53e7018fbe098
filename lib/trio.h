/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trio: the three files of a database together: their descriptors, and one look at all of them that is consistent.
 * Takes no lock and changes nothing.
 */
#ifndef GSASLDB_TRIO_H
#define GSASLDB_TRIO_H

#include "files.h"
#include "mark.h"
#include "side.h"
#include "verdict.h"

struct trio {
	struct paths paths;
	int left, right, state;		/* -1: not open */
	bool map;			/* the right and the state may be mapped */
	const struct state *window;	/* the state, mapped; NULL: it is read */
};

/* All closed, no paths. */
void trio_init(struct trio *t);

/* Closes what is open and forgets the paths. */
void trio_close(struct trio *t);
void trio_close_left(struct trio *t);
void trio_close_right(struct trio *t);
void trio_close_state(struct trio *t);

/*
 * Opens a companion.  flags: O_RDONLY or O_RDWR.  left: the stat of the database.
 * Errors: those of file_open(); ST_NODB: it is not there.
 */
enum status trio_open_right(struct trio *t, int flags, const struct stat *left, struct fault *f);
enum status trio_open_state(struct trio *t, int flags, const struct stat *left, struct fault *f);

/* The state now; a torn one is being written this moment, so it is read again.
 * Errors: ST_CORRUPT (there is none, or none that fits), ST_IO. */
enum status trio_read_state(const struct trio *t, struct state *out);

/* What a look found. */
struct look {
	struct sight sight;		/* but for what only the caller knows: changing, records, standing */
	struct ident left, right;
	struct side *left_side, *right_side;	/* open for reading, where it was looked into */
	struct mark_record left_mark, right_mark;
	struct fault left_fault, right_fault;	/* why a side is FOUND_UNREADABLE */
};

enum looking {
	/* Only at what the state vouches for, and only if it vouches for a side: else ST_BUSY. */
	LOOK_QUICKLY,
	/* A writer of ours lives: a left that he has dirty is not looked into but taken for what the state says. */
	LOOK_PAST_WRITER,
	LOOK_INTO_BOTH
};

/*
 * look_clear() it in every case.
 * Errors: ST_BUSY (the files do not stand still, or see LOOK_QUICKLY), ST_NOMEM, ST_IO.
 */
enum status trio_look(struct look *out, const struct trio *t, enum looking how, struct fault *f);
void look_clear(struct look *l);

/* The words where nobody counts.  Returns ST_CORRUPT, or ST_FOREIGN where the left is something else and alone. */
enum status look_says_nobody(const struct look *l, const struct paths *paths, struct fault *f);

/* The identity of an open file.  False: it cannot be told. */
bool trio_ident(int fd, struct ident *out);

/* ---- has a left that others change come to rest? ---- */

#define SETTLE_MS 300		/* so long it must stay as it is */
#define USELESS_MS 2000		/* one that is of no use may be half a copy: so long, before an older right is taken for it */

struct rest {
	struct ident seen;
	int64_t since;		/* monotonic, ms */
};

/* Has it been so for so long?  now: the left's identity now.  Notes a change. */
bool rest_reached(struct rest *r, const struct ident *now, int64_t ms);

/* Milliseconds, monotonic. */
int64_t now_ms(void);

#endif
