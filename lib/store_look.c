/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_look: a walk over the records of a side; and how the files of a database are, for people who look
 * after it.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "files.h"
#include "state.h"
#include "store.h"
#include "store_parts.h"

#define LOCK_WAIT_MS 5000	/* for one write to end */

/* ---- a walk ---- */

struct walk {
	store_visitor *each;
	void *arg;
};

static enum status
walk_record(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	const struct walk *w = arg;
	struct record r;
	enum status status;

	status = record_parse(&r, key, key_len, value, len, f);
	if (status == ST_OK)
		status = w->each(w->arg, &r, f);
	record_clear(&r);
	return status;
}

enum status
store_walk(struct side *side, store_visitor *each, void *arg, struct fault *f)
{
	struct walk w = {each, arg};

	return side_each(side, walk_record, &w, f);
}

/* ---- the files ---- */

/* Opens a companion; -1 if there is none that counts. */
static enum status
open_companion(int *fd, const char *path, const struct stat *left, struct stat *st, struct fault *f)
{
	enum status status = file_open(fd, path, O_RDONLY, left, st, f);

	return status == ST_NODB ? ST_OK : status;
}

/* With our writers kept away, so that what is unfinished is so for good. */
static enum status
look(struct store_facts *out, int left, int right, int state, const struct paths *paths, struct fault *f)
{
	struct ident left_ident, right_ident;
	struct stat left_st, right_st = {0};
	struct state now = {0};
	struct verdict v;

	if (fstat(left, &left_st) != 0 || (right >= 0 && fstat(right, &right_st) != 0))
		return fault_set(f, ST_IO, errno, "%s", paths->left);
	out->size = (uint64_t)left_st.st_size;
	out->have_twin = right >= 0;
	if (state >= 0) {
		enum status status = state_read(&now, state);

		if (status == ST_IO)
			return fault_set(f, ST_IO, errno, "%s", paths->state);
		out->have_state = status == ST_OK;
	}
	ident_of(&left_ident, &left_st);
	ident_of(&right_ident, &right_st);
	v = state_decide(out->have_state ? &now : NULL, &left_ident, right >= 0 ? &right_ident : NULL);
	if (!out->have_state)
		return ST_OK;
	out->generation = now.generation;
	out->unfinished = now.phase != PHASE_CLEAN;
	out->by_hand = now.phase == PHASE_CLEAN && v.repair != REPAIR_NONE;
	return ST_OK;
}

enum status
store_inspect(const char *path, struct store_facts *out, struct fault *f)
{
	int left = -1, right = -1, state = -1;
	struct paths paths;
	struct stat left_st, st;
	enum status status;

	memset(out, 0, sizeof(*out));
	status = paths_resolve(&paths, path, f);
	if (status != ST_OK)
		return status;
	status = file_open(&left, paths.left, O_RDONLY, NULL, &left_st, f);
	if (status == ST_OK)
		status = open_companion(&right, paths.right, &left_st, &st, f);
	if (status == ST_OK)
		status = open_companion(&state, paths.state, &left_st, &st, f);
	if (status == ST_OK && state >= 0)
		status = file_lock(state, LOCK_SH, LOCK_WAIT_MS, paths.left, f);
	if (status == ST_OK)
		status = look(out, left, right, state, &paths, f);
	if (state >= 0) {
		file_unlock(state);
		close(state);
	}
	if (right >= 0)
		close(right);
	if (left >= 0)
		close(left);
	paths_free(&paths);
	return status;
}
