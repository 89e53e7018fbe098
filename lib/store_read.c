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

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "choose.h"
#include "reader.h"
#include "walk.h"

#define ROUNDS_FREE 8		/* lost races before a reader asks for a lock */
#define PAUSE_NS 2000000	/* between two looks at what must be waited for */
#define LOOKUP_WAIT_MS 5000
#define LIST_WAIT_MS 60000
#define OPEN_WAIT_MS 500	/* for a file that was made a moment ago, so that what is wrong with it is said at once */

/* Lets others at the store meanwhile: threads wait side by side, and a fork need not wait for them. */
static void
pause_unlocked(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};

	reader_unlock();
	nanosleep(&pause, NULL);
	reader_lock();
}

/* What the state does not vouch for is judged only of the files that the paths name. */
static enum status
choose(struct store *s, bool insist, struct fault *f)
{
	enum status status = insist ? ST_BUSY : choose_quickly(s, f);

	if (status == ST_BUSY && !reader_files_replaced(s))
		status = choose_thoroughly(s, insist, f);
	if (status == ST_BUSY)
		fault_set(f, ST_BUSY, 0, "%s: is being changed: try again", s->trio.paths.left);
	return status;
}

/* ---- lookups ---- */

/* Fetches and parses.  The answer is not to be trusted before choose_stands(). */
static enum status
fetch(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	enum status status;
	char *value;
	size_t len;

	status = side_fetch(s->side, key, key_len, &value, &len, f);
	return status == ST_OK ? record_read(out, key, key_len, value, len, f) : status;
}

/* One attempt.  ST_BUSY: somebody came between, try again. */
static enum status
attempt(struct store *s, bool insist, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	enum status status = ST_OK;
	bool chosen = true;

	s->must_wait = false;
	/* what is mapped may have become shorter since: it is not touched before the state has been looked at */
	if (s->side == NULL || insist || (s->trio.map && !choose_stands(s))) {
		status = choose(s, insist, f);
		chosen = status == ST_OK;
	}
	if (status == ST_OK)
		status = fetch(s, key, key_len, out, f);
	/* A writer of ours waits, perhaps for another program that is amid a change. */
	if (chosen && status != ST_OK && !s->verdict.vouched && !choose_left_is_free(s)) {
		s->must_wait = true;
		status = ST_BUSY;
	}
	/* "Nobody there" and damage are believed only of files that are still the right ones. */
	if (status == ST_BUSY || (chosen && !choose_stands(s)) || (status != ST_OK && reader_files_moved(s))) {
		record_clear(out);
		status = ST_BUSY;
	}
	if ((status != ST_OK && status != ST_NOTFOUND) || !s->verdict.vouched || insist)
		choose_drop(s);
	return status;
}

static enum status
lookup(struct store *s, const char *key, size_t key_len, struct record *out, struct fault *f)
{
	int64_t end = now_ms() + LOOKUP_WAIT_MS;
	enum status status;

	for (unsigned lost = 0, round = 0;; round++) {
		/* one who cannot have the lock either may be lucky without */
		bool insist = lost >= ROUNDS_FREE && round % 2 == 0;

		status = reader_keep_up(s, f);
		if (status == ST_OK)
			status = attempt(s, insist, key, key_len, out, f);
		if (status != ST_BUSY)
			return status;
		if (now_ms() >= end)
			return fault_set(f, ST_BUSY, 0, "%s: is being written for longer than a lookup may wait: try "
			    "again", s->trio.paths.left);
		lost += !s->must_wait;
		if (s->must_wait || lost >= ROUNDS_FREE)
			pause_unlocked();
	}
}

/* ---- the interface ---- */

enum status
store_open(struct store **out, const char *path, struct fault *f)
{
	struct store *s;
	struct fault local;
	enum status status;
	int64_t end;

	*out = NULL;
	if (f == NULL)
		f = &local;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	end = now_ms() + OPEN_WAIT_MS;
	reader_lock();
	status = reader_open(s, path, f);
	if (status == ST_OK)
		status = choose(s, false, f);
	while (status == ST_BUSY && now_ms() < end) {
		pause_unlocked();
		status = choose(s, false, f);
	}
	if (status == ST_OK && !s->verdict.vouched)
		choose_drop(s);
	reader_unlock();
	if (status == ST_BUSY)	/* a lookup waits longer */
		status = ST_OK;
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

/* Under the files' locks: nobody who locks changes them meanwhile, and others show. */
static enum status
walk_once(struct store *s, store_visitor *each, void *arg, struct fault *f)
{
	enum status status;

	status = reader_keep_up(s, f);
	if (status == ST_OK)
		status = choose(s, true, f);
	s->must_wait = status == ST_BUSY;
	if (status != ST_OK)
		return status;
	status = walk_records(s->side, each, arg, f);
	if (!choose_stands(s))
		status = fault_set(f, ST_BUSY, 0, "%s: was changed while it was read: try again", s->trio.paths.left);
	choose_drop(s);
	return status;
}

enum status
store_each(struct store *s, store_visitor *each, void *arg, struct fault *f)
{
	int64_t end = now_ms() + LIST_WAIT_MS;
	enum status status;
	struct fault local;

	if (f == NULL)
		f = &local;
	reader_lock();
	/* what was handed to each cannot be taken back */
	while ((status = walk_once(s, each, arg, f)) == ST_BUSY && s->must_wait) {
		if (now_ms() >= end) {
			fault_set(f, ST_BUSY, 0, "%s: another program has held it for %u seconds: try again",
			    s->trio.paths.left, LIST_WAIT_MS / 1000);
			break;
		}
		pause_unlocked();
	}
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
