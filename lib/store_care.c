/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_care: for people who look after a database: how its files are, and repairing them.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store.h"
#include "text.h"
#include "trio.h"
#include "txn.h"
#include "walk.h"

#define LOCK_WAIT_MS 5000	/* for one write to end */

/* ---- how they are ---- */

static enum status
open_for_look(struct trio *t, const char *path, struct fault *f)
{
	struct stat left;
	enum status status;

	status = paths_resolve(&t->paths, path, f);
	if (status == ST_OK)
		status = file_open(&t->left, t->paths.left, O_RDONLY, NULL, &left, f);
	if (status != ST_OK)
		return status;
	status = trio_open_right(t, O_RDONLY, &left, f);
	if (status == ST_OK || status == ST_NODB)
		status = trio_open_state(t, O_RDONLY, &left, f);
	return status == ST_NODB ? ST_OK : status;
}

/* With our writers kept away, so that what is unfinished is so for good. */
static enum status
look_locked(struct store_facts *out, const struct trio *t, struct fault *f)
{
	const struct generation *current;
	struct look l;
	enum status status;

	status = trio_look(&l, t, LOOK_INTO_BOTH, f);
	if (status == ST_OK) {
		struct verdict v = verdict_of(&l.sight);

		out->size = l.left.size;
		out->have_twin = t->right >= 0;
		out->have_state = l.sight.have_state;
		out->unfinished = (l.sight.have_state && l.sight.state.phase != PHASE_CLEAN) || v.row == 7;
		out->twin_stale = !out->unfinished && v.row == 4;
		out->by_hand = l.sight.have_state && !out->unfinished && v.row != ROW_CLEAN && !out->twin_stale;
		current = state_current(&l.sight.state);
		if (out->have_state)
			text_hex(out->generation, current, sizeof(*current));
	}
	look_clear(&l);
	return status;
}

enum status
store_inspect(const char *path, struct store_facts *out, struct fault *f)
{
	enum status status;
	struct trio t;

	memset(out, 0, sizeof(*out));
	trio_init(&t);
	status = open_for_look(&t, path, f);
	if (status == ST_OK && t.state >= 0)
		status = file_lock(t.state, LOCK_SH, LOCK_WAIT_MS, t.paths.left, f);
	if (status == ST_OK)
		status = look_locked(out, &t, f);
	if (t.state >= 0)
		file_unlock(t.state);
	trio_close(&t);
	return status;
}

/* ---- what can be made of them ---- */

/* A file that is not regular, or that is of a third owner, is as good as none.  One with a second name is not: a copy of it
 * can be made. */
static enum status
open_usable(int *fd, const char *path, const struct stat *left, struct fault *f)
{
	struct fault why = {0};
	struct stat st;
	enum status status = file_open(fd, path, O_RDONLY, NULL, &st, &why);

	if (status == ST_OK && left != NULL && st.st_uid != left->st_uid && st.st_uid != 0) {
		close(*fd);
		*fd = -1;
	}
	if (status == ST_OK || status == ST_NODB || status == ST_FOREIGN || (status == ST_PERM && why.sys != EACCES))
		return ST_OK;
	return fault_set(f, status, 0, "%s", why.text);
}

static enum status
count_user(void *arg, const struct record *r, struct fault *f)
{
	(void)r, (void)f;
	++*(uint64_t *)arg;
	return ST_OK;
}

/* Errors: ST_NOMEM, ST_IO. */
static enum status
look_at_records(struct side *side, bool *good, uint64_t *users, struct fault *f)
{
	enum status status;

	if (side == NULL)
		return ST_OK;
	status = walk_records(side, count_user, users, f);
	*good = status == ST_OK;
	return status == ST_NOMEM || status == ST_IO ? status : ST_OK;
}

/* Would a writer refuse to touch it? */
static bool
is_strange(int fd, const struct stat *left, bool ours)
{
	struct stat st;

	return fd >= 0 && !ours && left != NULL && fstat(fd, &st) == 0 && st.st_uid != left->st_uid && st.st_size > 0;
}

/* A strange companion must go before anything is mended: it is looked at as if it had gone. */
static enum status
look_at_ours(struct look *l, struct store_prospects *out, struct trio *t, const struct stat *left, struct fault *f)
{
	enum status status = trio_look(l, t, LOOK_INTO_BOTH, f);
	const enum found right = l->sight.right.found;

	if (status != ST_OK || left == NULL)
		return status;
	out->twin_strange = is_strange(t->right, left, right == FOUND_WHOLE || right == FOUND_BEGUN);
	out->state_strange = is_strange(t->state, left, l->sight.have_state);
	if (!out->twin_strange && !out->state_strange)
		return ST_OK;
	look_clear(l);
	if (out->twin_strange)
		trio_close_right(t);
	if (out->state_strange)
		trio_close_state(t);
	return trio_look(l, t, LOOK_INTO_BOTH, f);
}

static enum status
look_ahead(struct store_prospects *out, struct trio *t, const struct stat *left, struct fault *f)
{
	struct verdict v;
	struct look l = {0};
	enum status status = look_at_ours(&l, out, t, left, f);

	if (status == ST_OK)
		status = look_at_records(l.left_side, &out->database_good, &out->database_users, f);
	if (status == ST_OK)
		status = look_at_records(l.right_side, &out->twin_good, &out->twin_users, f);
	if (status == ST_OK) {
		l.sight.standing = RIGHT_CURRENT;
		l.sight.records = out->database_good ? RECORDS_GOOD : RECORDS_BAD;
		v = verdict_of(&l.sight);
		out->have_database = t->left >= 0;
		out->have_twin = t->right >= 0;
		out->twin_whole = l.sight.right.found == FOUND_WHOLE;
		out->clean = v.mending == MEND_NOTHING;
		out->mends = out->clean || (v.mending == MEND_LEFT && out->twin_good) ||
		    (v.mending == MEND_ADOPT && out->database_good);
	}
	look_clear(&l);
	return status;
}

enum status
store_look_ahead(const char *path, struct store_prospects *out, struct fault *f)
{
	struct stat st, *left = NULL;
	enum status status;
	struct trio t;

	memset(out, 0, sizeof(*out));
	trio_init(&t);
	status = paths_resolve(&t.paths, path, f);
	if (status == ST_OK)
		status = open_usable(&t.left, t.paths.left, NULL, f);
	if (status == ST_OK && t.left >= 0 && fstat(t.left, &st) == 0)
		left = &st;
	if (status == ST_OK)
		status = open_usable(&t.right, t.paths.right, left, f);
	if (status == ST_OK && t.left >= 0)
		status = open_usable(&t.state, t.paths.state, left, f);
	if (status == ST_OK && t.state >= 0)
		status = file_lock(t.state, LOCK_SH, LOCK_WAIT_MS, t.paths.left, f);
	if (status == ST_OK)
		status = look_ahead(out, &t, left, f);
	if (t.state >= 0)
		file_unlock(t.state);
	trio_close(&t);
	return status;
}

/* ---- repair ---- */

/* What the row of the verdict says, for somebody who does not know the table. */
static const char *
words_of(const struct verdict *v)
{
	switch (v->row) {
	case 0:
		return "both were whole and alike";
	case 3:
	case 6:
	case 7:
		return "a write to the database was cut off";
	case 4:
		return "the database had the last change, and its twin had not";
	case ROW_BY_HAND:
		return "something else than our tools changed or made the database";
	case ROW_LEFT_USELESS:
		return "the database was no longer one";
	default:
		return "neither was known to be whole";
	}
}

enum status
store_repair(const char *path, const struct store_write_options *options, enum store_from from,
    enum store_repaired *out, const char **why, struct fault *f)
{
	struct store_txn t = {.closely = true};
	enum status status;
	bool from_twin;

	*out = STORE_REPAIRED_NOTHING;
	status = txn_open(&t, path, options, from, f);
	*why = words_of(&t.found);
	from_twin = from == STORE_FROM_TWIN || (from == STORE_FROM_WHOLE && t.found.mending == MEND_LEFT);
	if (status == ST_OK && t.found.row != 0)
		*out = from_twin ? STORE_REPAIRED_DATABASE : STORE_REPAIRED_TWIN;
	txn_close(&t);
	return status;
}
