/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_write: transactions.  doc/STORE.md explains the protocol.
 *
 * A transaction holds flock on the state (so that writers meet even if the left was replaced by rename
 * between them) and on the left (GDBM's own lock, so that other GDBM programs keep away).  It starts with
 * both sides whole and alike.  Its changes go to the left at once, while readers use the right: the commit
 * sends them over to the left, and an abort makes the left from the right again.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "side.h"
#include "state.h"
#include "store.h"
#include "store_parts.h"

/* So many changes are remembered, to be applied to the second side as well; from more on it is made by copying
 * the first. */
#define REMEMBERED_MAX 1000
#define OPEN_ATTEMPTS 16
#define WAIT_MAX 1000000u	/* seconds */
#define GROUP_BUFFER 16384	/* the entry's members included */

struct change {
	struct change *next;	/* in the order of their making */
	char *value;		/* NULL: delete */
	size_t len;
	size_t key_len;
	char key[];
};

struct store_txn {
	struct paths paths;
	int left, right, state;
	struct stat left_st;
	struct state now;		/* what the state file says */
	struct side *side;		/* the left; open for writing if dirty */
	bool dirty;			/* a change has gone to the left */
	enum status failed;		/* of a change: then none is committed */
	int64_t growth;			/* how many records the changes have added */
	struct ident left_ident;	/* of the left as this transaction has it */
	struct change *first, **last;	/* the changes, if they are not too many */
	size_t count;			/* of changes */
	bool created;
	char warning[512];
};

static void
warn(struct store_txn *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
warn(struct store_txn *t, const char *format, ...)
{
	va_list ap;

	if (t->warning[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(t->warning, sizeof(t->warning), format, ap);
	va_end(ap);
}

static void
unlock_and_close(int fd)
{
	if (fd < 0)
		return;
	/* A child that was forked meanwhile holds the same lock: closing alone would leave it with him. */
	file_unlock(fd);
	close(fd);
}

/* ---- making a database ---- */

/* A new database belongs to group, if there is one; otherwise to nobody else. */
static void
give_to_group(struct store_txn *t, int fd, const char *group)
{
	struct group entry, *found = NULL;
	char buffer[GROUP_BUFFER];
	int error;

	if (group == NULL)
		return;
	/* others than these mean "there is none" (getgrnam_r(3)) */
	errno = error = getgrnam_r(group, &entry, buffer, sizeof(buffer), &found);
	if (error == ENOMEM || error == EIO || error == EMFILE || error == ENFILE || error == EINTR || error == ERANGE)
		warn(t, "%s: group %s cannot be looked up (%m), so only its owner may read it: chgrp %s %s; "
		    "chmod 640 %s", t->paths.left, group, group, t->paths.left, t->paths.left);
	else if (error != 0 || found == NULL)
		warn(t, "%s: there is no group %s, so only its owner may read it: make the group, then "
		    "chgrp %s %s; chmod 640 %s", t->paths.left, group, group, t->paths.left, t->paths.left);
	else if (fchown(fd, (uid_t)-1, found->gr_gid) != 0)
		warn(t, "%s: cannot be given to group %s (%m), so only its owner may read it", t->paths.left,
		    group);
	else if (fchmod(fd, 0640) != 0)
		warn(t, "%s: cannot be opened to group %s (%m)", t->paths.left, group);
}

/* Makes the left under a name of its own and links it in place, so that nobody ever sees half of it. */
static enum status
make_left(struct store_txn *t, const char *group, struct fault *f)
{
	enum status status;
	char *temporary;
	int fd;

	if (asprintf(&temporary, "%s/.sasldb.XXXXXX", t->paths.dir) < 0)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", t->paths.left);
	fd = mkostemp(temporary, O_CLOEXEC);	/* O_EXCL, mode 0600 */
	if (fd >= 0) {
		give_to_group(t, fd, group);
		status = side_create(fd, t->paths.left, f);
		if (status == ST_OK && link(temporary, t->paths.left) == 0)
			t->created = true;
		else if (status == ST_OK && errno != EEXIST)
			status = fault_set(f, ST_CANTCREATE, errno, "%s", t->paths.left);
		close(fd);
		unlink(temporary);
	} else {
		status = fault_set(f, errno == ENOSPC || errno == EDQUOT || errno == EIO ? ST_IO : ST_CANTCREATE,
		    errno, "%s: cannot be created", t->paths.left);
	}
	if (status == ST_OK)
		status = dir_sync(t->paths.dir, f);
	free(temporary);
	return status;
}

/* ---- opening and locking ---- */

static enum status
open_left(struct store_txn *t, const struct store_write_options *o, struct fault *f)
{
	enum status status;

	status = file_open(&t->left, t->paths.left, O_RDWR, NULL, &t->left_st, f);
	if (status != ST_NODB || !o->create)
		return status;
	status = make_left(t, o->group, f);
	if (status != ST_OK)
		return status;
	return file_open(&t->left, t->paths.left, O_RDWR, NULL, &t->left_st, f);
}

/* Before anything is made beside it: is it a database at all?  With a state there, mend() knows better: the
 * left may be one that a killed writer left half done. */
static enum status
check_kind(const struct store_txn *t, const struct store_write_options *o, struct fault *f)
{
	struct side *side;
	struct stat st;
	enum status status;

	if (lstat(t->paths.state, &st) == 0 || (t->left_st.st_size == 0 && o->create))
		return ST_OK;
	status = side_open(&side, t->left, SIDE_READ, t->paths.left, f);
	side_close(side);
	return status == ST_FOREIGN ? status : ST_OK;
}

/* Opens a companion, or makes an empty one; then mend() fills it and syncs its name. */
static enum status
open_companion(struct store_txn *t, int *fd, const char *path, struct fault *f)
{
	struct stat st;
	enum status status;

	status = file_open(fd, path, O_RDWR, &t->left_st, &st, f);
	if (status != ST_NODB)
		return status;
	/* Readers would refuse a companion that belongs to a third. */
	if (geteuid() != 0 && geteuid() != t->left_st.st_uid)
		return fault_set(f, ST_PERM, 0, "%s: is missing and must be made by root or the database's owner: "
		    "make a change as one of them", path);
	status = file_create(fd, path, f);
	if (status == ST_EXISTS)
		status = file_open(fd, path, O_RDWR, &t->left_st, &st, f);
	return status;
}

/* Locks fd; ST_EXISTS if path names another file by then. */
static enum status
lock_named(const struct store_txn *t, int fd, const char *path, const struct store_write_options *o,
    struct fault *f)
{
	struct stat by_path, by_fd;
	enum status status;

	status = file_lock(fd, LOCK_EX, o->wait < WAIT_MAX ? o->wait * 1000 : WAIT_MAX * 1000, t->paths.left, f);
	if (status != ST_OK)
		return status;
	if (stat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 && same_file(&by_path, &by_fd))
		return ST_OK;
	return ST_EXISTS;
}

/* The state first: whoever waits for the left holds it, and readers who need the left see that and make
 * room.  Otherwise many readers could keep a writer out for ever. */
static enum status
try_locks(struct store_txn *t, const struct store_write_options *o, struct fault *f)
{
	enum status status;

	status = open_left(t, o, f);
	if (status == ST_OK)
		status = check_kind(t, o, f);
	if (status == ST_OK)
		status = open_companion(t, &t->state, t->paths.state, f);
	if (status == ST_OK)
		status = lock_named(t, t->state, t->paths.state, o, f);
	if (status == ST_OK)
		status = lock_named(t, t->left, t->paths.left, o, f);
	return status;
}

static void
release(struct store_txn *t)
{
	unlock_and_close(t->left);
	unlock_and_close(t->state);
	t->left = t->state = -1;
}

static enum status
take_locks(struct store_txn *t, const struct store_write_options *o, struct fault *f)
{
	enum status status;

	for (int i = 0; i < OPEN_ATTEMPTS; i++) {
		status = try_locks(t, o, f);
		if (status != ST_EXISTS)
			return status;
		release(t);
	}
	return fault_set(f, ST_BUSY, 0, "%s: is replaced again and again: try again", t->paths.left);
}

/* The right, and who may read the companions. */
static enum status
open_right(struct store_txn *t, struct fault *f)
{
	enum status status;

	status = open_companion(t, &t->right, t->paths.right, f);
	if (status != ST_OK)
		return status;
	file_copy_access(t->left, t->state);
	file_copy_access(t->left, t->right);
	return ST_OK;
}

/* ---- mending ---- */

static enum status
set_state(struct store_txn *t, enum phase phase, uint64_t generation, bool sync, struct fault *f)
{
	struct state next;
	struct stat left, right;
	enum status status;

	state_init(&next, phase, generation);
	if (phase != PHASE_RIGHT_DIRTY) {
		if (fstat(t->left, &left) != 0 || fstat(t->right, &right) != 0)
			return fault_set(f, ST_IO, errno, "%s", t->paths.left);
		ident_of(&next.left, &left);
		ident_of(&next.right, &right);
	}
	status = state_write(&next, t->state, sync, t->paths.state, f);
	if (status == ST_OK)
		t->now = next;
	return status;
}

static enum status
check_record(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	const struct store_txn *t = arg;
	struct fault why;
	struct record r;
	char name[NAME_BYTES_MAX + 1], shown[256];
	enum status status;

	status = record_parse(&r, key, key_len, value, len, &why);
	record_clear(&r);
	if (status == ST_OK)
		return ST_OK;
	if (status == ST_NOMEM)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", t->paths.left);
	snprintf(name, sizeof(name), "%.*s", (int)key_len, key);
	return fault_set(f, status, 0, "%s: holds a record of \"%s\" that is not ours (%s): restore the file from "
	    "a copy, or remove that record with gdbmtool", t->paths.left,
	    escape_for_log(shown, sizeof(shown), name), why.text);
}

/* Is the left, which somebody else wrote, whole?  Only then may it replace the right. */
static enum status
check_left(struct store_txn *t, struct fault *f)
{
	struct side *side;
	enum status status;

	status = side_open(&side, t->left, SIDE_READ, t->paths.left, f);
	if (status != ST_OK)
		return status;
	status = side_each(side, check_record, t, f);
	side_close(side);
	return status;
}

/* One that this place has never seen, even if its files were restored from a copy with all their states: a
 * reader may still hold a handle from before. */
static uint64_t
fresh_generation(const struct state *old)
{
	struct timespec now;
	uint64_t micros;

	clock_gettime(CLOCK_REALTIME, &now);
	micros = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return old != NULL && old->generation >= micros ? old->generation + 1 : micros;
}

/* Is the left still as this transaction has it?  Whoever does not lock (cp) shows by its identity. */
static enum status
check_left_kept(const struct store_txn *t, struct fault *f)
{
	struct stat st;
	struct ident now;

	if (fstat(t->left, &st) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	ident_of(&now, &st);
	if (ident_same(&now, &t->left_ident))
		return ST_OK;
	return fault_set(f, ST_BUSY, 0, "%s: was changed by another program at the same time: try again",
	    t->paths.left);
}

static enum status
note_left(struct store_txn *t, struct fault *f)
{
	struct stat st;

	if (fstat(t->left, &st) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	ident_of(&t->left_ident, &st);
	return ST_OK;
}

/* What was found is on disk from now on: whoever wrote the left (cp) or made the files (a writer that was
 * killed) may not have waited for that. */
static enum status
sync_found(const struct store_txn *t, struct fault *f)
{
	if (fsync(t->left) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	return dir_sync(t->paths.dir, f);
}

/*
 * Makes the right a copy of the left, in the phase "right dirty", in which readers read the left.  One who has the
 * right mapped, and is amid a fetch that began before, must get through it before the file may become shorter.
 */
static enum status
fill_right(const struct store_txn *t, struct fault *f)
{
	struct timespec while_fetches_end = {.tv_sec = 1};
	struct stat left, right;

	if (fstat(t->left, &left) != 0 || fstat(t->right, &right) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	if (left.st_size < right.st_size)
		while (nanosleep(&while_fetches_end, &while_fetches_end) != 0 && errno == EINTR)
			;
	return file_copy(t->left, t->right, t->paths.right, f);
}

static enum status
copy_left_to_right(struct store_txn *t, struct fault *f)
{
	enum status status;

	status = sync_found(t, f);
	if (status == ST_OK)
		status = set_state(t, PHASE_RIGHT_DIRTY, fresh_generation(&t->now), true, f);
	if (status == ST_OK)
		status = fill_right(t, f);
	if (status == ST_OK)
		status = check_left_kept(t, f);
	if (status == ST_OK)
		status = set_state(t, PHASE_CLEAN, t->now.generation, true, f);
	return status;
}

static enum status
copy_right_to_left(struct store_txn *t, struct fault *f)
{
	struct side *side;
	enum status status;

	status = side_open(&side, t->right, SIDE_READ, t->paths.right, f);
	if (status != ST_OK)
		return status;
	side_close(side);
	/* Where the state says so already it is not written again: torn, it would send readers to this left. */
	if (t->now.phase != PHASE_LEFT_DIRTY)
		status = set_state(t, PHASE_LEFT_DIRTY, t->now.generation, true, f);
	else if (fdatasync(t->state) != 0)
		status = fault_set(f, ST_IO, errno, "%s", t->paths.state);
	if (status == ST_OK)
		status = file_copy(t->right, t->left, t->paths.left, f);
	if (status == ST_OK)
		status = note_left(t, f);
	if (status == ST_OK)
		status = set_state(t, PHASE_CLEAN, fresh_generation(&t->now), true, f);
	return status;
}

/* Makes both sides whole and alike. */
static enum status
mend(struct store_txn *t, struct fault *f)
{
	struct stat left_st, right_st;
	struct ident left, right;
	enum status status;
	bool have_state;

	status = state_read(&t->now, t->state);
	if (status == ST_IO)	/* it may say that the left is dirty */
		return fault_set(f, ST_IO, errno, "%s", t->paths.state);
	have_state = status == ST_OK;
	if (!have_state)
		memset(&t->now, 0, sizeof(t->now));
	if (fstat(t->left, &left_st) != 0 || fstat(t->right, &right_st) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	ident_of(&left, &left_st);
	ident_of(&right, &right_st);
	t->left_ident = left;
	switch (state_decide(have_state ? &t->now : NULL, &left, &right).repair) {
	case REPAIR_NONE:
		return ST_OK;
	case REPAIR_LEFT:
		return copy_right_to_left(t, f);
	case REPAIR_RIGHT:
		break;
	}
	status = check_left(t, f);
	return status == ST_OK ? copy_left_to_right(t, f) : status;
}

/* ---- begin ---- */

/* An empty file becomes a database, if no state says that it was one: then its users are in the right. */
static enum status
fill_empty_left(struct store_txn *t, struct fault *f)
{
	struct stat left, state;

	if (fstat(t->left, &left) != 0 || fstat(t->state, &state) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	if (left.st_size != 0 || state.st_size != 0)
		return ST_OK;
	return side_create(t->left, t->paths.left, f);
}

static void
look_at_the_place(struct store_txn *t)
{
	struct stat dir;

	if (file_is_remote(t->left))
		warn(t, "%s: is on a network file system, which is not supported: locks and changes made "
		    "elsewhere may not be seen", t->paths.left);
	if (file_is_mounted(t->left))
		warn(t, "%s: is mounted by itself, so programs outside do not see the files that belong to it: mount "
		    "its folder instead", t->paths.left);
	if (stat(t->paths.dir, &dir) == 0 && (dir.st_mode & S_IWOTH) != 0)
		warn(t, "%s: is in a folder that everybody may write, so everybody may replace it: chmod o-w %s",
		    t->paths.left, t->paths.dir);
}

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
	t->left = t->right = t->state = -1;
	t->last = &t->first;
	status = paths_resolve(&t->paths, path, f);
	if (status == ST_NODB && options->create)
		status = f->status = ST_CANTCREATE;
	if (status == ST_OK)
		status = take_locks(t, options, f);
	if (status == ST_OK && options->create)
		status = fill_empty_left(t, f);
	if (status == ST_OK)
		status = open_right(t, f);
	if (status == ST_OK)
		status = mend(t, f);
	if (status == ST_OK)
		status = side_open(&t->side, t->left, SIDE_READ, t->paths.left, f);
	if (status != ST_OK) {
		store_abort(t);
		return status;
	}
	look_at_the_place(t);
	*out = t;
	return ST_OK;
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
		    : fault_set(f, ST_NOMEM, 0, "%s: out of memory", t->paths.left);
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
	status = check_left_kept(t, f);
	if (status == ST_OK)
		status = set_state(t, PHASE_LEFT_DIRTY, t->now.generation, true, f);
	if (status != ST_OK)
		return status;
	t->dirty = true;
	side_close(t->side);
	return side_open(&t->side, t->left, SIDE_WRITE, t->paths.left, f);
}

/* Takes value over; NULL: delete. */
static enum status
change(struct store_txn *t, const struct name *name, char *value, size_t len, struct fault *f)
{
	char key[NAME_KEY_MAX];
	size_t key_len = name_key(name, key);
	bool existed = false;
	enum status status;

	status = t->failed == ST_OK ? make_dirty(t, f) : t->failed;
	if (status == ST_OK)
		status = value == NULL ? side_delete(t->side, key, key_len, &existed, f)
		    : side_store(t->side, key, key_len, value, len, &existed, f);
	if (status == ST_OK) {
		t->growth += (value != NULL) - existed;
		status = remember(t, key, key_len, value, len, f);
	} else
		record_free_value(value, len);
	t->failed = status;
	return status;
}

enum status
store_txn_put(struct store_txn *t, const struct record *r, struct fault *f)
{
	enum status status;
	char *value;
	size_t len;

	status = record_format(r, &value, &len, f);
	if (status != ST_OK && status != ST_TOOBIG)
		t->failed = status;
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
		return t->failed;
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
	return t->failed == ST_OK ? store_walk(t->side, each, arg, f) : t->failed;
}

/* ---- compacting ---- */

static enum status
no_temporary(const struct store_txn *t, struct fault *f)
{
	return fault_set(f, errno == EACCES || errno == EROFS ? ST_PERM : ST_IO, errno,
	    "%s: no temporary file can be made", t->paths.dir);
}

/* A file without a name, beside the database. */
static enum status
open_nameless(const struct store_txn *t, int *fd, struct fault *f)
{
	enum status status = ST_OK;
	char *temporary;

	*fd = open(t->paths.dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return *fd >= 0 ? ST_OK : no_temporary(t, f);
	if (asprintf(&temporary, "%s/.sasldb.XXXXXX", t->paths.dir) < 0)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", t->paths.left);
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

	status = side_create(fd, t->paths.left, f);
	if (status == ST_OK)
		status = side_open(&copy, fd, SIDE_WRITE, t->paths.left, f);
	if (status != ST_OK)
		return status;
	status = side_each(t->side, store_raw, copy, f);
	finished = side_finish(copy, status == ST_OK ? f : NULL);
	return status == ST_OK ? finished : status;
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
	if (status == ST_OK)
		status = file_copy(fd, t->left, t->paths.left, f);
	if (status == ST_OK)
		status = side_open(&t->side, t->left, SIDE_WRITE, t->paths.left, f);
	t->count = REMEMBERED_MAX;	/* the other side becomes a copy */
	t->failed = status;
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

	status = count_records(t->right, t->paths.right, &before, f);
	if (status == ST_OK)
		status = count_records(t->left, t->paths.left, &now, f);
	if (status == ST_OK && now - before != (uint64_t)t->growth)
		status = wrong_back(t->paths.left, f);
	if (status == ST_OK)
		status = side_open(&side, t->left, SIDE_READ, t->paths.left, f);
	if (status != ST_OK)
		return status;
	status = side_each(side, check_whole, t->paths.left, f);
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

/* The commit has failed, but its word may be there (a sync that failed, and with it all that comes after). */
static void
take_back(struct store_txn *t, struct fault *f)
{
	if (set_state(t, PHASE_LEFT_DIRTY, t->now.generation, true, NULL) == ST_OK)
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

	status = side_finish(t->side, f);
	t->side = NULL;
	if (status == ST_OK)
		status = note_left(t, f);
	if (status == ST_OK)
		status = t->first != NULL ? read_back_changes(t, t->left, t->paths.left, f) : read_back_all(t, f);
	if (status == ST_OK)
		status = check_left_kept(t, f);
	if (status != ST_OK)
		return status;
	status = set_state(t, PHASE_RIGHT_DIRTY, fresh_generation(&t->now), true, f);
	if (status != ST_OK)
		take_back(t, f);
	return status;
}

/* After the commit: nothing that happens here can take it back. */
static enum status
write_right(struct store_txn *t, struct fault *f)
{
	enum status status;

	if (t->first == NULL)
		status = fill_right(t, f);
	else
		status = apply(t, t->right, t->paths.right, f);
	/* if the left is another one by now, the right may be a mixture: the state goes on to say so */
	if (status == ST_OK)
		status = check_left_kept(t, f);
	/* Not synced: if it is lost, the state says "right dirty", and the next writer copies once. */
	if (status == ST_OK)
		status = set_state(t, PHASE_CLEAN, t->now.generation, false, f);
	return status;
}

enum status
store_commit(struct store_txn *t, struct fault *f)
{
	struct fault second = {0};
	enum status status = t->failed;

	if (status == ST_OK && t->dirty)
		status = finish_left(t, f);
	if (status == ST_OK && f != NULL)
		f->text[0] = '\0';
	if (status == ST_OK && t->dirty) {
		t->dirty = false;
		if (write_right(t, &second) != ST_OK)
			fault_set(f, ST_IO, 0, "%s: the change is done, but the second copy could not be written "
			    "(%s): the next change mends it", t->paths.left, second.text);
	}
	store_abort(t);
	return status;
}

void
store_abort(struct store_txn *t)
{
	if (t == NULL)
		return;
	side_close(t->side);
	/* If this fails the next writer mends; which side counts until then, the state says. */
	if (t->dirty)
		copy_right_to_left(t, NULL);
	forget_changes(t);
	if (t->right >= 0)
		close(t->right);
	release(t);
	paths_free(&t->paths);
	free(t);
}
