/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trio: opening the three files and looking at them.  Who may open what is files.c's to know, and what follows from a look
 * verdict.c's.
 */
#include <config.h>

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trio.h"

#define READ_ROUNDS 8		/* a state that is being written */
#define LOOK_ROUNDS 8		/* the state changed while the sides were looked at */

void
trio_init(struct trio *t)
{
	memset(t, 0, sizeof(*t));
	t->left = t->right = t->state = -1;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
trio_close_left(struct trio *t)
{
	close_fd(&t->left);
}

void
trio_close_right(struct trio *t)
{
	close_fd(&t->right);
}

void
trio_close_state(struct trio *t)
{
	state_unmap(t->window);
	t->window = NULL;
	close_fd(&t->state);
}

void
trio_close(struct trio *t)
{
	trio_close_left(t);
	trio_close_right(t);
	trio_close_state(t);
	paths_free(&t->paths);
}

enum status
trio_open_right(struct trio *t, int flags, const struct stat *left, struct fault *f)
{
	struct stat st;

	return file_open(&t->right, t->paths.right, flags, left, &st, f);
}

enum status
trio_open_state(struct trio *t, int flags, const struct stat *left, struct fault *f)
{
	struct stat st;

	return file_open(&t->state, t->paths.state, flags, left, &st, f);
}

enum status
trio_read_state(const struct trio *t, struct state *out)
{
	enum status status = ST_CORRUPT;

	for (int i = 0; t->state >= 0 && i < READ_ROUNDS; i++) {
		status = state_read(out, t->state);
		if (status == ST_OK)
			break;
		sched_yield();
	}
	return status;
}

bool
trio_ident(int fd, struct ident *out)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	ident_of(out, &st);
	return true;
}

/* ---- a look ---- */

void
look_clear(struct look *l)
{
	side_close(l->left_side);
	side_close(l->right_side);
	memset(l, 0, sizeof(*l));
}

static enum status
open_marked(struct side **side, struct mark_record *mark, int fd, enum side_use use, const char *path,
    struct fault *why)
{
	enum status status = side_open(side, fd, use, path, why);

	return status == ST_OK ? mark_read(mark, *side, why) : status;
}

/* Opens a side and reads its mark.  Errors: ST_NOMEM, ST_IO. */
static enum status
look_into(struct found_side *out, struct side **side, struct mark_record *mark, int fd, enum side_use use,
    const char *path, struct fault *why, struct fault *f)
{
	enum status status = open_marked(side, mark, fd, use, path, why);

	if (use == SIDE_READ_MAPPED && (status == ST_NOMEM || status == ST_IO)) {
		/* there may be no room for a mapping */
		side_close(*side);
		status = open_marked(side, mark, fd, SIDE_READ, path, why);
	}
	out->found = FOUND_UNREADABLE;
	if (status == ST_IO || status == ST_NOMEM) {
		if (f != NULL)
			*f = *why;
		return status;
	}
	if (*side == NULL && file_copy_was_cut(fd))
		out->found = FOUND_CUT;
	if (*side != NULL && status == ST_CORRUPT && mark->len > 0)
		out->found = FOUND_TORN;
	if (status == ST_NOTFOUND)
		out->found = FOUND_UNMARKED;
	if (status == ST_OK)
		out->found = mark->mark.whole ? FOUND_WHOLE : FOUND_BEGUN;
	out->now = mark->mark.now;
	out->before = mark->mark.before;
	return ST_OK;
}

static enum status
look_left(struct look *l, const struct trio *t, struct fault *f)
{
	return look_into(&l->sight.left, &l->left_side, &l->left_mark, t->left, SIDE_READ, t->paths.left,
	    &l->left_fault, f);
}

static enum status
look_right(struct look *l, const struct trio *t, struct fault *f)
{
	/* in "right dirty" a writer of ours may make it shorter, which kills who has it mapped */
	bool map = t->map && l->sight.have_state && l->sight.state.phase != PHASE_RIGHT_DIRTY;

	l->sight.right.found = FOUND_UNSEEN;
	if (t->right < 0)
		return ST_OK;
	return look_into(&l->sight.right, &l->right_side, &l->right_mark, t->right,
	    map ? SIDE_READ_MAPPED : SIDE_READ, t->paths.right, &l->right_fault, f);
}

/* What the state says of a side, for one that is not looked into. */
static void
take_for(struct found_side *side, enum found found, const struct generation *before, const struct generation *now)
{
	side->found = found;
	side->before = *before;
	side->now = *now;
}

/* Where both sides are as the last complete write left them, one glance at the right is enough; behind a commit, one at
 * the left. */
static enum status
look_quickly(struct look *l, const struct trio *t, struct fault *f)
{
	struct sight *s = &l->sight;

	if (!s->have_state)
		return ST_BUSY;
	if (s->state.phase == PHASE_RIGHT_DIRTY)
		return look_left(l, t, f);
	if (s->state.phase != PHASE_CLEAN || !s->left.recorded || !s->right.recorded)
		return ST_BUSY;
	take_for(&s->left, FOUND_WHOLE, &s->state.from, &s->state.to);
	return look_right(l, t, f);
}

static enum status
look_past_writer(struct look *l, const struct trio *t, struct fault *f)
{
	take_for(&l->sight.left, FOUND_BEGUN, &l->sight.state.from, &l->sight.state.to);
	return look_right(l, t, f);
}

/* The state and the identities. */
static enum status
look_outside(struct look *l, const struct trio *t, struct fault *f)
{
	struct sight *s = &l->sight;
	enum status status = trio_read_state(t, &s->state);

	if (status == ST_IO)	/* it may say that the left is dirty */
		return fault_set(f, ST_IO, errno, "%s", t->paths.state);
	s->have_state = status == ST_OK;
	if (!s->have_state)
		memset(&s->state, 0, sizeof(s->state));
	if (!trio_ident(t->left, &l->left))
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	if (t->right >= 0 && !trio_ident(t->right, &l->right))
		return fault_set(f, ST_IO, errno, "%s", t->paths.right);
	s->left.recorded = s->have_state && ident_same(&l->left, &s->state.left);
	s->right.recorded = s->have_state && t->right >= 0 && ident_same(&l->right, &s->state.right);
	return ST_OK;
}

static enum status
look_once(struct look *l, const struct trio *t, enum looking how, struct fault *f)
{
	enum status status;

	if (t->left < 0) {
		l->sight.left.found = FOUND_MISSING;
		return look_right(l, t, f);
	}
	status = look_outside(l, t, f);
	if (status != ST_OK)
		return status;
	if (how == LOOK_QUICKLY)
		return look_quickly(l, t, f);
	if (how == LOOK_PAST_WRITER && l->sight.have_state && l->sight.state.phase == PHASE_LEFT_DIRTY)
		return look_past_writer(l, t, f);
	status = look_left(l, t, f);
	return status == ST_OK ? look_right(l, t, f) : status;
}

/* What was seen belongs together only if the state, and a left that was looked into, are the same before and after it. */
static bool
stood_still(const struct look *l, const struct trio *t)
{
	struct ident left;
	struct state now;

	if (t->left < 0)
		return true;
	if (l->left_side != NULL || l->left_fault.status != ST_OK)
		if (!trio_ident(t->left, &left) || !ident_same(&left, &l->left))
			return false;
	if (l->sight.have_state)
		return state_unchanged(&l->sight.state, t->state, t->window);
	return t->state < 0 || state_read(&now, t->state) != ST_OK;
}

enum status
trio_look(struct look *out, const struct trio *t, enum looking how, struct fault *f)
{
	enum status status;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < LOOK_ROUNDS; i++) {
		look_clear(out);
		status = look_once(out, t, how, f);
		if (status != ST_OK || stood_still(out, t))
			return status;
	}
	return fault_set(f, ST_BUSY, 0, "%s: is being written: try again", t->paths.left);
}

static const char *
right_words(const struct look *l)
{
	switch (l->sight.right.found) {
	case FOUND_WHOLE:
		return "whole, but not of the last write";
	case FOUND_BEGUN:
		return "an unfinished write";
	default:
		return "no database that fits";
	}
}

enum status
look_says_nobody(const struct look *l, const struct paths *paths, struct fault *f)
{
	bool unreadable = l->left_side == NULL;
	bool alone = l->right_side == NULL;

	if (unreadable && alone)
		return fault_set(f, l->left_fault.status, 0, "%s", l->left_fault.text);
	if (alone)
		return fault_set(f, ST_CORRUPT, 0, "%s: holds an unfinished write, and its twin %s is missing or cannot be used: "
		    "bring the twin back, restore the file from a copy, or keep what is in it: gsasldb repair -f %s --from "
		    "database", paths->left, paths->right, paths->left);
	return fault_set(f, ST_CORRUPT, 0, "%s: neither it (%s) nor its twin %s (%s) is known to be whole: restore it from a copy, or "
	    "say which to keep: gsasldb repair -f %s --from twin, or --from database", paths->left,
	    unreadable ? "no database" : "an unfinished write", paths->right, right_words(l), paths->left);
}

/* ---- rest ---- */

int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A file's time is not to be relied on (a clock that was ahead): one in the future says nothing. */
static bool
is_old(const struct ident *file, int64_t ms)
{
	struct timespec now;
	int64_t age_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	age_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - file->mtime_ns / 1000000;
	return age_ms >= ms;
}

bool
rest_reached(struct rest *r, const struct ident *now)
{
	if (!ident_same(&r->seen, now)) {
		r->seen = *now;
		r->since = now_ms();
	}
	return is_old(now, SETTLE_MS) || now_ms() - r->since >= SETTLE_MS;
}

bool
rest_is_long(const struct rest *r)
{
	int64_t seen = now_ms() - r->since;

	return seen >= USELESS_MS || (seen >= SETTLE_MS && is_old(&r->seen, USELESS_MS));
}
