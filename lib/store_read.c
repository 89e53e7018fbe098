/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_read: lookups and listings.  doc/STORE.md explains the protocol.
 *
 * A lookup fetches from the handle that it has and then reads the state: if that still sends it to the same
 * bytes, nobody touched them meanwhile and the answer stands; else the handle is dropped and the lookup
 * starts over.  As long as nothing is mapped (store_map()), the worst that can come of what happens to the files is
 * an error.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "reader.h"
#include "store_parts.h"

#define ROUNDS_FREE 8		/* lost races before a reader asks for a lock */
#define ROUNDS_LOCKED 3		/* the files themselves may change under the lock */
#define LOCK_WAIT_MS 5000	/* for one write to end */
#define LOCK_WAIT_FOREIGN_MS 50	/* for somebody else's tool, while there is a good right to read */
#define LIST_WAIT_MS 60000

/* ---- lookups ---- */

/* Fetches and parses.  The answer is not to be trusted before reader_stands(). */
static enum status
fetch(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	enum status status;
	char *value;
	size_t len;

	status = side_fetch(s->side, key, key_len, &value, &len, f);
	return status == ST_OK ? record_read(out, key, key_len, value, len, f) : status;
}

/* Does one of our writers hold the state, or wait for it? */
static bool
writer_at_work(const struct store *s)
{
	if (s->state < 0 || s->locked_fd == s->state)
		return false;
	if (flock(s->state, LOCK_SH | LOCK_NB) != 0)
		return true;
	flock(s->state, LOCK_UN);
	return false;
}

/* From a handle that is opened now, while nobody writes: the identity shows those who do all the same. */
static enum status
fetch_reopened(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	struct ident before, after;
	enum status status;

	reader_drop_side(s);
	if (!reader_ident(s->left, &before))
		return fault_set(f, ST_IO, errno, "%s", s->paths.left);
	status = reader_open_source(s, SOURCE_LEFT_ALONE, f);
	if (status == ST_OK)
		status = fetch(s, key, key_len, out, f);
	if (reader_ident(s->left, &after) && ident_same(&before, &after))
		return status;
	record_clear(out);
	return ST_BUSY;
}

/*
 * The left without a state to vouch for it.  A shared lock keeps writers away.  While one of ours is at work
 * it need not: he changes the state before he touches the left, and reader_stands() sees that.
 */
static enum status
fetch_alone(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	bool right_stands_in = s->right_good && !s->adopted;
	enum status status;

	if (writer_at_work(s)) {
		status = s->have_seen ? fetch_reopened(s, key, key_len, out, f) : ST_BUSY;
	} else {
		status = file_lock(s->left, LOCK_SH, right_stands_in ? LOCK_WAIT_FOREIGN_MS : LOCK_WAIT_MS,
		    s->paths.left, f);
		if (status == ST_BUSY && right_stands_in) {
			/* Another program writes the left: the right is the last that we know to be whole. */
			reader_drop_side(s);
			status = reader_open_source(s, SOURCE_RIGHT, f);
			return status == ST_OK ? fetch(s, key, key_len, out, f) : status;
		}
		if (status != ST_OK)
			return status;
		status = fetch_reopened(s, key, key_len, out, f);
		file_unlock(s->left);
	}
	if (status == ST_OK || status == ST_NOTFOUND)
		s->adopted = true;
	return status;
}

/* One attempt.  ST_BUSY: a writer came between, try again. */
static enum status
attempt(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	enum status status;

	status = reader_ready(s, f);
	if (status != ST_OK)
		return status;
	/* what is mapped may have become shorter since: it is not touched before the state has been looked at */
	if (s->side != NULL && reader_may_map(s) && !reader_stands(s))
		reader_drop_side(s);
	if (s->side == NULL) {
		status = reader_open_side(s, f);
		if (s->undecided)
			return status;
	}
	if (status == ST_OK)
		status = s->source == SOURCE_LEFT_ALONE ? fetch_alone(s, key, key_len, out, f)
		    : fetch(s, key, key_len, out, f);
	if (status == ST_BUSY || !reader_stands(s)) {
		record_clear(out);
		reader_drop_side(s);
		return ST_BUSY;
	}
	/* "Nobody there" and damage are believed only of files that are still the right ones. */
	if (status != ST_OK && reader_look(s))
		return ST_BUSY;
	if (status != ST_OK && status != ST_NOTFOUND)
		reader_drop_side(s);
	return status;
}

/* With writers kept away, for a reader who lost every race.  Waits for one write. */
static enum status
attempt_locked(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	enum status status;
	int lock = s->state >= 0 ? s->state : s->left;

	status = file_lock(lock, LOCK_SH, LOCK_WAIT_MS, s->paths.left, f);
	if (status != ST_OK)
		return status;
	s->locked_fd = lock;
	status = attempt(s, key, key_len, out, f);
	if (status == ST_BUSY)
		status = attempt(s, key, key_len, out, f);
	if (s->locked_fd >= 0)
		file_unlock(s->locked_fd);
	s->locked_fd = -1;
	return status;
}

static enum status
lookup(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	int64_t end = reader_now_ms() + LOCK_WAIT_MS;
	enum status status = ST_BUSY;

	reader_keep_up(s);
	for (int i = 0; status == ST_BUSY && i < ROUNDS_FREE && reader_now_ms() < end; i++)
		status = attempt(s, key, key_len, out, f);
	for (int i = 0; status == ST_BUSY && s->left >= 0 && i < ROUNDS_LOCKED && reader_now_ms() < end; i++)
		status = attempt_locked(s, key, key_len, out, f);
	if (status == ST_BUSY)
		fault_set(f, ST_BUSY, 0, "%s: is being written for longer than a lookup may wait: try again",
		    s->paths.left);
	return status;
}

/* ---- the interface ---- */

enum status
store_open(struct store **out, const char *path, struct fault *f)
{
	struct store *s;
	struct fault local;
	enum status status;

	*out = NULL;
	if (f == NULL)
		f = &local;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	reader_lock();
	status = reader_open(s, path, f);
	reader_unlock();
	if (status == ST_OK)
		*out = s;
	else
		store_close(s);
	return status;
}

void
store_map(struct store *s)
{
	reader_lock();
	reader_map(s);
	reader_unlock();
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	reader_lock();
	reader_close(s);
	reader_unlock();
	free(s);
}

enum status
store_get(struct store *s, const struct name *name, struct record *out, struct fault *f)
{
	char key[NAME_KEY_MAX];
	enum status status;
	struct fault local;

	memset(out, 0, sizeof(*out));
	reader_lock();
	status = lookup(s, key, name_key(name, key), out, f != NULL ? f : &local);
	reader_unlock();
	return status;
}

/* The left alone, with our lock on it; others (cp) show by its identity. */
static enum status
walk_alone(struct store *s, store_visitor *each, void *arg, struct fault *f)
{
	struct ident before = {0}, after = {0};
	enum status status;

	status = file_lock(s->left, LOCK_SH, LOCK_WAIT_MS, s->paths.left, f);
	if (status != ST_OK)
		return status;
	reader_drop_side(s);
	reader_ident(s->left, &before);
	status = reader_open_source(s, SOURCE_LEFT_ALONE, f);
	if (status == ST_OK)
		status = store_walk(s->side, each, arg, f);
	reader_ident(s->left, &after);
	if (!ident_same(&before, &after))
		status = fault_set(f, ST_BUSY, 0, "%s: was changed while it was read: try again", s->paths.left);
	file_unlock(s->left);
	return status;
}

/* Under the store's lock and with our writers kept away. */
static enum status
walk_locked(struct store *s, store_visitor *each, void *arg, struct fault *f)
{
	enum status status;

	reader_drop_side(s);
	status = reader_open_side(s, f);
	if (status != ST_OK)
		return status;
	return s->source == SOURCE_LEFT_ALONE ? walk_alone(s, each, arg, f) : store_walk(s->side, each, arg, f);
}

enum status
store_each(struct store *s, store_visitor *each, void *arg, struct fault *f)
{
	enum status status;
	struct fault local;

	if (f == NULL)
		f = &local;
	reader_lock();
	reader_keep_up(s);
	status = reader_ready(s, f);
	if (status == ST_OK && s->state >= 0)
		status = file_lock(s->state, LOCK_SH, LIST_WAIT_MS, s->paths.left, f);
	if (status == ST_OK)
		status = walk_locked(s, each, arg, f);
	if (s->state >= 0)
		file_unlock(s->state);
	reader_unlock();
	return status;
}

bool
store_trouble(struct store *s, struct fault *f)
{
	bool any;

	reader_lock();
	any = s->left_trouble.status != ST_OK || s->trouble.status != ST_OK;
	if (any)
		*f = s->left_trouble.status != ST_OK ? s->left_trouble : s->trouble;
	reader_unlock();
	return any;
}
