/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mend: from verdict to deed.  doc/STORE.md explains the protocol; verdict_of() has its table, phases.c the deeds.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "mend.h"
#include "phases.h"
#include "walk.h"

#define MEND_ROUNDS 4		/* one is enough where nobody else is at the files */
#define PAUSE_NS 10000000	/* between two looks at a left that others change */
#define REST_WAIT_MS 1000	/* for it to come to rest, at the least: it is no writer whose turn it is */

/* ---- the words of a refusal ---- */

static enum status
refuse_useless_left(const struct paths *paths, const struct look *l, struct fault *f)
{
	bool has_words = l->left_fault.status != ST_OK;

	return fault_set(f, has_words ? l->left_fault.status : ST_CORRUPT, 0, "%s%s; its twin is whole: nothing was changed; "
	    "gsasldb repair -f %s --from twin puts it in its place, or restore the file from a copy",
	    has_words ? l->left_fault.text : paths->left, has_words ? "" : ": holds an unfinished write", paths->left);
}

/* Why nothing counts, or why what counts cannot be made the contents of both. */
static enum status
refuse(const struct store_txn *t, const struct look *l, const struct verdict *v, struct fault *f)
{
	const struct paths *paths = &t->trio.paths;

	if (v->row == ROW_LEFT_USELESS)
		return refuse_useless_left(paths, l, f);
	if (v->counts == COUNTS_LEFT)
		return fault_set(f, l->left_fault.status, 0, "%s", l->left_fault.text);
	if (v->counts == COUNTS_RIGHT)
		return fault_set(f, l->right_fault.status, 0, "%s; nothing was changed: gsasldb repair -f %s --from database takes "
		    "%s as it is", l->right_fault.text, paths->left, paths->left);
	return look_says_nobody(l, paths, f);
}

/* ---- the deeds ---- */

/* Are its contents those of the left, or of the write before or after? */
static bool
belongs_to_left(const struct look *l)
{
	const struct found_side *left = &l->sight.left, *right = &l->sight.right;

	return (left->found == FOUND_WHOLE || left->found == FOUND_BEGUN) &&
	    (right->found == FOUND_WHOLE || right->found == FOUND_BEGUN) && (generation_same(&left->now, &right->now) ||
	    generation_same(&left->before, &right->now) || generation_same(&left->now, &right->before));
}

/* *good: every record of it is.  Errors: ST_NOMEM, ST_IO. */
static enum status
check_records(struct side *side, bool *good, struct fault *why, struct fault *f)
{
	enum status status = walk_check(side, why);

	*good = status == ST_OK;
	if (status != ST_NOMEM && status != ST_IO)
		return ST_OK;
	return fault_set(f, status, 0, "%s", why->text);
}

/* A side replaces the other only after a look at every record of it: somebody else may have been at it, or the disk. */
static enum status
judge(struct look *l, struct verdict *v, struct fault *f)
{
	enum status status = ST_OK;
	bool good = true;

	l->sight.standing = RIGHT_CURRENT;
	*v = verdict_of(&l->sight);
	if (v->mending == MEND_LEFT) {
		status = check_records(l->right_side, &good, &l->right_fault, f);
	} else if (v->mending == MEND_ADOPT) {
		status = check_records(l->left_side, &good, &l->left_fault, f);
		l->sight.records = good ? RECORDS_GOOD : RECORDS_BAD;
		*v = verdict_of(&l->sight);
	}
	if (!good)
		v->mending = MEND_REFUSE;
	return status;
}

/* Whoever could read the twin until now is not to read the database in it. */
static enum status
adopt(struct store_txn *t, const struct look *l, struct fault *f)
{
	if (!belongs_to_left(l))
		file_make_private(t->trio.right);
	return phases_adopt_left(t, f);
}

static enum status
act(struct store_txn *t, struct look *l, const struct verdict *v, struct fault *f)
{
	switch (v->mending) {
	case MEND_NOTHING:
		return ST_OK;
	case MEND_LEFT:
		return phases_restore_left(t, &l->right_mark.mark, f);
	case MEND_ADOPT:
		return adopt(t, l, f);
	case MEND_LATER:
	case MEND_REFUSE:
		break;
	}
	return refuse(t, l, v, f);
}

/* ---- what a person says ---- */

static enum status
restore_from_twin(struct store_txn *t, struct look *l, struct fault *f)
{
	struct mark *mark = &t->right_mark.mark;
	enum status status = ST_OK;
	bool good = false;

	if (l->right_side != NULL)
		status = check_records(l->right_side, &good, &l->right_fault, f);
	if (status == ST_OK && !good)
		return fault_set(f, ST_CORRUPT, 0, "%s: cannot be the database, nothing was changed (%s)", t->trio.paths.right,
		    l->right_fault.text);
	if (status == ST_OK && l->sight.right.found != FOUND_WHOLE) {
		*mark = (struct mark){.whole = true, .before = mark->now};
		status = generation_new(&mark->now, f);
		if (status == ST_OK)
			status = mark_write(&t->right_mark, mark, t->trio.right, t->trio.paths.right, f);
	}
	return status == ST_OK ? phases_restore_left(t, mark, f) : status;
}

static enum status
adopt_database(struct store_txn *t, struct look *l, struct fault *f)
{
	enum status status = ST_OK;
	bool good = false;

	if (l->left_side != NULL)
		status = check_records(l->left_side, &good, &l->left_fault, f);
	if (status == ST_OK && !good)
		return fault_set(f, l->left_fault.status, 0, "%s: nothing was changed", l->left_fault.text);
	return status == ST_OK ? adopt(t, l, f) : status;
}

/* Both say that they are whole: has the disk kept what they say?  Who repairs wants to know. */
static enum status
look_closely(struct look *l, struct verdict *v, struct fault *f)
{
	bool left_good, right_good;
	enum status status;

	status = check_records(l->left_side, &left_good, &l->left_fault, f);
	if (status == ST_OK)
		status = check_records(l->right_side, &right_good, &l->right_fault, f);
	if (status != ST_OK || (left_good && right_good))
		return status;
	if (left_good)
		*v = (struct verdict){4, COUNTS_LEFT, false, MEND_ADOPT};
	else if (right_good)
		*v = (struct verdict){ROW_LEFT_USELESS, COUNTS_RIGHT, false, MEND_LEFT};
	else
		*v = (struct verdict){10, COUNTS_LEFT, false, MEND_REFUSE};
	return ST_OK;
}

/* ---- one look, and all of them ---- */

/*
 * A companion has the owner and the rights of the database, but only with contents of ours: whoever may rename in the folder
 * can put any file there, and must not get to read one of root's by it.
 */
static enum status
share_access(const struct store_txn *t, int fd, const char *path, bool ours, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fault_set(f, ST_IO, errno, "%s", path);
	if (ours || st.st_size == 0)
		file_copy_access(t->trio.left, fd);
	else if (st.st_uid != t->left_st.st_uid)
		return fault_set(f, ST_PERM, 0, "%s: belongs to root, and the database does not, and it is none of its files, so "
		    "it is not touched: look what it is, and move it to another folder", path);
	return ST_OK;
}

static enum status
pause_for_others(const struct store_txn *t, int64_t begun, struct fault *f)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int64_t now = now_ms();

	if (now >= t->deadline && now >= begun + REST_WAIT_MS)
		return fault_set(f, ST_BUSY, 0, "%s: is being changed by another program: try again", t->trio.paths.left);
	nanosleep(&pause, NULL);
	return ST_OK;
}

/* Keeps what the transaction goes on with. */
static enum status
take(struct store_txn *t, struct look *l, struct fault *f)
{
	enum status status;

	t->now = l->sight.state;
	t->left_ident = l->left;
	t->left_mark = l->left_mark;
	t->right_mark = l->right_mark;
	status = share_access(t, t->trio.state, t->trio.paths.state, l->sight.have_state, f);
	return status == ST_OK ? share_access(t, t->trio.right, t->trio.paths.right, belongs_to_left(l), f) : status;
}

/* *again: something was done, or must be waited for. */
static enum status
mend_once(struct store_txn *t, struct look *l, struct rest *rest, int64_t begun, enum store_from from, bool *again,
    struct fault *f)
{
	struct verdict v;
	enum status status;

	status = trio_look(l, &t->trio, LOOK_INTO_BOTH, f);
	if (status == ST_OK)
		status = take(t, l, f);
	if (status != ST_OK)
		return status;
	l->sight.changing = !t->created && !rest_reached(rest, &l->left);
	status = judge(l, &v, f);
	if (status == ST_OK && v.mending == MEND_NOTHING && t->closely && t->found.row == 0)
		status = look_closely(l, &v, f);
	*again = status == ST_OK && v.mending != MEND_NOTHING;
	if (!*again)
		return status;
	if (l->sight.changing && v.mending == MEND_LATER)
		return pause_for_others(t, begun, f);
	t->found = v;
	if (from == STORE_FROM_TWIN)
		return restore_from_twin(t, l, f);
	if (from == STORE_FROM_DATABASE)
		return adopt_database(t, l, f);
	return act(t, l, &v, f);
}

enum status
mend_files(struct store_txn *t, enum store_from from, struct fault *f)
{
	const int64_t begun = now_ms();
	struct rest rest = {0};
	enum status status;
	unsigned mended = 0;
	struct look l = {0};
	bool again;

	do {
		look_clear(&l);
		status = mend_once(t, &l, &rest, begun, from, &again, f);
		mended += status == ST_OK && again && t->found.row != 0;
	} while (status == ST_OK && again && mended < MEND_ROUNDS);
	if (status == ST_OK && again)
		status = fault_set(f, ST_BUSY, 0, "%s: is being changed by another program: try again", t->trio.paths.left);
	if (status == ST_OK) {
		t->side = l.left_side;
		l.left_side = NULL;
	}
	look_clear(&l);
	return status;
}
