/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phases: states, marks and copies, in the order that keeps one side whole.  Knows no record.
 */
#include <config.h>

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "phases.h"

/* ---- the left as it was ---- */

enum status
phases_note_left(struct store_txn *t, struct fault *f)
{
	if (!trio_ident(t->trio.left, &t->left_ident))
		return fault_set(f, ST_IO, errno, "%s", t->trio.paths.left);
	return ST_OK;
}

enum status
phases_check_left_kept(const struct store_txn *t, struct fault *f)
{
	struct ident now;

	if (!trio_ident(t->trio.left, &now))
		return fault_set(f, ST_IO, errno, "%s", t->trio.paths.left);
	if (ident_same(&now, &t->left_ident))
		return ST_OK;
	return fault_set(f, ST_BUSY, 0, "%s: was changed by another program at the same time: try again",
	    t->trio.paths.left);
}

/* ---- state and marks ---- */

/* The identities belong to it where they say something (state.h). */
static enum status
set_state(struct store_txn *t, enum phase phase, const struct generation *from, const struct generation *to,
    bool sync, struct fault *f)
{
	struct state next;
	enum status status;

	state_init(&next, phase, from, to);
	if (phase != PHASE_RIGHT_DIRTY &&
	    (!trio_ident(t->trio.left, &next.left) || !trio_ident(t->trio.right, &next.right)))
		return fault_set(f, ST_IO, errno, "%s", t->trio.paths.left);
	status = state_write(&next, t->trio.state, sync, t->trio.paths.state, f);
	if (status == ST_OK)
		t->now = next;
	return status;
}

/* The mark of the write that the state speaks of. */
static struct mark
current_mark(const struct store_txn *t, bool whole)
{
	return (struct mark){.whole = whole, .now = t->now.to, .before = t->now.from};
}

static enum status
mark_left(struct store_txn *t, bool whole, struct fault *f)
{
	struct mark mark = current_mark(t, whole);
	enum status status;

	status = mark_write(&t->left_mark, &mark, t->trio.left, t->trio.paths.left, f);
	/* half of a mark is ours, too */
	if (status != ST_OK)
		phases_note_left(t, NULL);
	return status == ST_OK ? phases_note_left(t, f) : status;
}

static enum status
mark_right(struct store_txn *t, bool whole, struct fault *f)
{
	struct mark mark = current_mark(t, whole);

	return mark_write(&t->right_mark, &mark, t->trio.right, t->trio.paths.right, f);
}

/* ---- a write ---- */

enum status
phases_begin_left(struct store_txn *t, struct fault *f)
{
	struct generation from = *state_current(&t->now), to;
	enum status status;

	status = generation_new(&to, f);
	if (status == ST_OK)
		status = phases_check_left_kept(t, f);
	/* the mark first: once the state speaks of the write, the left is nobody's but ours */
	if (status == ST_OK)
		status = mark_write(&t->left_mark, &(struct mark){false, to, from}, t->trio.left, t->trio.paths.left, f);
	if (status == ST_OK)
		status = phases_note_left(t, f);
	return status == ST_OK ? set_state(t, PHASE_LEFT_DIRTY, &from, &to, true, f) : status;
}

enum status
phases_mark_left_begun(struct store_txn *t, struct fault *f)
{
	return mark_left(t, false, f);
}

enum status
phases_commit(struct store_txn *t, struct fault *f)
{
	struct generation from = t->now.from, to = t->now.to;

	return set_state(t, PHASE_RIGHT_DIRTY, &from, &to, true, f);
}

enum status
phases_take_back(struct store_txn *t)
{
	struct generation from = t->now.from, to = t->now.to;

	return set_state(t, PHASE_LEFT_DIRTY, &from, &to, true, NULL);
}

enum status
phases_mark_left_whole(struct store_txn *t, struct fault *f)
{
	return mark_left(t, true, f);
}

enum status
phases_mark_right_begun(struct store_txn *t, struct fault *f)
{
	return mark_right(t, false, f);
}

enum status
phases_mark_right_whole(struct store_txn *t, struct fault *f)
{
	return mark_right(t, true, f);
}

enum status
phases_fill_right(struct store_txn *t, struct fault *f)
{
	struct timespec while_fetches_end = {.tv_sec = 1};
	struct ident left, right;

	if (!trio_ident(t->trio.left, &left) || !trio_ident(t->trio.right, &right))
		return fault_set(f, ST_IO, errno, "%s", t->trio.paths.left);
	/* one who has the right mapped, and is amid a fetch that began before, must get through it */
	if (left.size < right.size)
		while (nanosleep(&while_fetches_end, &while_fetches_end) != 0 && errno == EINTR)
			;
	t->right_mark = t->left_mark;	/* it lies at the same place */
	return file_copy(t->trio.left, t->trio.right, t->trio.paths.right, f);
}

enum status
phases_end(struct store_txn *t, bool sync, struct fault *f)
{
	struct generation from = t->now.from, to = t->now.to;

	return set_state(t, PHASE_CLEAN, &from, &to, sync, f);
}

/* ---- mending ---- */

/* Where the state says so already it is only synced: torn while it is written, it would send readers to this left. */
static enum status
say_left_dirty(struct store_txn *t, const struct generation *from, struct fault *f)
{
	struct generation to;
	enum status status;

	if (t->now.phase == PHASE_LEFT_DIRTY && generation_same(&t->now.from, from))
		return fdatasync(t->trio.state) == 0 ? ST_OK : fault_set(f, ST_IO, errno, "%s", t->trio.paths.state);
	status = generation_new(&to, f);
	return status == ST_OK ? set_state(t, PHASE_LEFT_DIRTY, from, &to, true, f) : status;
}

enum status
phases_restore_left(struct store_txn *t, const struct mark *right, struct fault *f)
{
	const struct mark mark = {true, right->now, right->before};
	enum status status = ST_OK;

	if (!right->whole)	/* the word had not reached the disk */
		status = mark_write(&t->right_mark, &mark, t->trio.right, t->trio.paths.right, f);
	if (status == ST_OK)
		status = say_left_dirty(t, &mark.now, f);
	if (status == ST_OK)
		status = file_copy(t->trio.right, t->trio.left, t->trio.paths.left, f);
	if (status == ST_OK)
		status = phases_note_left(t, f);
	return status == ST_OK ? set_state(t, PHASE_CLEAN, &mark.before, &mark.now, true, f) : status;
}

/* What was found is on disk from now on: whoever wrote the left (cp) or made the files (a writer that was
 * killed) may not have waited for that. */
static enum status
sync_found(struct store_txn *t, struct fault *f)
{
	struct mark whole = t->left_mark.mark;
	enum status status;

	/* The state will speak of another generation: the left must be whole without its word. */
	if (t->left_mark.at >= 0 && !whole.whole) {
		whole.whole = true;
		status = mark_write(&t->left_mark, &whole, t->trio.left, t->trio.paths.left, f);
		if (status == ST_OK)
			status = phases_note_left(t, f);
		if (status != ST_OK)
			return status;
	}
	if (fsync(t->trio.left) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->trio.paths.left);
	return dir_sync(t->trio.paths.dir, f);
}

static enum status
make_right(struct store_txn *t, const struct mark *whole, struct fault *f)
{
	enum status status;

	status = phases_fill_right(t, f);
	if (status == ST_OK)
		status = mark_write(&t->right_mark, whole, t->trio.right, t->trio.paths.right, f);
	if (status == ST_OK && fsync(t->trio.right) != 0)
		status = fault_set(f, ST_IO, errno, "%s", t->trio.paths.right);
	return status == ST_OK ? phases_check_left_kept(t, f) : status;
}

/* The right is whole by now, so the left may be in pieces for a moment.  GDBM would need a place for a new mark, and a kill
 * in the midst of that may damage a file in a way that does not show: a copy that is cut off does show. */
static enum status
mark_adopted(struct store_txn *t, const struct mark *whole, struct fault *f)
{
	enum status status;

	if (t->left_mark.at >= 0) {
		status = mark_write(&t->left_mark, whole, t->trio.left, t->trio.paths.left, f);
		/* the next write's mark need not reach the disk before its changes: then this one must be there */
		if (status == ST_OK && fsync(t->trio.left) != 0)
			status = fault_set(f, ST_IO, errno, "%s", t->trio.paths.left);
		return status;
	}
	return file_copy(t->trio.right, t->trio.left, t->trio.paths.left, f);
}

enum status
phases_adopt_left(struct store_txn *t, struct fault *f)
{
	struct mark whole = {.whole = true, .before = *state_current(&t->now)};
	enum status status;

	status = generation_new(&whole.now, f);
	if (status == ST_OK)
		status = phases_check_left_kept(t, f);
	if (status == ST_OK)
		status = sync_found(t, f);
	if (status == ST_OK)
		status = set_state(t, PHASE_RIGHT_DIRTY, &whole.before, &whole.now, true, f);
	if (status == ST_OK)
		status = make_right(t, &whole, f);
	/* the right counts while the left gets its mark */
	if (status == ST_OK)
		status = set_state(t, PHASE_LEFT_DIRTY, &whole.now, &whole.now, true, f);
	if (status == ST_OK)
		status = mark_adopted(t, &whole, f);
	return status == ST_OK ? set_state(t, PHASE_CLEAN, &whole.before, &whole.now, true, f) : status;
}
