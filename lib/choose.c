/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * choose: which side a lookup reads, and whether that still counts.  Knows open descriptors and no paths.
 * doc/STORE.md explains the protocol; verdict_of() has its table.
 */
#include <config.h>

#include <string.h>
#include <sys/file.h>

#include "choose.h"
#include "walk.h"

#define CURRENT_MS 1500		/* so long ago a reader must have seen the right vouched for, to let it stand in */

/* ---- the handle and its locks ---- */

/* Closing alone would leave a lock with a child that was forked meanwhile. */
static void
unlock_files(struct store *s)
{
	if (s->left_locked)
		file_unlock(s->trio.left);
	if (s->state_locked)
		file_unlock(s->trio.state);
	s->left_locked = s->state_locked = false;
}

void
choose_drop(struct store *s)
{
	side_close(s->side);
	s->side = NULL;
	unlock_files(s);
}

static bool
try_shared(int fd)
{
	return flock(fd, LOCK_SH | LOCK_NB) == 0;
}

enum others {
	OTHERS_NONE,
	OTHERS_WRITER,		/* one of ours has the state */
	OTHERS_STRANGER		/* another program has the left */
};

/*
 * Keeps those away who lock, or says who is there.  A writer takes the state and then waits for the left: so it is enough to
 * hold the left, and whoever does it with a writer waiting makes room for him.  insist: hold the state too, so that none comes.
 */
static enum others
lock_files(struct store *s, bool insist)
{
	if (s->trio.state >= 0 && !try_shared(s->trio.state))
		return OTHERS_WRITER;
	s->state_locked = s->trio.state >= 0 && insist;
	if (s->trio.state >= 0 && !insist)
		file_unlock(s->trio.state);
	s->left_locked = try_shared(s->trio.left);
	return s->left_locked ? OTHERS_NONE : OTHERS_STRANGER;
}

bool
choose_left_is_free(const struct store *s)
{
	if (s->left_locked)
		return true;
	if (s->trio.left < 0 || !try_shared(s->trio.left))
		return false;
	file_unlock(s->trio.left);
	return true;
}

/* ---- which side counts ---- */

static void
form_opinion(struct store *s, struct look *l, bool stranger)
{
	static const struct generation none;
	struct opinion *o = &s->opinion;
	const struct generation *current = l->sight.have_state ? state_current(&l->sight.state) : &none;
	bool seen_before = o->any && ident_same(&o->left.seen, &l->left);
	/* while a right is made from a changed left, the state names its generation already */
	bool in_making = l->sight.have_state && l->sight.state.phase == PHASE_RIGHT_DIRTY;

	if (!o->any || o->in_making != in_making || !generation_same(&o->of, current)) {
		*o = (struct opinion){.of = *current, .in_making = in_making, .any = true, .left = o->left};
		o->right = s->vouched_at != 0 && now_ms() - s->vouched_at <= CURRENT_MS ? RIGHT_CURRENT : RIGHT_UNSURE;
		seen_before = false;
	}
	if (!seen_before)
		o->records = RECORDS_UNKNOWN;
	l->sight.changing = !rest_reached(&o->left, &l->left) || stranger;
	l->sight.records = o->records;
	l->sight.standing = o->right;
}

/* The files are as our writers leave them: whatever was changed by hand is past. */
static void
note_vouched(struct store *s)
{
	s->vouched_at = now_ms();
	s->opinion.any = false;
}

/* Looks at every record of the left; ST_BUSY: it changed meanwhile. */
static enum status
check_left(struct store *s, struct look *l, struct fault *f)
{
	struct ident after;
	enum status status = walk_check(l->left_side, f);

	if (status == ST_NOMEM || status == ST_IO)
		return status;
	if (!trio_ident(s->trio.left, &after) || !ident_same(&after, &l->left))
		return ST_BUSY;
	s->opinion.records = l->sight.records = status == ST_OK ? RECORDS_GOOD : RECORDS_BAD;
	if (status != ST_OK)
		l->left_fault = *f;
	return ST_OK;
}

/* Keeps what the verdict rests on, and the handle of the side that counts. */
static void
take(struct store *s, struct look *l)
{
	struct side **chosen = s->verdict.counts == COUNTS_RIGHT ? &l->right_side : &l->left_side;

	s->seen = l->sight.state;
	s->have_seen = l->sight.have_state;
	s->left_seen = l->left;
	s->right_seen = l->right;
	s->side = *chosen;
	*chosen = NULL;
}

static void
say_left_useless(struct store *s, const struct look *l)
{
	bool has_words = l->left_fault.status != ST_OK;
	const char *path = s->trio.paths.left;

	fault_set(&s->left_trouble, has_words ? l->left_fault.status : ST_CORRUPT, 0, "%s%s; until then its twin is used, "
	    "which gsasldb repair -f %s --from twin puts in its place", has_words ? l->left_fault.text : path,
	    has_words ? "" : ": holds an unfinished write: restore it from a copy", path);
}

/* From a look at all that there is. */
static enum status
judge(struct store *s, struct look *l, enum others others, struct fault *f)
{
	enum status status;

	status = trio_look(l, &s->trio, others == OTHERS_WRITER ? LOOK_PAST_WRITER : LOOK_INTO_BOTH, f);
	if (status != ST_OK)
		return status;
	if (others == OTHERS_WRITER && !l->sight.have_state)
		return ST_BUSY;
	form_opinion(s, l, others == OTHERS_STRANGER);
	s->verdict = verdict_of(&l->sight);
	if (s->verdict.counts == COUNTS_CHECK) {
		status = check_left(s, l, f);
		if (status != ST_OK)
			return status;
		s->verdict = verdict_of(&l->sight);
	}
	/* the right may be from before a change that others have followed */
	if (s->verdict.row == ROW_LEFT_USELESS && s->opinion.right == RIGHT_UNSURE &&
	    !rest_is_long(&s->opinion.left)) {
		l->sight.changing = true;
		s->verdict = verdict_of(&l->sight);
	}
	if (s->verdict.row == ROW_CHANGING)
		s->next_look = now_ms() + SETTLE_MS;
	if (s->verdict.row == ROW_BY_HAND)
		s->opinion.right = RIGHT_OUTDATED;
	if (s->verdict.row >= ROW_CLEAN && s->verdict.row < ROW_CHANGING)
		note_vouched(s);
	if (s->verdict.row != ROW_LEFT_USELESS)
		s->left_trouble.status = ST_OK;
	else if (l->sight.records != RECORDS_BAD || l->left_fault.status != ST_OK)	/* else it was said when they were looked at */
		say_left_useless(s, l);
	return ST_OK;
}

/* One that is for one use only keeps its locks. */
static enum status
finish_choice(struct store *s, struct look *l, enum status status, bool keep_locks, struct fault *f)
{
	if (status == ST_OK && s->verdict.counts == COUNTS_NOBODY)
		status = look_says_nobody(l, &s->trio.paths, f);
	if (status == ST_OK)
		take(s, l);
	if (status != ST_OK || !keep_locks)
		unlock_files(s);
	look_clear(l);
	return status;
}

enum status
choose_quickly(struct store *s, struct fault *f)
{
	struct look l;
	enum status status;

	choose_drop(s);
	s->must_wait = false;
	status = trio_look(&l, &s->trio, LOOK_QUICKLY, f);
	if (status == ST_OK) {
		s->verdict = verdict_of(&l.sight);
		if (!s->verdict.vouched || s->verdict.row < ROW_CLEAN || s->verdict.row >= ROW_CHANGING)
			status = ST_BUSY;
	}
	if (status == ST_OK) {
		s->left_trouble.status = ST_OK;
		note_vouched(s);
	}
	return finish_choice(s, &l, status, false, f);
}

enum status
choose_thoroughly(struct store *s, bool insist, struct fault *f)
{
	enum others others;
	struct look l = {0};
	enum status status = ST_BUSY;

	choose_drop(s);
	others = lock_files(s, insist);
	s->must_wait = others != OTHERS_NONE;
	if (!insist || others != OTHERS_WRITER)
		status = judge(s, &l, others, f);
	if (status == ST_OK && (s->verdict.counts == COUNTS_LATER ||
	    (s->verdict.counts == COUNTS_NOBODY && others == OTHERS_WRITER))) {
		s->must_wait = true;
		status = ST_BUSY;
	}
	return finish_choice(s, &l, status, insist || !s->verdict.vouched, f);
}

/* ---- does it still count? ---- */

/* In "right dirty" the left is read, else the right; what both were when the handle was chosen. */
static bool
still_vouched(const struct store *s, const struct state *now)
{
	if (!s->have_seen || !s->verdict.vouched ||
	    !generation_same(state_current(now), state_current(&s->seen)))
		return false;
	return (s->verdict.counts == COUNTS_LEFT) == (now->phase == PHASE_RIGHT_DIRTY);
}

bool
choose_stands(const struct store *s)
{
	struct ident left;
	struct state now;

	if (!s->have_seen || !state_unchanged(&s->seen, s->trio.state, s->trio.window)) {
		if (trio_read_state(&s->trio, &now) == ST_OK)
			return still_vouched(s, &now);
		if (s->have_seen)
			return false;
	}
	return s->verdict.vouched || (trio_ident(s->trio.left, &left) && ident_same(&left, &s->left_seen));
}
