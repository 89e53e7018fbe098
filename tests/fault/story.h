/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * story: some acts in a row, of tools, faults and people, and what is looked at after each.
 */
#ifndef FAULT_STORY_H
#define FAULT_STORY_H

#include <stdbool.h>

#include "failing.h"
#include "store.h"
#include "story_files.h"
#include "story_model.h"

/* What can be wrong. */
enum kind {
	KIND_READER,			/* + enum reader */
	KIND_WRITER = READERS,		/* it refuses without need, or loses something */
	KIND_WAIT,
	KIND_CRASH,
	KINDS
};

struct act;

struct story {
	unsigned length;
	const struct act *acts[ACTS_MAX];
	bool slow;			/* two seconds pass after each act, else only at the end */
	bool talks;			/* says all that it sees */

	int act;			/* which is under way; length: the end */
	const char *when;
	struct model model;
	struct store *stores[READERS];
	bool failed, possible;		/* an act can have nothing to act on */
	enum kind kind;
	int failed_at;			/* the act */
	char wrong[768];
};

/* Is there a reader in a chroot?  It takes root. */
extern bool story_chroots;

/* Readers whose name has this in it do not look; NULL: all look. */
extern const char *story_spares;

/* Tells it from the beginning to the end, or until something is wrong. */
void story_tell(struct story *s);

/* "write, killed 7" */
void story_words(const struct story *s, char *out, size_t size);

/* Notes the first thing that is wrong. */
void story_fail(struct story *s, enum kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- acts ---- */

/* The more acts, the shorter must a story be to try all. */
enum choice { CHOICE_MAIN, CHOICE_MANY, CHOICE_ALL };

struct act {
	char words[48];
	enum choice choice;		/* the smallest one that has it */
	enum act_kind {
		ACT_BY_HAND,		/* nobody writes */
		ACT_WRITE,
		ACT_ABORT,
		ACT_COMPACT,
		ACT_DELETE
	} kind;
	/* by hand */
	bool (*run)(int argument);
	void (*expect)(struct model *m);
	int argument;
	/* the n-th call of a kind fails, in some way; n 0: none does */
	enum call call;
	unsigned n;
	enum way way;
};

extern struct act *acts;
extern unsigned act_count;

/* Makes the list; it counts the calls of a write. */
void acts_begin(void);

/* Does it and tells the model.  False: there was nothing to act on. */
bool act_run(struct story *s, const struct act *a);

/* ---- writes ---- */

/* In each process that makes some: what it has in common with those that it forks. */
void write_share(void);

/* Without a story; was the call made that was to fail? */
bool write_alone(const struct act *a);

/* The write of this act (number), and what the model must know of it.  False: the call that was to fail was never
 * made, so this is another story. */
bool write_run(struct story *s, const struct act *a, int act);

/* One more write after the last act, of the pair. */
void write_last(struct story *s);

/* The database as it is when a story begins; readers are opened after it. */
void story_prepare(void);

/* ---- readers ---- */

void readers_open(struct story *s);
void readers_close(struct story *s);
void readers_look(struct story *s, bool last);

#endif
