/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_read: lookups and listings.  doc/STORE.md explains the protocol; state_decide() has its table.
 *
 * A lookup fetches from the handle that it has and then reads the state: if that still sends it to the same
 * bytes, nobody touched them meanwhile and the answer stands; else the handle is dropped and the lookup
 * starts over.  As long as nothing is mapped (store_map()), the worst that can come of what happens to the files is
 * an error.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "side.h"
#include "state.h"
#include "store.h"
#include "store_parts.h"

#define LOOK_MS 1000		/* how often the paths are looked at */
#define SETTLE_MS 300		/* how long a left changed by hand must stay as it is before it counts */
#define ROUNDS_FREE 8		/* lost races before a reader asks for a lock */
#define ROUNDS_LOCKED 3		/* the files themselves may change under the lock */
#define LOCK_WAIT_MS 5000	/* for one write to end */
#define LOCK_WAIT_FOREIGN_MS 50	/* for somebody else's tool, while there is a good right to read */
#define LIST_WAIT_MS 60000
#define OVERLAYFS_MAGIC 0x794c7630

struct store {
	char *asked;			/* the path as it was given, absolute: a link in it may be turned */
	struct paths paths;		/* where it led when the files were opened */
	struct stat root;		/* "/" when the store was opened: a chroot shows by it */
	int left, right, state;		/* kept descriptors; -1: none */
	const struct state *window;	/* the state, mapped; NULL: it is read */
	bool mapped;			/* the companions may be mapped: store_map() */
	bool overlay;			/* descriptors can go stale without a sign */
	unsigned epoch;			/* fork_epoch when they were opened */
	struct fault gone;		/* why left is -1 */
	struct fault unseen;		/* why it is not known which companions there are; ST_OK: it is */

	struct side *side;		/* the open handle, or NULL */
	enum source source;		/* what it reads */
	struct state seen;		/* the state that sent us there */
	bool have_seen;			/* false: there was none */
	bool right_good;		/* verdict: the right may stand in */
	int locked_fd;			/* the state or the left while we hold a shared lock on it, else -1 */
	bool adopted;			/* the left, changed by hand, has answered: the right is out of date */

	bool fresh;			/* just opened: nothing to compare the left with */
	struct ident candidate;		/* the left as changed by hand ... */
	int64_t candidate_since;	/* ... and when it was first seen so, ms */
	struct ident rejected;		/* the left that does not open */
	struct fault left_trouble;	/* why it does not */
	struct fault trouble;		/* why a companion is not used */
	bool undecided;			/* it could not be seen which side counts */
	int64_t next_look;
};

/* One lock for all stores of the process: a fork waits for it, so that a child finds every handle whole. */
static pthread_mutex_t store_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static unsigned fork_epoch;

static void
before_fork(void)
{
	pthread_mutex_lock(&store_mutex);
}

static void
after_fork_parent(void)
{
	pthread_mutex_unlock(&store_mutex);
}

static void
after_fork_child(void)
{
	fork_epoch++;
	pthread_mutex_unlock(&store_mutex);
}

static void
watch_forks(void)
{
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the files ---- */

static void
drop_side(struct store *s)
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
	drop_side(s);
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
static bool
may_map(const struct store *s)
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
	drop_side(s);
	close_fd(&s->right);
	close_state(s);
	s->trouble.status = s->unseen.status = ST_OK;
	open_companion(s, &s->right, s->paths.right, left);
	open_companion(s, &s->state, s->paths.state, left);
	if (may_map(s) && s->state >= 0)
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
static enum status
ready(struct store *s, struct fault *f)
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

static bool
fd_ident(int fd, struct ident *out)
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
	for (int i = 0; i < ROUNDS_FREE; i++) {
		status = read_state(s, &s->seen);
		s->have_seen = status == ST_OK;
		if (status == ST_IO)
			return fault_set(f, ST_IO, errno, "%s", s->paths.state);
		if (s->right >= 0 && !fd_ident(s->right, &right))
			return fault_set(f, ST_IO, errno, "%s", s->paths.right);
		if (!fd_ident(s->left, left))
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
	    now_ms() - s->candidate_since >= SETTLE_MS));
}

static enum status
open_source(struct store *s, enum source source, struct fault *f)
{
	enum status status;

	s->source = source;
	if (source == SOURCE_RIGHT && may_map(s)) {
		status = side_open(&s->side, s->right, SIDE_READ_MAPPED, s->paths.right, f);
		if (status != ST_NOMEM && status != ST_IO)	/* there may be no room for a mapping */
			return status;
	}
	if (source == SOURCE_RIGHT)
		return side_open(&s->side, s->right, SIDE_READ, s->paths.right, f);
	return side_open(&s->side, s->left, SIDE_READ, s->paths.left, f);
}

/* Opens the handle that counts now. */
static enum status
open_side(struct store *s, struct fault *f)
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
		s->candidate_since = now_ms() - SETTLE_MS;
	}
	status = open_source(s, v.source, f);
	if (status != ST_OK && v.source == SOURCE_LEFT_ALONE && v.right_good) {
		if (status == ST_CORRUPT || status == ST_FOREIGN) {
			s->rejected = left;
			s->left_trouble = *f;
		}
		status = open_source(s, SOURCE_RIGHT, f);
	}
	if (status == ST_OK)
		s->fresh = false;
	return status;
}

/* Is what the handle reads still what counts, and was it all the time since it was opened? */
static bool
side_stands(const struct store *s)
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
		drop_side(s);
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

	if (read_state(s, &before) != ST_OK || before.phase != PHASE_CLEAN || !fd_ident(s->left, &left) ||
	    !fd_ident(s->right, &right) || read_state(s, &after) != ST_OK ||
	    memcmp(&before, &after, sizeof(before)) != 0)
		return false;
	if (!ident_same(&right, &before.right) || ident_same(&left, &before.left)) {
		if (s->source == state_decide(&before, &left, &right).source && s->left_trouble.status == ST_OK)
			return false;
		drop_side(s);
		return true;
	}
	if (s->source == SOURCE_LEFT_ALONE || ident_same(&left, &s->rejected))
		return false;
	if (!ident_same(&left, &s->candidate)) {
		s->candidate = left;
		s->candidate_since = now_ms();
	}
	if (now_ms() - s->candidate_since < SETTLE_MS) {
		s->next_look = s->candidate_since + SETTLE_MS;
		return false;
	}
	drop_side(s);
	return true;
}

/* Compares what is held with what is there.  True: something changed, the lookup starts over. */
static bool
look(struct store *s)
{
	s->next_look = now_ms() + LOOK_MS;
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

static void
keep_up(struct store *s)
{
	if (s->epoch != fork_epoch)
		leave_parent(s);
	if (now_ms() >= s->next_look)
		look(s);
}

/* ---- lookups ---- */

/* Fetches and parses.  The answer is not to be trusted before side_stands(). */
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

	drop_side(s);
	if (!fd_ident(s->left, &before))
		return fault_set(f, ST_IO, errno, "%s", s->paths.left);
	status = open_source(s, SOURCE_LEFT_ALONE, f);
	if (status == ST_OK)
		status = fetch(s, key, key_len, out, f);
	if (fd_ident(s->left, &after) && ident_same(&before, &after))
		return status;
	record_clear(out);
	return ST_BUSY;
}

/*
 * The left without a state to vouch for it.  A shared lock keeps writers away.  While one of ours is at work
 * it need not: he changes the state before he touches the left, and side_stands() sees that.
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
			drop_side(s);
			status = open_source(s, SOURCE_RIGHT, f);
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

	status = ready(s, f);
	if (status != ST_OK)
		return status;
	/* what is mapped may have become shorter since: it is not touched before the state has been looked at */
	if (s->side != NULL && may_map(s) && !side_stands(s))
		drop_side(s);
	if (s->side == NULL) {
		status = open_side(s, f);
		if (s->undecided)
			return status;
	}
	if (status == ST_OK)
		status = s->source == SOURCE_LEFT_ALONE ? fetch_alone(s, key, key_len, out, f)
		    : fetch(s, key, key_len, out, f);
	if (status == ST_BUSY || !side_stands(s)) {
		record_clear(out);
		drop_side(s);
		return ST_BUSY;
	}
	/* "Nobody there" and damage are believed only of files that are still the right ones. */
	if (status != ST_OK && look(s))
		return ST_BUSY;
	if (status != ST_OK && status != ST_NOTFOUND)
		drop_side(s);
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
	int64_t end = now_ms() + LOCK_WAIT_MS;
	enum status status = ST_BUSY;

	keep_up(s);
	for (int i = 0; status == ST_BUSY && i < ROUNDS_FREE && now_ms() < end; i++)
		status = attempt(s, key, key_len, out, f);
	for (int i = 0; status == ST_BUSY && s->left >= 0 && i < ROUNDS_LOCKED && now_ms() < end; i++)
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
	pthread_once(&fork_once, watch_forks);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	s->left = s->right = s->state = s->locked_fd = -1;
	pthread_mutex_lock(&store_mutex);
	if (stat("/", &s->root) != 0)
		status = fault_set(f, ST_IO, errno, "/");
	else
		status = paths_resolve(&s->paths, path, f);
	/* A program may change its folder: then only the whole path still leads there. */
	if (status == ST_OK && (s->asked = strdup(path[0] == '/' ? path : s->paths.left)) == NULL)
		status = fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	if (status == ST_OK)
		status = ready(s, f);
	if (status == ST_OK)
		status = open_side(s, f);
	/* A writer may have come between the decision and the opening. */
	for (int i = 0; status != ST_OK && s->left >= 0 && s->unseen.status == ST_OK && i < ROUNDS_FREE; i++)
		status = open_side(s, f);
	s->next_look = now_ms() + LOOK_MS;
	pthread_mutex_unlock(&store_mutex);
	if (status != ST_OK) {
		store_close(s);
		return status;
	}
	*out = s;
	return ST_OK;
}

void
store_map(struct store *s)
{
	pthread_mutex_lock(&store_mutex);
	s->mapped = true;
	if (may_map(s) && s->state >= 0 && s->window == NULL)
		s->window = state_map(s->state);
	drop_side(s);
	pthread_mutex_unlock(&store_mutex);
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&store_mutex);
	close_files(s);
	pthread_mutex_unlock(&store_mutex);
	paths_free(&s->paths);
	free(s->asked);
	free(s);
}

enum status
store_get(struct store *s, const struct name *name, struct record *out, struct fault *f)
{
	char key[NAME_KEY_MAX];
	enum status status;
	struct fault local;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&store_mutex);
	status = lookup(s, key, name_key(name, key), out, f != NULL ? f : &local);
	pthread_mutex_unlock(&store_mutex);
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
	drop_side(s);
	fd_ident(s->left, &before);
	status = open_source(s, SOURCE_LEFT_ALONE, f);
	if (status == ST_OK)
		status = store_walk(s->side, each, arg, f);
	fd_ident(s->left, &after);
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

	drop_side(s);
	status = open_side(s, f);
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
	pthread_mutex_lock(&store_mutex);
	keep_up(s);
	status = ready(s, f);
	if (status == ST_OK && s->state >= 0)
		status = file_lock(s->state, LOCK_SH, LIST_WAIT_MS, s->paths.left, f);
	if (status == ST_OK)
		status = walk_locked(s, each, arg, f);
	if (s->state >= 0)
		file_unlock(s->state);
	pthread_mutex_unlock(&store_mutex);
	return status;
}

bool
store_trouble(struct store *s, struct fault *f)
{
	bool any;

	pthread_mutex_lock(&store_mutex);
	any = s->left_trouble.status != ST_OK || s->trouble.status != ST_OK;
	if (any)
		*f = s->left_trouble.status != ST_OK ? s->left_trouble : s->trouble;
	pthread_mutex_unlock(&store_mutex);
	return any;
}
