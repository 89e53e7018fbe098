/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_care: for people who look after a database: how its files are, and repairing them.
 */
#include <config.h>

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "store.h"
#include "text.h"
#include "trio.h"
#include "txn.h"

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
		out->by_hand = l.sight.have_state && !out->unfinished && v.row != ROW_CLEAN;
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
		return "the last change had reached the database and not its twin";
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
	struct store_txn t = {0};
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
