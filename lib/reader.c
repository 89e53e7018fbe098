/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader: the files that a reader keeps open, which of the two sides it reads, and whether that still counts.
 * doc/STORE.md explains the protocol; state_decide() has its table.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "reader.h"

#define LOOK_MS 1000		/* how often the paths are looked at */
#define SETTLE_MS 300		/* how long a left changed by hand must stay as it is before it counts */
#define DECIDE_ROUNDS 8		/* the state changed while it was read */
#define OPEN_ROUNDS 8		/* a writer came between the decision and the opening */
#define OVERLAYFS_MAGIC 0x794c7630

/* One lock for all stores of the process: a fork waits for it, so that a child finds every handle whole. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static unsigned fork_epoch;

static void
after_fork_child(void)
{
	fork_epoch++;
	reader_unlock();
}

static void
watch_forks(void)
{
	pthread_atfork(reader_lock, reader_unlock, after_fork_child);
}

void
reader_lock(void)
{
	pthread_once(&fork_once, watch_forks);
	pthread_mutex_lock(&mutex);
}

void
reader_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

int64_t
reader_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the files ---- */

void
reader_drop_side(struct store *s)
{
	side_close(s->side);
	s->side = NULL;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_state(struct store *s)
{
	state_unmap(s->window);
	s->window = NULL;
	if (s->state >= 0 && s->locked_fd == s->state) {
		file_unlock(s->locked_fd);
		s->locked_fd = -1;
	}
	close_fd(&s->state);
}

static void
close_files(struct store *s)
{
	reader_drop_side(s);
	/* Closing alone would leave the lock with a child that was forked meanwhile. */
	if (s->locked_fd >= 0)
		file_unlock(s->locked_fd);
	s->locked_fd = -1;
	close_fd(&s->left);
	close_fd(&s->right);
	close_state(s);
}

/* On overlayfs a read-only descriptor of a lower file does not follow a later copy-up: force it now. */
static void
copy_up(const char *path)
{
	close(open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
}

static bool
is_overlay(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == OVERLAYFS_MAGIC;
}

/* A mapping of a lower file on overlayfs shows for ever what the file was before its copy-up. */
bool
reader_may_map(const struct store *s)
{
	return s->mapped && !s->overlay;
}

/*
 * A companion that is not there, may not be read or is not ours is done without.  One of which that cannot be
 * told (too many open files) is not: without the state a half-written left would count.
 */
static void
open_companion(struct store *s, int *fd, const char *path, const struct stat *left)
{
	struct stat st;
	struct fault why;
	enum status status;

	if (s->overlay)
		copy_up(path);
	status = file_open(fd, path, O_RDONLY, left, &st, &why);
	if (status == ST_IO || status == ST_NOMEM)
		s->unseen = why;
	else if (status != ST_OK && status != ST_NODB)
		s->trouble = why;
}

static void
open_companions(struct store *s, const struct stat *left)
{
	reader_drop_side(s);
	close_fd(&s->right);
	close_state(s);
	s->trouble.status = s->unseen.status = ST_OK;
	open_companion(s, &s->right, s->paths.right, left);
	open_companion(s, &s->state, s->paths.state, left);
	if (reader_may_map(s) && s->state >= 0)
		s->window = state_map(s->state);
}

/* Where the path leads now.  Once for all three files: the companions belong to the file that was found. */
static enum status
resolve(struct store *s, struct fault *f)
{
	struct paths now;
	enum status status;

	status = paths_resolve(&now, s->asked, f);
	if (status != ST_OK)
		return status;
	paths_free(&s->paths);
	s->paths = now;
	return ST_OK;
}

static enum status
open_left(struct store *s, struct stat *st, struct fault *f)
{
	enum status status;

	status = resolve(s, f);
	if (status != ST_OK)
		return status;
	s->overlay = is_overlay(s->paths.left);
	if (s->overlay)
		copy_up(s->paths.left);
	return file_open(&s->left, s->paths.left, O_RDONLY, NULL, st, f);
}

static void
open_files(struct store *s)
{
	struct stat st;

	close_files(s);
	s->fresh = true;
	s->adopted = false;
	s->epoch = fork_epoch;
	if (open_left(s, &st, &s->gone) == ST_OK)
		open_companions(s, &st);
}

/* Do the paths no longer mean what they meant when the store was opened? */
static bool
in_jail(const struct store *s)
{
	struct stat root;

	return stat("/", &root) != 0 || !same_file(&root, &s->root);
}

/* Are all files open that can be? */
enum status
reader_ready(struct store *s, struct fault *f)
{
	struct stat st;

	if (s->left < 0 && !in_jail(s))
		open_files(s);
	if (s->left < 0) {
		*f = s->gone;
		return f->status;
	}
	if (s->unseen.status != ST_OK && !in_jail(s) && fstat(s->left, &st) == 0)
		open_companions(s, &st);
	if (s->unseen.status != ST_OK)
		*f = s->unseen;
	return s->unseen.status;
}

/* ---- what is being read ---- */

/* The state now; a torn one is being written this moment, so it is read again.  ST_CORRUPT: there is none. */
static enum status
read_state(const struct store *s, struct state *out)
{
	enum status status = ST_CORRUPT;

	for (int i = 0; s->state >= 0 && i < 8; i++) {
		status = state_read(out, s->state);
		if (status == ST_OK)
			break;
		sched_yield();
	}
	return status;
}

bool
reader_ident(int fd, struct ident *out)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	ident_of(out, &st);
	return true;
}

static enum status
decide(struct store *s, struct verdict *out, struct ident *left, struct fault *f)
{
	struct ident right;
	enum status status;

	s->undecided = true;
	/* The identities belong to the state only if it is the same before and after them. */
	for (int i = 0; i < DECIDE_ROUNDS; i++) {
		status = read_state(s, &s->seen);
		s->have_seen = status == ST_OK;
		if (status == ST_IO)
			return fault_set(f, ST_IO, errno, "%s", s->paths.state);
		if (s->right >= 0 && !reader_ident(s->right, &right))
			return fault_set(f, ST_IO, errno, "%s", s->paths.right);
		if (!reader_ident(s->left, left))
			return fault_set(f, ST_IO, errno, "%s", s->paths.left);
		if (!s->have_seen || state_unchanged(&s->seen, s->state, s->window))
			break;
	}
	*out = state_decide(s->have_seen ? &s->seen : NULL, left, s->right >= 0 ? &right : NULL);
	s->undecided = false;
	return ST_OK;
}

/* May the left, changed by hand, be read instead of the good right?  Only when it has stopped changing, so
 * that a copy in progress is not taken for the new database. */
static bool
left_has_settled(const struct store *s, const struct ident *left)
{
	return !ident_same(left, &s->rejected) && (s->fresh || (ident_same(left, &s->candidate) &&
	    reader_now_ms() - s->candidate_since >= SETTLE_MS));
}

enum status
reader_open_source(struct store *s, enum source source, struct fault *f)
{
	enum status status;

	s->source = source;
	if (source == SOURCE_RIGHT && reader_may_map(s)) {
		status = side_open(&s->side, s->right, SIDE_READ_MAPPED, s->paths.right, f);
		if (status != ST_NOMEM && status != ST_IO)	/* there may be no room for a mapping */
			return status;
	}
	if (source == SOURCE_RIGHT)
		return side_open(&s->side, s->right, SIDE_READ, s->paths.right, f);
	return side_open(&s->side, s->left, SIDE_READ, s->paths.left, f);
}

/* Opens the handle that counts now. */
enum status
reader_open_side(struct store *s, struct fault *f)
{
	struct verdict v = {0};
	struct ident left;
	enum status status;

	status = decide(s, &v, &left, f);
	if (status != ST_OK)
		return status;
	s->right_good = v.right_good;
	if (v.source != SOURCE_LEFT_ALONE || !ident_same(&left, &s->rejected)) {
		memset(&s->rejected, 0, sizeof(s->rejected));
		s->left_trouble.status = ST_OK;
	}
	if (v.source != SOURCE_LEFT_ALONE)
		s->adopted = false;
	if (v.source == SOURCE_LEFT_ALONE && v.right_good && !left_has_settled(s, &left))
		v.source = SOURCE_RIGHT;
	/* what counts at once when the store is opened does not stop counting when its handle is opened again */
	if (v.source == SOURCE_LEFT_ALONE && s->fresh) {
		s->candidate = left;
		s->candidate_since = reader_now_ms() - SETTLE_MS;
	}
	status = reader_open_source(s, v.source, f);
	if (status != ST_OK && v.source == SOURCE_LEFT_ALONE && v.right_good) {
		if (status == ST_CORRUPT || status == ST_FOREIGN) {
			s->rejected = left;
			s->left_trouble = *f;
		}
		status = reader_open_source(s, SOURCE_RIGHT, f);
	}
	if (status == ST_OK)
		s->fresh = false;
	return status;
}

/* Is what the handle reads still what counts, and was it all the time since it was opened? */
bool
reader_stands(const struct store *s)
{
	struct state now;

	if (s->have_seen && state_unchanged(&s->seen, s->state, s->window))
		return true;
	if (read_state(s, &now) != ST_OK)
		return !s->have_seen && s->source == SOURCE_LEFT_ALONE;
	if (!s->have_seen || now.generation != s->seen.generation)
		return false;
	switch (s->source) {
	case SOURCE_RIGHT:
		return now.phase == PHASE_CLEAN || now.phase == PHASE_LEFT_DIRTY;
	case SOURCE_LEFT:
		return now.phase == PHASE_RIGHT_DIRTY;
	case SOURCE_LEFT_ALONE:
		return now.phase == s->seen.phase;
	}
	return false;
}

/* ---- following the files ---- */

/* Without the paths: only a file that lost its last name shows. */
static bool
look_at_descriptors(struct store *s)
{
	struct stat st;
	bool changed = false;

	if (fstat(s->left, &st) != 0 || st.st_nlink == 0) {
		close_files(s);
		fault_set(&s->gone, ST_RELOAD, 0, "%s: was removed or replaced, and this program runs in a chroot: "
		    "restart it (for Postfix: postfix reload)", s->paths.left);
		return true;
	}
	if (s->right >= 0 && (fstat(s->right, &st) != 0 || st.st_nlink == 0))
		close_fd(&s->right), changed = true;
	if (s->state >= 0 && (fstat(s->state, &st) != 0 || st.st_nlink == 0))
		close_state(s), changed = true;
	if (changed)
		reader_drop_side(s);
	return changed;
}

/* Does path name another file than fd (-1: than none)? */
static bool
path_moved(int fd, const char *path, const struct stat *left)
{
	struct stat by_path, by_fd;
	int new_fd;

	if (fd < 0) {
		if (file_open(&new_fd, path, O_RDONLY, left, &by_path, NULL) != ST_OK)
			return false;
		close(new_fd);
		return true;
	}
	return stat(path, &by_path) != 0 || fstat(fd, &by_fd) != 0 || !same_file(&by_path, &by_fd);
}

/* On overlayfs: does the path show another state than the descriptor, while no writer is between the two? */
static bool
state_is_stale(const struct store *s)
{
	struct state before, by_path, after;
	struct stat st;
	bool read_all;
	int fd;

	if (!s->overlay || s->state < 0 ||
	    file_open(&fd, s->paths.state, O_RDONLY, NULL, &st, NULL) != ST_OK)
		return false;
	read_all = state_read(&before, s->state) == ST_OK && state_read(&by_path, fd) == ST_OK &&
	    state_read(&after, s->state) == ST_OK;
	close(fd);
	return read_all && memcmp(&before, &after, sizeof(before)) == 0 &&
	    memcmp(&before, &by_path, sizeof(before)) != 0;
}

static bool
look_at_paths(struct store *s)
{
	struct stat left;

	if (stat(s->asked, &left) != 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return s->left >= 0 && look_at_descriptors(s);
		close_files(s);
		fault_set(&s->gone, ST_NODB, ENOENT, "%s", s->asked);
		return true;
	}
	if (s->left < 0 || path_moved(s->left, s->asked, NULL) || state_is_stale(s) ||
	    (left.st_nlink == 0 && file_is_mounted(s->left))) {
		open_files(s);
		return true;
	}
	/* The left is kept: a program that has given up its privileges may not get it a second time. */
	if (path_moved(s->right, s->paths.right, &left) || path_moved(s->state, s->paths.state, &left)) {
		open_companions(s, &left);
		return true;
	}
	return false;
}

/* Was one of the two sides changed by somebody else, now that no writer is at work? */
static bool
look_at_identities(struct store *s)
{
	struct state before, after;
	struct ident left, right;

	if (read_state(s, &before) != ST_OK || before.phase != PHASE_CLEAN || !reader_ident(s->left, &left) ||
	    !reader_ident(s->right, &right) || read_state(s, &after) != ST_OK ||
	    memcmp(&before, &after, sizeof(before)) != 0)
		return false;
	if (!ident_same(&right, &before.right) || ident_same(&left, &before.left)) {
		if (s->source == state_decide(&before, &left, &right).source && s->left_trouble.status == ST_OK)
			return false;
		reader_drop_side(s);
		return true;
	}
	if (s->source == SOURCE_LEFT_ALONE || ident_same(&left, &s->rejected))
		return false;
	if (!ident_same(&left, &s->candidate)) {
		s->candidate = left;
		s->candidate_since = reader_now_ms();
	}
	if (reader_now_ms() - s->candidate_since < SETTLE_MS) {
		s->next_look = s->candidate_since + SETTLE_MS;
		return false;
	}
	reader_drop_side(s);
	return true;
}

/* Compares what is held with what is there.  True: something changed, the lookup starts over. */
bool
reader_look(struct store *s)
{
	s->next_look = reader_now_ms() + LOOK_MS;
	if (in_jail(s)) {
		if (s->left >= 0 && look_at_descriptors(s))
			return true;
	} else if (look_at_paths(s)) {
		return true;
	}
	return s->left >= 0 && s->side != NULL && look_at_identities(s);
}

/* The child of a fork shares file offsets with its parent: it needs files of its own. */
static void
leave_parent(struct store *s)
{
	close_files(s);
	s->epoch = fork_epoch;
	if (in_jail(s))
		fault_set(&s->gone, ST_RELOAD, 0, "%s: out of reach: this process was forked in a chroot: open the "
		    "database in each process before the chroot", s->paths.left);
	else
		open_files(s);
}

void
reader_keep_up(struct store *s)
{
	if (s->epoch != fork_epoch)
		leave_parent(s);
	if (reader_now_ms() >= s->next_look)
		reader_look(s);
}

/* ---- life ---- */

enum status
reader_open(struct store *s, const char *path, struct fault *f)
{
	enum status status;

	s->left = s->right = s->state = s->locked_fd = -1;
	if (stat("/", &s->root) != 0)
		status = fault_set(f, ST_IO, errno, "/");
	else
		status = paths_resolve(&s->paths, path, f);
	/* A program may change its folder: then only the whole path still leads there. */
	if (status == ST_OK && (s->asked = strdup(path[0] == '/' ? path : s->paths.left)) == NULL)
		status = fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	if (status == ST_OK)
		status = reader_ready(s, f);
	if (status == ST_OK)
		status = reader_open_side(s, f);
	/* A writer may have come between the decision and the opening. */
	for (int i = 0; status != ST_OK && s->left >= 0 && s->unseen.status == ST_OK && i < OPEN_ROUNDS; i++)
		status = reader_open_side(s, f);
	s->next_look = reader_now_ms() + LOOK_MS;
	return status;
}

void
reader_map(struct store *s)
{
	s->mapped = true;
	if (reader_may_map(s) && s->state >= 0 && s->window == NULL)
		s->window = state_map(s->state);
	reader_drop_side(s);
}

void
reader_close(struct store *s)
{
	close_files(s);
	paths_free(&s->paths);
	free(s->asked);
}
