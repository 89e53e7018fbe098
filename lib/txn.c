/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txn: what a transaction begins with: locks, files that are missing, and mending what an earlier writer, a copy or a
 * restoration left behind.  doc/STORE.md explains the protocol; state_decide() has its table.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "txn.h"

#define OPEN_ATTEMPTS 16
#define WAIT_MAX 1000000u	/* seconds */
#define GROUP_BUFFER 16384	/* the entry's members included */

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

enum status
txn_set_state(struct store_txn *t, enum phase phase, uint64_t generation, bool sync, struct fault *f)
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

uint64_t
txn_fresh_generation(const struct state *old)
{
	struct timespec now;
	uint64_t micros;

	clock_gettime(CLOCK_REALTIME, &now);
	micros = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return old != NULL && old->generation >= micros ? old->generation + 1 : micros;
}

enum status
txn_check_left_kept(const struct store_txn *t, struct fault *f)
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

enum status
txn_note_left(struct store_txn *t, struct fault *f)
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

enum status
txn_fill_right(const struct store_txn *t, struct fault *f)
{
	struct timespec while_fetches_end = {.tv_sec = 1};
	struct stat left, right;

	if (fstat(t->left, &left) != 0 || fstat(t->right, &right) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->paths.left);
	/* one who has the right mapped, and is amid a fetch that began before, must get through it */
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
		status = txn_set_state(t, PHASE_RIGHT_DIRTY, txn_fresh_generation(&t->now), true, f);
	if (status == ST_OK)
		status = txn_fill_right(t, f);
	if (status == ST_OK)
		status = txn_check_left_kept(t, f);
	if (status == ST_OK)
		status = txn_set_state(t, PHASE_CLEAN, t->now.generation, true, f);
	return status;
}

enum status
txn_copy_right_to_left(struct store_txn *t, struct fault *f)
{
	struct side *side;
	enum status status;

	status = side_open(&side, t->right, SIDE_READ, t->paths.right, f);
	if (status != ST_OK)
		return status;
	side_close(side);
	/* Where the state says so already it is not written again: torn, it would send readers to this left. */
	if (t->now.phase != PHASE_LEFT_DIRTY)
		status = txn_set_state(t, PHASE_LEFT_DIRTY, t->now.generation, true, f);
	else if (fdatasync(t->state) != 0)
		status = fault_set(f, ST_IO, errno, "%s", t->paths.state);
	if (status == ST_OK)
		status = file_copy(t->right, t->left, t->paths.left, f);
	if (status == ST_OK)
		status = txn_note_left(t, f);
	if (status == ST_OK)
		status = txn_set_state(t, PHASE_CLEAN, txn_fresh_generation(&t->now), true, f);
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
		return txn_copy_right_to_left(t, f);
	case REPAIR_RIGHT:
		break;
	}
	status = check_left(t, f);
	return status == ST_OK ? copy_left_to_right(t, f) : status;
}

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

/* ---- the interface ---- */

enum status
txn_open(struct store_txn *t, const char *path, const struct store_write_options *options, struct fault *f)
{
	enum status status;

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
	if (status == ST_OK)
		look_at_the_place(t);
	return status;
}

void
txn_close(struct store_txn *t)
{
	side_close(t->side);
	if (t->right >= 0)
		close(t->right);
	release(t);
	paths_free(&t->paths);
}
