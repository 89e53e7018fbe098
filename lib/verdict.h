/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict: which side counts, and what a writer does first: the table of doc/STORE.md ("What counts") as one function
 * without side effects.
 */
#ifndef GSASLDB_VERDICT_H
#define GSASLDB_VERDICT_H

#include <stdbool.h>

#include "state.h"

/* What a side was found to be. */
enum found {
	FOUND_UNSEEN,		/* was not looked at, or cannot be used */
	FOUND_MISSING,
	FOUND_UNREADABLE,	/* no GDBM file, or a damaged one */
	FOUND_CUT,		/* the same, and in the way of a copy of ours that was cut off: file_copy() */
	FOUND_UNMARKED,
	FOUND_TORN,		/* a mark that was written in part: "begun", since only that is written without a word of the state */
	FOUND_BEGUN,		/* its mark says so */
	FOUND_WHOLE
};

struct found_side {
	enum found found;
	struct generation now, before;	/* of the mark */
	bool recorded;			/* inode, size and mtime are what the state says */
};

/* What is known of a left that somebody else changed. */
enum records {
	RECORDS_UNKNOWN,
	RECORDS_GOOD,		/* every one was looked at */
	RECORDS_BAD
};

/* What the reader knows of the right while the left is changed by hand.  A writer always says RIGHT_CURRENT. */
enum right {
	RIGHT_UNSURE,		/* the left may have been changed and followed by others long ago */
	RIGHT_CURRENT,		/* it was current when the change began, a moment ago */
	RIGHT_OUTDATED		/* the changed left has answered */
};

struct sight {
	bool have_state;
	struct state state;
	struct found_side left, right;
	bool changing;		/* somebody else was at the left a moment ago */
	enum records records;	/* of the left */
	enum right standing;
};

enum counts {
	COUNTS_RIGHT,
	COUNTS_LEFT,
	COUNTS_CHECK,		/* look at the left's records, and ask again */
	COUNTS_LATER,		/* nobody until the left is no longer changing */
	COUNTS_NOBODY
};

enum mending {
	MEND_NOTHING,
	MEND_LEFT,		/* copy the right over the left */
	MEND_ADOPT,		/* if every record is good: make the left, as it is, the newest generation of both */
	MEND_LATER,		/* when the left is no longer changing */
	MEND_REFUSE
};

struct verdict {
	unsigned row;		/* of the table */
	enum counts counts;
	bool vouched;		/* the state vouches for it: it may be read without a lock */
	enum mending mending;
};

#define ROW_LEFT_MISSING 1
#define ROW_CLEAN 2
#define ROW_CHANGING 5
#define ROW_BY_HAND 8
#define ROW_LEFT_USELESS 9

struct verdict verdict_of(const struct sight *s);

#endif
