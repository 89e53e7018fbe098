/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader: opening the files and following them when they are replaced, or the process forks or changes its root.  Which of them
 * is read is choose.c's to know.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "choose.h"
#include "reader.h"

#define LOOK_MS 1000		/* how often the files are looked at */
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

/* ---- opening the files ---- */

static void
close_files(struct store *s)
{
	choose_drop(s);
	trio_close_left(&s->trio);
	trio_close_right(&s->trio);
	trio_close_state(&s->trio);
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
static void
map_if_allowed(struct store *s)
{
	s->trio.map = s->mapped && !s->overlay;
	if (s->trio.map && s->trio.state >= 0 && s->trio.window == NULL)
		s->trio.window = state_map(s->trio.state);
}

/*
 * A companion that is not there, may not be read or is not ours is done without.  One of which that cannot be
 * told (too many open files) is not: without the state a half-written left would count.
 */
static void
note_companion(struct store *s, enum status status, const struct fault *why)
{
	if (status == ST_IO || status == ST_NOMEM)
		s->unseen = *why;
	else if (status != ST_OK && status != ST_NODB)
		s->trouble = *why;
}

static void
open_companions(struct store *s, const struct stat *left)
{
	struct fault why;

	choose_drop(s);
	trio_close_right(&s->trio);
	trio_close_state(&s->trio);
	s->trouble.status = s->unseen.status = ST_OK;
	if (s->overlay) {
		copy_up(s->trio.paths.right);
		copy_up(s->trio.paths.state);
	}
	note_companion(s, trio_open_right(&s->trio, O_RDONLY, left, &why), &why);
	note_companion(s, trio_open_state(&s->trio, O_RDONLY, left, &why), &why);
	map_if_allowed(s);
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
	paths_free(&s->trio.paths);
	s->trio.paths = now;
	return ST_OK;
}

static enum status
open_left(struct store *s, struct stat *st, struct fault *f)
{
	enum status status;

	status = resolve(s, f);
	if (status != ST_OK)
		return status;
	s->overlay = is_overlay(s->trio.paths.left);
	if (s->overlay)
		copy_up(s->trio.paths.left);
	return file_open(&s->trio.left, s->trio.paths.left, O_RDONLY, NULL, st, f);
}

static void
open_files(struct store *s)
{
	struct stat st;

	close_files(s);
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

/* ---- following the files ---- */

/* Without the paths: only a file that lost its last name shows. */
static bool
look_at_descriptors(struct store *s)
{
	struct trio *t = &s->trio;
	struct stat st;
	bool changed = false;

	if (fstat(t->left, &st) != 0 || st.st_nlink == 0) {
		close_files(s);
		fault_set(&s->gone, ST_RELOAD, 0, "%s: was removed or replaced, and this program runs in a chroot: "
		    "restart it (for Postfix: postfix reload)", t->paths.left);
		return true;
	}
	if (t->right >= 0 && (fstat(t->right, &st) != 0 || st.st_nlink == 0))
		choose_drop(s), trio_close_right(t), changed = true;
	if (t->state >= 0 && (fstat(t->state, &st) != 0 || st.st_nlink == 0))
		choose_drop(s), trio_close_state(t), changed = true;
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

	if (!s->overlay || s->trio.state < 0 ||
	    file_open(&fd, s->trio.paths.state, O_RDONLY, NULL, &st, NULL) != ST_OK)
		return false;
	read_all = state_read(&before, s->trio.state) == ST_OK && state_read(&by_path, fd) == ST_OK &&
	    state_read(&after, s->trio.state) == ST_OK;
	close(fd);
	return read_all && memcmp(&before, &after, sizeof(before)) == 0 &&
	    memcmp(&before, &by_path, sizeof(before)) != 0;
}

static bool
look_at_paths(struct store *s)
{
	struct trio *t = &s->trio;
	struct stat left;

	if (stat(s->asked, &left) != 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return t->left >= 0 && look_at_descriptors(s);
		close_files(s);
		fault_set(&s->gone, ST_NODB, ENOENT, "%s", s->asked);
		return true;
	}
	if (t->left < 0 || path_moved(t->left, s->asked, NULL) || state_is_stale(s) ||
	    (left.st_nlink == 0 && file_is_mounted(t->left))) {
		open_files(s);
		return true;
	}
	/* The left is kept: a program that has given up its privileges may not get it a second time. */
	if (path_moved(t->right, t->paths.right, &left) || path_moved(t->state, t->paths.state, &left)) {
		open_companions(s, &left);
		return true;
	}
	return false;
}

bool
reader_files_replaced(struct store *s)
{
	if (!in_jail(s))
		return look_at_paths(s);
	return s->trio.left >= 0 && look_at_descriptors(s);
}

bool
reader_files_moved(struct store *s)
{
	struct ident left, right;

	if (reader_files_replaced(s))
		return true;
	if (s->trio.left < 0 || s->side == NULL)
		return false;
	/* our own writers show by the state */
	return s->verdict.counts == COUNTS_RIGHT
	    ? !trio_ident(s->trio.right, &right) || !ident_same(&right, &s->right_seen)
	    : !trio_ident(s->trio.left, &left) || !ident_same(&left, &s->left_seen);
}

/* Are both sides what the last complete write left, and is the handle the one for that? */
static bool
all_as_recorded(struct store *s)
{
	struct ident left, right;
	struct state now;

	return s->verdict.row == ROW_CLEAN && trio_read_state(&s->trio, &now) == ST_OK && now.phase == PHASE_CLEAN &&
	    trio_ident(s->trio.left, &left) && ident_same(&left, &now.left) && trio_ident(s->trio.right, &right) &&
	    ident_same(&right, &now.right);
}

/* The child of a fork shares file offsets with its parent: it needs files of its own. */
static void
leave_parent(struct store *s)
{
	close_files(s);
	s->epoch = fork_epoch;
	if (in_jail(s))
		fault_set(&s->gone, ST_RELOAD, 0, "%s: out of reach: this process was forked in a chroot: open the "
		    "database in each process before the chroot", s->trio.paths.left);
	else
		open_files(s);
}

/* Once a second, whatever the answers are meanwhile. */
static void
look_at_all(struct store *s)
{
	if (reader_files_replaced(s) || s->side == NULL)
		return;
	if (all_as_recorded(s))
		s->vouched_at = now_ms();
	else
		choose_drop(s);
}

enum status
reader_keep_up(struct store *s, struct fault *f)
{
	struct stat st;

	if (s->epoch != fork_epoch)
		leave_parent(s);
	if (now_ms() >= s->next_look) {
		s->next_look = now_ms() + LOOK_MS;
		look_at_all(s);
	}
	if (s->trio.left < 0 && !in_jail(s))
		open_files(s);
	if (s->trio.left < 0) {
		*f = s->gone;
		return f->status;
	}
	if (s->unseen.status != ST_OK && !in_jail(s) && fstat(s->trio.left, &st) == 0)
		open_companions(s, &st);
	if (s->unseen.status != ST_OK)
		*f = s->unseen;
	return s->unseen.status;
}

/* ---- life ---- */

enum status
reader_open(struct store *s, const char *path, struct fault *f)
{
	enum status status;

	trio_init(&s->trio);
	if (stat("/", &s->root) != 0)
		status = fault_set(f, ST_IO, errno, "/");
	else
		status = paths_resolve(&s->trio.paths, path, f);
	/* A program may change its folder: then only the whole path still leads there. */
	if (status == ST_OK && (s->asked = strdup(path[0] == '/' ? path : s->trio.paths.left)) == NULL)
		status = fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	s->next_look = now_ms() + LOOK_MS;
	/* until it is opened, for which "/" must be looked at */
	fault_set(&s->gone, ST_IO, EIO, "/");
	return status == ST_OK ? reader_keep_up(s, f) : status;
}

void
reader_map(struct store *s)
{
	s->mapped = true;
	map_if_allowed(s);
	choose_drop(s);
}

void
reader_close(struct store *s)
{
	choose_drop(s);
	trio_close(&s->trio);
	free(s->asked);
}
