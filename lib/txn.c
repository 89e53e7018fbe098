/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txn: who may write now, and to which files.  doc/STORE.md explains the protocol.
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

#include "mend.h"
#include "txn.h"
#include "walk.h"

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
		    "chmod 640 %s", t->trio.paths.left, group, group, t->trio.paths.left, t->trio.paths.left);
	else if (error != 0 || found == NULL)
		warn(t, "%s: there is no group %s, so only its owner may read it: make the group, then "
		    "chgrp %s %s; chmod 640 %s", t->trio.paths.left, group, group, t->trio.paths.left, t->trio.paths.left);
	else if (fchown(fd, (uid_t)-1, found->gr_gid) != 0)
		warn(t, "%s: cannot be given to group %s (%m), so only its owner may read it", t->trio.paths.left,
		    group);
	else if (fchmod(fd, 0640) != 0)
		warn(t, "%s: cannot be opened to group %s (%m)", t->trio.paths.left, group);
}

/* Makes the left under a name of its own and links it in place, so that nobody ever sees half of it. */
static enum status
make_left(struct store_txn *t, const char *group, struct fault *f)
{
	enum status status;
	char *temporary;
	int fd;

	if (asprintf(&temporary, "%s/.sasldb.XXXXXX", t->trio.paths.dir) < 0)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", t->trio.paths.left);
	fd = mkostemp(temporary, O_CLOEXEC);	/* O_EXCL, mode 0600 */
	if (fd >= 0) {
		give_to_group(t, fd, group);
		status = side_create(fd, t->trio.paths.left, f);
		if (status == ST_OK && link(temporary, t->trio.paths.left) == 0)
			t->created = true;
		else if (status == ST_OK && errno != EEXIST)
			status = fault_set(f, ST_CANTCREATE, errno, "%s", t->trio.paths.left);
		close(fd);
		unlink(temporary);
	} else {
		status = fault_set(f, errno == ENOSPC || errno == EDQUOT || errno == EIO ? ST_IO : ST_CANTCREATE,
		    errno, "%s: cannot be created", t->trio.paths.left);
	}
	if (status == ST_OK)
		status = dir_sync(t->trio.paths.dir, f);
	free(temporary);
	return status;
}

/* ---- a twin without its database ---- */

static enum status
stop_at_first(void *arg, const struct record *r, struct fault *f)
{
	(void)r, (void)f;
	*(bool *)arg = true;
	return ST_EXISTS;
}

/* The last change, as far as the state tells; false: the twin lacks it. */
static bool
twin_is_current(const struct store_txn *t, struct side *twin)
{
	struct mark_record m;
	struct state state;
	struct stat st;
	bool current = true;
	int fd;

	if (file_open(&fd, t->trio.paths.state, O_RDONLY, NULL, &st, NULL) != ST_OK)
		return true;
	if (state_read(&state, fd) == ST_OK && mark_read(&m, twin, NULL) == ST_OK)
		current = generation_same(&m.mark.now, state_current(&state));
	close(fd);
	return current;
}

/* Is there a twin in which somebody is, or was until a copy to it was cut off?  Whose file it is, is not asked. */
static enum status
find_users_in_twin(const struct store_txn *t, bool *any, bool *current, struct fault *f)
{
	struct side *side;
	struct stat st;
	enum status status;
	int fd;

	*any = false;
	*current = true;
	status = file_open(&fd, t->trio.paths.right, O_RDONLY, NULL, &st, f);
	if (status != ST_OK)
		return status == ST_NODB || status == ST_FOREIGN ? ST_OK : status;
	status = side_open(&side, fd, SIDE_READ, t->trio.paths.right, f);
	*any = side == NULL && file_copy_was_cut(fd);
	if (status == ST_OK) {
		*current = twin_is_current(t, side);
		status = walk_records(side, stop_at_first, any, f);
	}
	/* a record that cannot be read is somebody's too, and so may be a damaged file */
	*any = *any || status == ST_CORRUPT || (side != NULL && status == ST_FOREIGN);
	side_close(side);
	close(fd);
	return status == ST_IO || status == ST_NOMEM ? status : ST_OK;
}

static enum status
refuse_to_begin_anew(const struct store_txn *t, struct fault *f)
{
	bool any, current;
	enum status status = find_users_in_twin(t, &any, &current, f);

	if (status != ST_OK || !any)
		return status;
	return fault_set(f, ST_CANTCREATE, 0, "%s: was removed, but its twin %s has users%s: bring them back with gsasldb repair "
	    "-f %s --from twin, or begin anew with mv --backup=numbered %s %s.removed", t->trio.paths.left,
	    t->trio.paths.right, current ? "" : " (as they were before the last change)", t->trio.paths.left,
	    t->trio.paths.right, t->trio.paths.left);
}

/* ---- opening and locking ---- */

/* An empty file for the twin's contents, for whom the twin is: cut off here, it is no database that could count. */
static enum status
make_left_for_twin(struct store_txn *t, struct fault *f)
{
	struct side *side = NULL;
	struct stat st;
	enum status status;
	int left, twin;

	status = file_open(&twin, t->trio.paths.right, O_RDONLY, NULL, &st, f);
	if (status != ST_OK)
		return status;
	status = side_open(&side, twin, SIDE_READ, t->trio.paths.right, f);
	if (status == ST_OK)
		status = walk_check(side, f);
	if (status == ST_OK)
		status = file_create(&left, t->trio.paths.left, f);
	if (status == ST_OK) {
		file_copy_access(twin, left);
		close(left);
		status = dir_sync(t->trio.paths.dir, f);
	}
	side_close(side);
	close(twin);
	return status == ST_EXISTS ? ST_OK : status;
}

static enum status
open_left(struct store_txn *t, const struct store_write_options *o, enum store_from from, struct fault *f)
{
	enum status status;

	status = file_open(&t->trio.left, t->trio.paths.left, O_RDWR, NULL, &t->left_st, f);
	if (status != ST_NODB || (!o->create && from != STORE_FROM_TWIN))
		return status;
	if (from == STORE_FROM_TWIN) {
		status = make_left_for_twin(t, f);
	} else {
		status = refuse_to_begin_anew(t, f);
		if (status == ST_OK)
			status = make_left(t, o->group, f);
	}
	if (status != ST_OK)
		return status;
	return file_open(&t->trio.left, t->trio.paths.left, O_RDWR, NULL, &t->left_st, f);
}

/* Before anything is made beside it: is it a database at all?  With a companion there, mend() knows better: the
 * left may be one that a killed writer left half done. */
static enum status
check_kind(const struct store_txn *t, const struct store_write_options *o, struct fault *f)
{
	struct side *side;
	struct stat st;
	enum status status;

	if (lstat(t->trio.paths.state, &st) == 0 || lstat(t->trio.paths.right, &st) == 0 ||
	    (t->left_st.st_size == 0 && o->create))
		return ST_OK;
	status = side_open(&side, t->trio.left, SIDE_READ, t->trio.paths.left, f);
	side_close(side);
	return status == ST_FOREIGN ? status : ST_OK;
}

/* Opens a companion, or makes an empty one; then mend() fills it and syncs its name. */
static enum status
open_companion(struct store_txn *t, int *fd, const char *path, bool *made, struct fault *f)
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
	if (status == ST_OK) {
		*made = true;
		file_copy_access(t->trio.left, *fd);
	}
	if (status == ST_EXISTS)
		status = file_open(fd, path, O_RDWR, &t->left_st, &st, f);
	return status;
}

static unsigned
time_left(const struct store_txn *t)
{
	int64_t now = now_ms();

	return now < t->deadline ? (unsigned)(t->deadline - now) : 0;
}

/* Locks fd; ST_EXISTS if path names another file by then. */
static enum status
lock_named(const struct store_txn *t, int fd, const char *path, const struct store_write_options *o,
    struct fault *f)
{
	struct stat by_path, by_fd;
	enum status status;

	status = file_lock(fd, LOCK_EX, time_left(t), t->trio.paths.left, f);
	if (status == ST_BUSY)
		return fault_set(f, ST_BUSY, 0, "%s: another program has held it for %u seconds: try again",
		    t->trio.paths.left, o->wait);
	if (status != ST_OK)
		return status;
	if (stat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 && same_file(&by_path, &by_fd))
		return ST_OK;
	return ST_EXISTS;
}

/* The state first: whoever waits for the left holds it, and readers who need the left see that and make
 * room.  Otherwise many readers could keep a writer out for ever. */
static enum status
try_locks(struct store_txn *t, const struct store_write_options *o, enum store_from from, struct fault *f)
{
	struct trio *files = &t->trio;
	enum status status;

	status = open_left(t, o, from, f);
	if (status == ST_OK)
		status = check_kind(t, o, f);
	if (status == ST_OK)
		status = open_companion(t, &files->state, files->paths.state, &t->made_state, f);
	if (status == ST_OK)
		status = lock_named(t, files->state, files->paths.state, o, f);
	if (status == ST_OK)
		status = lock_named(t, files->left, files->paths.left, o, f);
	return status;
}

static void
release(struct store_txn *t)
{
	/* A child that was forked meanwhile holds the same lock: closing alone would leave it with him. */
	if (t->trio.left >= 0)
		file_unlock(t->trio.left);
	if (t->trio.state >= 0)
		file_unlock(t->trio.state);
	trio_close_left(&t->trio);
	trio_close_state(&t->trio);
}

static enum status
take_locks(struct store_txn *t, const struct store_write_options *o, enum store_from from, struct fault *f)
{
	enum status status;

	for (int i = 0; i < OPEN_ATTEMPTS; i++) {
		status = try_locks(t, o, from, f);
		t->locked = status == ST_OK;
		if (status != ST_EXISTS)
			return status;
		release(t);
	}
	return fault_set(f, ST_BUSY, 0, "%s: is replaced again and again: try again", t->trio.paths.left);
}

/* An empty file becomes a database, if nothing beside it says that it was one. */
static enum status
fill_empty_left(struct store_txn *t, struct fault *f)
{
	struct stat left, state;
	enum status status;

	if (fstat(t->trio.left, &left) != 0 || fstat(t->trio.state, &state) != 0)
		return fault_set(f, ST_IO, errno, "%s", t->trio.paths.left);
	if (left.st_size != 0 || state.st_size != 0)
		return ST_OK;
	status = refuse_to_begin_anew(t, f);
	if (status != ST_OK)
		return status;
	t->created = true;
	return side_create(t->trio.left, t->trio.paths.left, f);
}

/* May others than the owner and root put another file in its place? */
static void
look_at_the_folder(struct store_txn *t)
{
	const char *dir = t->trio.paths.dir;
	struct stat st;

	if (stat(dir, &st) != 0)
		return;
	if ((st.st_mode & S_IWOTH) != 0)
		warn(t, "%s: is in a folder that everybody may write, so everybody may replace it: chmod o-w %s",
		    t->trio.paths.left, dir);
	if (st.st_uid != 0 && st.st_uid != t->left_st.st_uid)
		warn(t, "%s: is in a folder that belongs to uid %lu, who may replace it: chown root %s", t->trio.paths.left,
		    (unsigned long)st.st_uid, dir);
	if ((st.st_mode & S_IWGRP) != 0)
		warn(t, "%s: is in a folder that its group may write, so the group may replace it: chmod g-w %s",
		    t->trio.paths.left, dir);
}

static void
look_at_the_place(struct store_txn *t)
{
	if (file_is_remote(t->trio.left))
		warn(t, "%s: is on a network file system, which is not supported: locks and changes made "
		    "elsewhere may not be seen", t->trio.paths.left);
	if (file_is_mounted(t->trio.left))
		warn(t, "%s: is mounted by itself, so programs outside do not see the files that belong to it: mount "
		    "its folder instead", t->trio.paths.left);
	look_at_the_folder(t);
}

/* What was made for a transaction that did not come about. */
static void
remove_made(const struct store_txn *t)
{
	struct ident now;

	if (!t->locked)		/* others have them by now */
		return;
	if (t->made_right && trio_ident(t->trio.right, &now) && now.size == 0)
		unlink(t->trio.paths.right);
	if (t->made_state && trio_ident(t->trio.state, &now) && now.size == 0)
		unlink(t->trio.paths.state);
}

/* ---- the interface ---- */

enum status
txn_open(struct store_txn *t, const char *path, const struct store_write_options *options, enum store_from from,
    struct fault *f)
{
	enum status status;

	trio_init(&t->trio);
	t->last = &t->first;
	t->deadline = now_ms() + (options->wait < WAIT_MAX ? options->wait : WAIT_MAX) * INT64_C(1000);
	status = paths_resolve(&t->trio.paths, path, f);
	if (status == ST_NODB && options->create)
		status = f->status = ST_CANTCREATE;
	if (status == ST_OK)
		status = take_locks(t, options, from, f);
	if (status == ST_OK && options->create)
		status = fill_empty_left(t, f);
	if (status == ST_OK)
		status = open_companion(t, &t->trio.right, t->trio.paths.right, &t->made_right, f);
	if (status == ST_OK)
		status = mend_files(t, from, f);
	if (status == ST_OK)
		look_at_the_place(t);
	else
		remove_made(t);
	return status;
}

void
txn_close(struct store_txn *t)
{
	side_close(t->side);
	trio_close_right(&t->trio);
	release(t);
	trio_close(&t->trio);
}
