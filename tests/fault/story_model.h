/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * story_model: what somebody who did these things to a database would expect to see.
 *
 * It knows acts and answers, and nothing of how a store works.  What it believes of the files is as coarse as a
 * person's view: the left and the twin hold the users, or may be unfinished, or are lost.
 */
#ifndef FAULT_STORY_MODEL_H
#define FAULT_STORY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define ACTS_MAX 4
#define SECOND INT64_C(1000000000)
#define FOLLOWED (2 * SECOND)	/* a change by hand is seen by then */
#define DEADLINE (5 * SECOND)	/* of a lookup while somebody changes the files */

/* ---- what is in a database: of each user a version; 0: is not there ---- */

enum user {
	USER_PAIR,	/* a write changes the first two, both or none */
	USER_OTHER,
	USER_BY_HAND,	/* somebody changes the record with gdbmtool */
	USER_REMOVED,	/* before the story; a backup has it */
	USER_ADDED,	/* before the story; no backup has it */
	USER_VICTIM,	/* one for each act that deletes somebody */
	USERS = USER_VICTIM + ACTS_MAX
};

struct content {
	int version[USERS];
};

enum {
	VERSION_NONE,
	VERSION_BACKUP,		/* when the backup was made */
	VERSION_START,		/* when the story begins */
	VERSION_WRITTEN = 10,	/* + by which act */
	VERSION_BY_HAND = 20
};

/* "written by act 2"; until the next call but seven. */
const char *version_words(int version);

enum what { CHANGE_NOTHING, CHANGE_WRITE, CHANGE_DELETE, CHANGE_BY_HAND };

struct change {
	enum what what;
	int act;	/* which one of the story, from 0 */
};

bool content_same(const struct content *a, const struct content *b);
void content_change(struct content *c, struct change change);

/* What there was when the backup was made, and what there is when a story begins. */
struct content content_backup(void);
struct content content_start(void);

/* ---- who asks ---- */

enum reader {
	READER_FRESH,		/* opens the database now */
	READER_FRESH_ALONE,	/* and cannot open the twin */
	READER_RUNNING,		/* since the beginning */
	READER_ALONE,		/* and cannot open the twin */
	READER_CHROOT,		/* since the beginning; the path is out of its reach */
	READER_IDLE,		/* since the beginning, and asks only at the end */
	READERS
};

struct answer {
	enum status status;
	int version;	/* ST_OK, ST_NOTFOUND; -1: what nobody has written */
};

/* ---- the model ---- */

enum side { SIDE_WHOLE, SIDE_MAYBE, SIDE_LOST };

/* What may be the answer; from: in which epoch it was what there is. */
struct candidate {
	struct content content;
	int from;
	bool unfinished;	/* the last act was a write that was killed; this is with its change */
};

/* Begins where what there is changes. */
struct epoch {
	struct candidate may[12];
	int count;
	bool errors;		/* an error is right, too */
	bool split;		/* who reads one side may see something else than who reads the other */
	bool by_write;		/* ended by a write, which everybody sees at once */
	int64_t ended;
};

struct model {
	struct epoch epochs[3 * ACTS_MAX];
	int current;
	int seen[READERS];	/* the latest epoch of which each has seen what there was: there is no way back */
	enum side left, twin;
	bool unstamped;		/* that the left is whole only the state says: a write was cut off behind its commit */
	bool gone, empty;	/* there is no left; it has no bytes */
	int twin_from, twin_to;	/* the epochs of whose users the twin may hold some */
	bool cut_off;		/* the last write was, and nothing was written since */
	bool cut_off_known;	/* what was there before it: */
	struct content before_it;
	bool pending, alike;	/* a write was killed, and nobody has looked; the twin was like the left before */
	int64_t by_hand;	/* when somebody last did something to a file */
	bool handled;		/* somebody has since the last write that was finished */
	int64_t replaced;	/* when a file was last removed or replaced: descriptors lead to the old one */
	int64_t half;		/* when half a copy was made */
	bool lost_left, lost_companion;		/* for somebody who has only descriptors */
};

void model_begin(struct model *m);

/* Is c among what there may have been in it? */
bool epoch_holds(const struct epoch *e, const struct content *c);

/* Acts of the tools.  A write that is refused: was that right? */
void model_finished(struct model *m, struct change change, bool warned);
void model_aborted(struct model *m);
void model_killed(struct model *m, struct change change);
void model_failed(struct model *m);
bool model_may_refuse(const struct model *m, enum status status);
/* May a write succeed at all? */
bool model_may_succeed(const struct model *m);
/* Somebody has looked after model_killed(); and the next act begins. */
void model_settle(struct model *m);
void model_next_act(struct model *m);

/* Acts of people. */
void model_restored(struct model *m);		/* the left, from the backup */
void model_replaced(struct model *m);		/* the same, by rename */
void model_rest(struct model *m);		/* the second half of that copy */
void model_half(struct model *m);
void model_broken(struct model *m);		/* the left is garbage */
void model_emptied(struct model *m);
void model_edited(struct model *m, struct change change);
void model_removed_left(struct model *m);
void model_removed_twin(struct model *m);
void model_removed_state(struct model *m);
void model_touched(struct model *m);
void model_restored_all(struct model *m);
void model_moved(struct model *m);		/* the folder: all files have new inodes */
void model_turned(struct model *m);		/* the clock */
void model_nothing(struct model *m);

/* Is the answer right?  What was seen counts from then on.  False: why (size bytes) has what was allowed. */
bool model_judge(struct model *m, enum reader who, enum user user, struct answer a, char *why, size_t size);

/* A reader has had an answer for each user, and these. */
void model_saw(struct model *m, enum reader who, const struct content *c);

/* Is this one of the contents that there may be? */
bool model_holds(const struct model *m, const struct content *c);
void model_narrow(struct model *m, const struct content *c);

/* How long may a lookup take that began then? */
int64_t model_patience(const struct model *m, int64_t begun);

#endif
