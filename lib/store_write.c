/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_write: transactions.  doc/STORE.md explains the protocol.
 *
 * A transaction holds flock on the state (so that writers meet even if the left was replaced by rename
 * between them) and on the left (GDBM's own lock, so that other GDBM programs keep away).  It starts with
 * both sides whole and alike (mend.c).  Its changes go to the left at once, while readers use the right: the commit
 * sends the readers over to the left, and an abort makes the left from the right again.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phases.h"
#include "txn.h"
#include "walk.h"

/* So many changes are remembered, to be applied to the second side as well; from more on it is made by copying
 * the first. */
#define REMEMBERED_MAX 1000

/* ---- begin ---- */

enum status
store_begin(struct store_txn **out, const char *path, const struct store_write_options *options,
    struct fault *f)
{
	struct store_txn *t;
	struct fault local;
	enum status status;

	*out = NULL;
	if (f == NULL)
		f = &local;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	status = txn_open(t, path, options, STORE_FROM_WHOLE, f);
	if (status == ST_OK)
		*out = t;
	else
		store_abort(t);
	return status;
}

const char *
store_txn_warning(const struct store_txn *t)
{
	return t->warning[0] != '\0' ? t->warning : NULL;
}

bool
store_txn_created(const struct store_txn *t)
{
	return t->created;
}

/* ---- changes ---- */

static void
forget_changes(struct store_txn *t)
{
	struct change *c, *next;

	for (c = t->first; c != NULL; c = next) {
		next = c->next;
		record_free_value(c->value, c->len);
		free(c);
	}
	t->first = NULL;
	t->last = &t->first;
}

/* The change of that key, a new one if there is none yet; NULL: no memory. */
static struct change *
find_change(struct store_txn *t, const char *key, size_t key_len)
{
	struct change *c;

	for (c = t->first; c != NULL; c = c->next)
		if (c->key_len == key_len && memcmp(c->key, key, key_len) == 0)
			return c;
	c = calloc(1, sizeof(*c) + key_len);
	if (c == NULL)
		return NULL;
	memcpy(c->key, key, key_len);
	c->key_len = key_len;
	*t->last = c;
	t->last = &c->next;
	return c;
}

/* Takes value over: of several changes of one key the last counts. */
static enum status
remember(struct store_txn *t, const char *key, size_t key_len, char *value, size_t len, struct fault *f)
{
	struct change *c = NULL;

	t->count++;
	if (t->count > REMEMBERED_MAX)
		forget_changes(t);
	else
		c = find_change(t, key, key_len);
	if (c == NULL) {
		record_free_value(value, len);
		return t->count > REMEMBERED_MAX ? ST_OK
		    : fault_set(f, ST_NOMEM, 0, "%s: out of memory", t->trio.paths.left);
	}
	record_free_value(c->value, c->len);
	c->value = value;
	c->len = len;
	return ST_OK;
}

/* Before the first change: from now on the right counts, until the commit. */
static enum status
make_dirty(struct store_txn *t, struct fault *f)
{
	enum status status;

	if (t->dirty)
		return ST_OK;
	status = phases_begin_left(t, f);
	/* from the state on the left is ours to undo, also if its mark could not be written */
	t->dirty = t->now.phase == PHASE_LEFT_DIRTY;
	if (status != ST_OK)
		return status;
	side_close(t->side);
	return side_open(&t->side, t->trio.left, SIDE_WRITE, t->trio.paths.left, f);
}

static enum status
has_failed(const struct store_txn *t, struct fault *f)
{
	if (t->failed != ST_OK && f != NULL)
		*f = t->why;
	return t->failed;
}

/* Takes value over; NULL: delete. */
static enum status
change(struct store_txn *t, const struct name *name, char *value, size_t len, struct fault *f)
{
	char key[NAME_KEY_MAX];
	size_t key_len = name_key(name, key);
	bool existed = false;
	struct fault local;
	enum status status;

	if (f == NULL)
		f = &local;
	status = has_failed(t, f);
	if (status == ST_OK)
		status = make_dirty(t, f);
	/* whoever does not lock (cp) shows by the left's identity */
	if (status == ST_OK)
		status = phases_check_left_kept(t, f);
	if (status == ST_OK) {
		status = value == NULL ? side_delete(t->side, key, key_len, &existed, f)
		    : side_store(t->side, key, key_len, value, len, &existed, f);
		if (phases_note_left(t, status == ST_OK ? f : NULL) != ST_OK && status == ST_OK)
			status = ST_IO;
	}
	if (status == ST_OK) {
		t->growth += (value != NULL) - existed;
		status = remember(t, key, key_len, value, len, f);
	} else
		record_free_value(value, len);
	t->failed = status;
	if (status != ST_OK)
		t->why = *f;
	return status;
}

enum status
store_txn_put(struct store_txn *t, const struct record *r, struct fault *f)
{
	enum status status;
	char *value;
	size_t len;

	status = record_format(r, &value, &len, f);
	if (status != ST_OK && status != ST_TOOBIG) {
		t->failed = status;
		fault_set(&t->why, status, 0, "%s: %s", t->trio.paths.left, status_text(status));
	}
	return status == ST_OK ? change(t, &r->name, value, len, f) : status;
}

enum status
store_txn_delete(struct store_txn *t, const struct name *name, struct fault *f)
{
	return change(t, name, NULL, 0, f);
}

enum status
store_txn_get(struct store_txn *t, const struct name *name, struct record *out, struct fault *f)
{
	char key[NAME_KEY_MAX];
	enum status status;
	size_t key_len, len;
	char *value;

	memset(out, 0, sizeof(*out));
	if (t->failed != ST_OK)
		return has_failed(t, f);
	key_len = name_key(name, key);
	status = side_fetch(t->side, key, key_len, &value, &len, f);
	if (status != ST_OK)
		return status;
	status = record_parse(out, key, key_len, value, len, f);
	record_free_value(value, len);
	return status;
}

enum status
store_txn_each(struct store_txn *t, store_visitor *each, void *arg, struct fault *f)
{
	return t->failed == ST_OK ? walk_records(t->side, each, arg, f) : has_failed(t, f);
}

/* ---- compacting ---- */

static enum status
no_temporary(const struct store_txn *t, struct fault *f)
{
	return fault_set(f, errno == EACCES || errno == EROFS ? ST_PERM : ST_IO, errno,
	    "%s: no temporary file can be made", t->trio.paths.dir);
}

/* A file without a name, beside the database. */
static enum status
open_nameless(const struct store_txn *t, int *fd, struct fault *f)
{
	enum status status = ST_OK;
	char *temporary;

	*fd = open(t->trio.paths.dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return *fd >= 0 ? ST_OK : no_temporary(t, f);
	if (asprintf(&temporary, "%s/.sasldb.XXXXXX", t->trio.paths.dir) < 0)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", t->trio.paths.left);
	*fd = mkostemp(temporary, O_CLOEXEC);
	if (*fd >= 0)
		unlink(temporary);
	else
		status = no_temporary(t, f);
	free(temporary);
	return status;
}

static enum status
store_raw(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	return side_store(arg, key, key_len, value, len, NULL, f);
}

/* Fills fd with the records of the left. */
static enum status
build_copy(struct store_txn *t, int fd, struct fault *f)
{
	struct side *copy;
	enum status status, finished;

	status = side_create(fd, t->trio.paths.left, f);
	if (status == ST_OK)
		status = side_open(&copy, fd, SIDE_WRITE, t->trio.paths.left, f);
	if (status != ST_OK)
		return status;
	status = side_each(t->side, store_raw, copy, f);
	finished = side_finish(copy, status == ST_OK ? f : NULL);
	return status == ST_OK ? finished : status;
}

/* The mark lies elsewhere in the new file. */
static enum status
find_mark(struct store_txn *t, struct fault *f)
{
	struct side *side;
	enum status status;

	status = side_open(&side, t->trio.left, SIDE_READ, t->trio.paths.left, f);
	if (status == ST_OK)
		status = mark_read(&t->left_mark, side, f);
	side_close(side);
	return status == ST_NOTFOUND ? fault_set(f, ST_CORRUPT, 0, "%s: has lost its mark", t->trio.paths.left) : status;
}

enum status
store_compact(struct store_txn *t, struct fault *f)
{
	enum status status;
	int fd;

	status = open_nameless(t, &fd, f);
	if (status != ST_OK)
		return status;
	status = build_copy(t, fd, f);
	if (status == ST_OK)
		status = make_dirty(t, f);
	side_close(t->side);
	t->side = NULL;
	if (status == ST_OK) {
		status = file_copy(fd, t->trio.left, t->trio.paths.left, f);
		if (phases_note_left(t, status == ST_OK ? f : NULL) != ST_OK && status == ST_OK)
			status = ST_IO;
	}
	if (status == ST_OK)
		status = find_mark(t, f);
	if (status == ST_OK)
		status = phases_mark_left_begun(t, f);
	if (status == ST_OK)
		status = side_open(&t->side, t->trio.left, SIDE_WRITE, t->trio.paths.left, f);
	t->count = REMEMBERED_MAX;	/* the other side becomes a copy */
	t->failed = status;
	if (status != ST_OK)
		fault_set(&t->why, status, 0, "%s: could not be compacted", t->trio.paths.left);
	close(fd);
	return status;
}

/* ---- order ---- */

uint32_t
store_order(const struct name *name)
{
	char key[NAME_KEY_MAX];

	return side_order(key, name_key(name, key));
}

/* ---- commit ---- */

static enum status
wrong_back(const char *path, struct fault *f)
{
	return fault_set(f, ST_IO, 0, "%s: does not give back what was written", path);
}

static enum status
check_whole(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	return record_is_whole(key, key_len, value, len) ? ST_OK : wrong_back(arg, f);
}

/* Does the file give back what was just written?  GDBM's answers alone do not promise it. */
static enum status
read_back_changes(const struct store_txn *t, int fd, const char *path, struct fault *f)
{
	const struct change *c;
	struct side *side;
	enum status status;
	char *value;
	size_t len;

	status = side_open(&side, fd, SIDE_READ, path, f);
	for (c = t->first; status == ST_OK && c != NULL; c = c->next) {
		status = side_fetch(side, c->key, c->key_len, &value, &len, f);
		if (status == ST_OK && (c->value == NULL || len != c->len || memcmp(value, c->value, len) != 0))
			status = wrong_back(path, f);
		else if (status == ST_NOTFOUND)
			status = c->value == NULL ? ST_OK : wrong_back(path, f);
		record_free_value(value, len);
	}
	side_close(side);
	return status;
}

static enum status
count_records(int fd, const char *path, uint64_t *out, struct fault *f)
{
	struct side *side;
	enum status status;

	status = side_open(&side, fd, SIDE_READ, path, f);
	if (status == ST_OK)
		status = side_count(side, out, f);
	side_close(side);
	return status;
}

/* The same where the changes are forgotten: every record is whole, and there are as many as there must be.  The
 * right holds those from before. */
static enum status
read_back_all(const struct store_txn *t, struct fault *f)
{
	struct side *side;
	enum status status;
	uint64_t before, now;

	status = count_records(t->trio.right, t->trio.paths.right, &before, f);
	if (status == ST_OK)
		status = count_records(t->trio.left, t->trio.paths.left, &now, f);
	if (status == ST_OK && now - before != (uint64_t)t->growth)
		status = wrong_back(t->trio.paths.left, f);
	if (status == ST_OK)
		status = side_open(&side, t->trio.left, SIDE_READ, t->trio.paths.left, f);
	if (status != ST_OK)
		return status;
	status = side_each(side, check_whole, t->trio.paths.left, f);
	side_close(side);
	return status;
}

static enum status
apply(struct store_txn *t, int fd, const char *path, struct fault *f)
{
	const struct change *c;
	struct side *side;
	enum status status, finished;

	status = side_open(&side, fd, SIDE_WRITE, path, f);
	if (status != ST_OK)
		return status;
	for (c = t->first; status == ST_OK && c != NULL; c = c->next)
		status = c->value == NULL ? side_delete(side, c->key, c->key_len, NULL, f)
		    : side_store(side, c->key, c->key_len, c->value, c->len, NULL, f);
	finished = side_finish(side, status == ST_OK ? f : NULL);
	if (status == ST_OK)
		status = finished;
	return status == ST_OK ? read_back_changes(t, fd, path, f) : status;
}

/* The commit has failed, but its word may be there (a sync that failed, and with it all that comes after); or the left could not
 * be marked behind it. */
static void
take_back(struct store_txn *t, struct fault *f)
{
	if (phases_take_back(t) == ST_OK)
		return;
	/* readers may be at the left by now: nobody touches it, and the next writer mends what the state says then */
	t->dirty = false;
	if (f != NULL)
		fault_set(f, f->status, 0, "%s: nor can the change be taken back: it may be in effect", f->text);
}

/* Before the commit: all or nothing. */
static enum status
finish_left(struct store_txn *t, struct fault *f)
{
	enum status status;

	status = phases_check_left_kept(t, f);
	if (status != ST_OK)
		return status;
	status = side_finish(t->side, f);
	t->side = NULL;
	if (status == ST_OK)
		status = phases_note_left(t, f);
	if (status == ST_OK)
		status = t->first != NULL ? read_back_changes(t, t->trio.left, t->trio.paths.left, f) : read_back_all(t, f);
	if (status == ST_OK)
		status = phases_check_left_kept(t, f);
	if (status != ST_OK)
		return status;
	status = phases_commit(t, f);
	/* one that does not say that it is whole would be taken back by who finds it without its state */
	if (status == ST_OK)
		status = phases_mark_left_whole(t, f);
	if (status != ST_OK)
		take_back(t, f);
	return status;
}

static enum status
apply_to_right(struct store_txn *t, struct fault *f)
{
	enum status status;

	status = phases_mark_right_begun(t, f);
	if (status == ST_OK)
		status = apply(t, t->trio.right, t->trio.paths.right, f);
	return status == ST_OK ? phases_mark_right_whole(t, f) : status;
}

/* After the commit: nothing that happens here can take it back. */
static enum status
write_right(struct store_txn *t, struct fault *f)
{
	enum status status;

	status = t->first == NULL ? phases_fill_right(t, f) : apply_to_right(t, f);
	/* if the left is another one by now, the right may be a mixture: the state goes on to say so */
	if (status == ST_OK)
		status = phases_check_left_kept(t, f);
	/* Not synced: if it is lost, the state says "right dirty", and the next writer copies once. */
	return status == ST_OK ? phases_end(t, false, f) : status;
}

enum status
store_commit(struct store_txn *t, struct fault *f)
{
	struct fault second = {0};
	enum status status = has_failed(t, f);

	if (status == ST_OK && t->dirty)
		status = finish_left(t, f);
	if (status == ST_OK && f != NULL)
		f->text[0] = '\0';
	if (status == ST_OK && t->dirty) {
		t->dirty = false;
		if (write_right(t, &second) != ST_OK)
			fault_set(f, ST_IO, 0, "%s: the change is done, but the second copy could not be written "
			    "(%s): the next change mends it", t->trio.paths.left, second.text);
	}
	store_abort(t);
	return status;
}

void
store_abort(struct store_txn *t)
{
	if (t == NULL)
		return;
	side_close(t->side);	/* writes to the left what GDBM still holds */
	t->side = NULL;
	/* If this fails, or somebody else has put another file there, the next writer mends; which side counts until then, the
	 * state and the marks say. */
	if (t->dirty && phases_check_left_kept(t, NULL) == ST_OK)
		phases_restore_left(t, &t->right_mark.mark, NULL);
	forget_changes(t);
	txn_close(t);
	free(t);
}
