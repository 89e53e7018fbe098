/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader: which handle a lookup uses, and whether that still counts.
 * doc/STORE.md explains the protocol; verdict_of() has its table.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "reader.h"
#include "walk.h"

#define LOOK_MS 1000		/* how often the files are looked at */
#define CURRENT_MS 2000		/* so long ago a reader must have seen the right vouched for, to let it stand in */
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

/* ---- the handle and its locks ---- */

/* Closing alone would leave a lock with a child that was forked meanwhile. */
static void
unlock_files(struct store *s)
{
	if (s->left_locked)
		file_unlock(s->trio.left);
	if (s->state_locked)
		file_unlock(s->trio.state);
	s->left_locked = s->state_locked = false;
}

void
reader_drop(struct store *s)
{
	side_close(s->side);
	s->side = NULL;
	unlock_files(s);
}

static bool
try_shared(int fd)
{
	return flock(fd, LOCK_SH | LOCK_NB) == 0;
}

enum others {
	OTHERS_NONE,
	OTHERS_WRITER,		/* one of ours has the state */
	OTHERS_STRANGER		/* another program has the left */
};

/*
 * Keeps those away who lock, or says who is there.  A writer takes the state and then waits for the left: so it is enough to
 * hold the left, and whoever does it with a writer waiting makes room for him.  insist: hold the state too, so that none comes.
 */
static enum others
lock_files(struct store *s, bool insist)
{
	if (s->trio.state >= 0 && !try_shared(s->trio.state))
		return OTHERS_WRITER;
	s->state_locked = s->trio.state >= 0 && insist;
	if (s->trio.state >= 0 && !insist)
		file_unlock(s->trio.state);
	s->left_locked = try_shared(s->trio.left);
	return s->left_locked ? OTHERS_NONE : OTHERS_STRANGER;
}

/* ---- which side counts ---- */

static void
form_opinion(struct store *s, struct look *l, bool stranger)
{
	static const struct generation none;
	struct opinion *o = &s->opinion;
	const struct generation *current = l->sight.have_state ? state_current(&l->sight.state) : &none;
	bool seen_before = o->any && ident_same(&o->left.seen, &l->left);

	if (!o->any || !generation_same(&o->of, current)) {
		*o = (struct opinion){.of = *current, .any = true, .left = o->left};
		o->right = s->vouched_at != 0 && now_ms() - s->vouched_at <= CURRENT_MS ? RIGHT_CURRENT : RIGHT_UNSURE;
		seen_before = false;
	}
	if (!seen_before)
		o->records = RECORDS_UNKNOWN;
	l->sight.changing = !rest_reached(&o->left, &l->left, SETTLE_MS) || stranger;
	l->sight.records = o->records;
	l->sight.standing = o->right;
}

/* Looks at every record of the left; ST_BUSY: it changed meanwhile. */
static enum status
check_left(struct store *s, struct look *l, struct fault *f)
{
	struct ident after;
	enum status status = walk_check(l->left_side, f);

	if (status == ST_NOMEM || status == ST_IO)
		return status;
	if (!trio_ident(s->trio.left, &after) || !ident_same(&after, &l->left))
		return ST_BUSY;
	s->opinion.records = l->sight.records = status == ST_OK ? RECORDS_GOOD : RECORDS_BAD;
	if (status != ST_OK)
		l->left_fault = *f;
	return ST_OK;
}

/* Keeps what the verdict rests on, and the handle of the side that counts. */
static void
take(struct store *s, struct look *l)
{
	struct side **chosen = s->verdict.counts == COUNTS_RIGHT ? &l->right_side : &l->left_side;

	s->seen = l->sight.state;
	s->have_seen = l->sight.have_state;
	s->left_seen = l->left;
	s->right_seen = l->right;
	s->side = *chosen;
	*chosen = NULL;
}

static void
say_left_useless(struct store *s, const struct look *l)
{
	bool has_words = l->sight.left.found == FOUND_UNREADABLE || l->sight.records == RECORDS_BAD;
	const char *path = s->trio.paths.left;

	fault_set(&s->left_trouble, has_words ? l->left_fault.status : ST_CORRUPT, 0, "%s%s; until then its twin is used, "
	    "which gsasldb repair -f %s --from twin puts in its place", has_words ? l->left_fault.text : path,
	    has_words ? "" : ": holds an unfinished write: restore it from a copy", path);
}

/* From a look at all that there is. */
static enum status
choose_thoroughly(struct store *s, struct look *l, enum others others, struct fault *f)
{
	enum status status;

	status = trio_look(l, &s->trio, others == OTHERS_WRITER ? LOOK_PAST_WRITER : LOOK_INTO_BOTH, f);
	if (status != ST_OK)
		return status;
	if (others == OTHERS_WRITER && !l->sight.have_state)
		return ST_BUSY;
	form_opinion(s, l, others == OTHERS_STRANGER);
	s->verdict = verdict_of(&l->sight);
	if (s->verdict.counts == COUNTS_CHECK) {
		status = check_left(s, l, f);
		if (status != ST_OK)
			return status;
		s->verdict = verdict_of(&l->sight);
	}
	/* the right may be from before a change that others have followed */
	if (s->verdict.row == ROW_LEFT_USELESS && s->opinion.right == RIGHT_UNSURE &&
	    !rest_reached(&s->opinion.left, &l->left, USELESS_MS)) {
		l->sight.changing = true;
		s->verdict = verdict_of(&l->sight);
	}
	if (s->verdict.row == ROW_CHANGING)
		s->next_look = now_ms() + SETTLE_MS;
	if (s->verdict.row == ROW_BY_HAND)
		s->opinion.right = RIGHT_OUTDATED;
	if (s->verdict.row >= ROW_CLEAN && s->verdict.row < ROW_CHANGING)
		s->vouched_at = now_ms();
	s->left_trouble.status = ST_OK;
	if (s->verdict.row == ROW_LEFT_USELESS)
		say_left_useless(s, l);
	return ST_OK;
}

/* Most often the state vouches for a side, and one glance at it is enough. */
static enum status
choose_quickly(struct store *s, struct look *l, struct fault *f)
{
	enum status status = trio_look(l, &s->trio, LOOK_QUICKLY, f);

	if (status != ST_OK)
		return status;
	s->verdict = verdict_of(&l->sight);
	if (!s->verdict.vouched || s->verdict.row < ROW_CLEAN || s->verdict.row >= ROW_CHANGING)
		return ST_BUSY;
	s->left_trouble.status = ST_OK;
	s->vouched_at = now_ms();
	return ST_OK;
}

enum status
reader_choose(struct store *s, bool insist, struct fault *f)
{
	enum others others = OTHERS_NONE;
	struct look l = {0};
	enum status status = ST_BUSY;

	reader_drop(s);
	s->must_wait = false;
	if (!insist)
		status = choose_quickly(s, &l, f);
	if (status == ST_BUSY) {
		look_clear(&l);
		others = lock_files(s, insist);
		s->must_wait = others != OTHERS_NONE;
		if (!insist || others != OTHERS_WRITER)
			status = choose_thoroughly(s, &l, others, f);
	}
	if (status == ST_OK && (s->verdict.counts == COUNTS_LATER ||
	    (s->verdict.counts == COUNTS_NOBODY && others == OTHERS_WRITER))) {
		s->must_wait = true;
		status = ST_BUSY;
	}
	if (status == ST_OK && s->verdict.counts == COUNTS_NOBODY)
		status = look_says_nobody(&l, &s->trio.paths, f);
	if (status == ST_OK)
		take(s, &l);
	if (status != ST_OK || (s->verdict.vouched && !insist))
		unlock_files(s);
	look_clear(&l);
	return status;
}

/* In "right dirty" the left is read, else the right; what both were when the handle was chosen. */
static bool
still_vouched(const struct store *s, const struct state *now)
{
	if (!s->have_seen || !s->verdict.vouched ||
	    !generation_same(state_current(now), state_current(&s->seen)))
		return false;
	return (s->verdict.counts == COUNTS_LEFT) == (now->phase == PHASE_RIGHT_DIRTY);
}

bool
reader_stands(const struct store *s)
{
	struct ident left;
	struct state now;

	if (!s->have_seen || !state_unchanged(&s->seen, s->trio.state, s->trio.window)) {
		if (trio_read_state(&s->trio, &now) == ST_OK)
			return still_vouched(s, &now);
		if (s->have_seen)
			return false;
	}
	return s->verdict.vouched || (trio_ident(s->trio.left, &left) && ident_same(&left, &s->left_seen));
}

/* ---- opening the files ---- */

static void
close_files(struct store *s)
{
	reader_drop(s);
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

	reader_drop(s);
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
		reader_drop(s), trio_close_right(t), changed = true;
	if (t->state >= 0 && (fstat(t->state, &st) != 0 || st.st_nlink == 0))
		reader_drop(s), trio_close_state(t), changed = true;
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

/* True: the files are others, and the handle is gone. */
static bool
look_at_files(struct store *s)
{
	s->next_look = now_ms() + LOOK_MS;
	if (!in_jail(s))
		return look_at_paths(s);
	return s->trio.left >= 0 && look_at_descriptors(s);
}

bool
reader_files_moved(struct store *s)
{
	struct ident left, right;

	if (look_at_files(s))
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

enum status
reader_keep_up(struct store *s, struct fault *f)
{
	struct stat st;

	if (s->epoch != fork_epoch)
		leave_parent(s);
	if (now_ms() >= s->next_look && !look_at_files(s) && s->side != NULL) {
		if (all_as_recorded(s))
			s->vouched_at = now_ms();
		else
			reader_drop(s);
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
	if (status == ST_OK)
		status = reader_keep_up(s, f);
	return status == ST_OK ? reader_choose(s, false, f) : status;
}

void
reader_map(struct store *s)
{
	s->mapped = true;
	map_if_allowed(s);
	reader_drop(s);
}

void
reader_close(struct store *s)
{
	reader_drop(s);
	trio_close(&s->trio);
	free(s->asked);
}
