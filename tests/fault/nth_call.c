/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nth_call: the n-th system call of one kind fails, n = 1, 2, ... until the operation gets through without.
 *
 * Each time: an operation that says "done" is done, one that says anything else has changed nothing, no
 * lookup mistakes a failure for "no such user", and the next operation works.  The calls of libgdbm are
 * caught as well, since the functions below stand before libc's.  Prints TAP.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store.h"

/* ---- the failing calls ---- */

enum call { CALL_WRITE, CALL_SYNC, CALL_READ, CALL_SEEK, CALL_TRUNCATE, CALL_STAT, CALL_LOCK, CALL_COUNT };
static const char *const call_names[CALL_COUNT] = {"write", "sync", "read", "lseek", "ftruncate", "fstat",
    "flock"};

static enum call failing;
static unsigned countdown;	/* 0: nothing fails */
static int failing_errno;	/* DIES: the process ends there, as after kill -9 */
#define DIES (-1)

/* Is it this one's turn? */
static bool
fails(enum call call)
{
	if (countdown == 0 || call != failing || --countdown != 0)
		return false;
	if (failing_errno == DIES)
		_exit(0);
	errno = failing_errno;
	return true;
}

/* The build hides what is not exported; these must be found before libc's. */
#pragma GCC visibility push(default)

#define REAL(type, name, parameters) \
	static type (*real_##name) parameters; \
	if (real_##name == NULL) \
		real_##name = (type (*) parameters)(uintptr_t)dlsym(RTLD_NEXT, #name)

ssize_t
write(int fd, const void *data, size_t len)
{
	REAL(ssize_t, write, (int, const void *, size_t));
	return fails(CALL_WRITE) ? -1 : real_write(fd, data, len);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	REAL(ssize_t, pwrite, (int, const void *, size_t, off_t));
	return fails(CALL_WRITE) ? -1 : real_pwrite(fd, data, len, at);
}

int
fsync(int fd)
{
	REAL(int, fsync, (int));
	return fails(CALL_SYNC) ? -1 : real_fsync(fd);
}

int
fdatasync(int fd)
{
	REAL(int, fdatasync, (int));
	return fails(CALL_SYNC) ? -1 : real_fdatasync(fd);
}

ssize_t
read(int fd, void *data, size_t len)
{
	REAL(ssize_t, read, (int, void *, size_t));
	return fails(CALL_READ) ? -1 : real_read(fd, data, len);
}

ssize_t
pread(int fd, void *data, size_t len, off_t at)
{
	REAL(ssize_t, pread, (int, void *, size_t, off_t));
	return fails(CALL_READ) ? -1 : real_pread(fd, data, len, at);
}

off_t
lseek(int fd, off_t at, int whence)
{
	REAL(off_t, lseek, (int, off_t, int));
	return fails(CALL_SEEK) ? -1 : real_lseek(fd, at, whence);
}

int
ftruncate(int fd, off_t len)
{
	REAL(int, ftruncate, (int, off_t));
	return fails(CALL_TRUNCATE) ? -1 : real_ftruncate(fd, len);
}

int
fstat(int fd, struct stat *st)
{
	REAL(int, fstat, (int, struct stat *));
	return fails(CALL_STAT) ? -1 : real_fstat(fd, st);
}

int
flock(int fd, int operation)
{
	REAL(int, flock, (int, int));
	return fails(CALL_LOCK) ? -1 : real_flock(fd, operation);
}

#pragma GCC visibility pop

/* ---- a database with one user, "hoge", and one write ---- */

static char folder[64], path[96];
static int tests, failed;

enum operation { OP_CREATE, OP_INSERT, OP_REPLACE, OP_DELETE, OP_MEND_LEFT, OP_MEND_RIGHT, OP_LOOKUP, OP_COUNT };
static const char *const operation_names[OP_COUNT] = {"create the database", "insert", "replace", "delete",
    "write after a kill before the commit", "write after a kill after the commit", "look up"};

static struct name
named(const char *user)
{
	struct name n;

	if (name_parse(&n, user, "example.test", NULL, NULL) != ST_OK)
		abort();
	return n;
}

static enum status
put(const char *user, const char *value, struct fault *f)
{
	const struct store_write_options o = {.create = true, .wait = 1};
	struct name n = named(user);
	struct store_txn *t;
	struct record r;
	enum status status;

	status = store_begin(&t, path, &o, f);
	if (status != ST_OK)
		return status;
	record_init(&r, &n, 1);
	if (value == NULL)
		status = store_txn_delete(t, &n, f);
	else if ((status = record_set_property(&r, "v", value, strlen(value), f)) == ST_OK)
		status = store_txn_put(t, &r, f);
	record_clear(&r);
	if (status == ST_OK)
		return store_commit(t, f);
	store_abort(t);
	return status;
}

/* The value of user, "-" if there is none, "?" and the status if that cannot be told. */
static void
get(const char *user, char *out, size_t size)
{
	struct name n = named(user);
	struct store *s;
	struct record r;
	struct fault f;
	enum status status;

	status = store_open(&s, path, &f);
	if (status == ST_OK) {
		status = store_get(s, &n, &r, &f);
		snprintf(out, size, "%s", status == ST_OK ? record_property(&r, "v")->value : "-");
		record_clear(&r);
	}
	store_close(s);
	if (status != ST_OK && status != ST_NOTFOUND && status != ST_NODB)
		snprintf(out, size, "? %s: %.200s", status_text(status), f.text);
	if (status == ST_NODB)
		snprintf(out, size, "-");
}

static void
shell(const char *command)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "cd %s && %s", folder, command);
	if (system(whole) != 0)
		abort();
}

/*
 * A write that dies without a word.  Its syncs: state "left dirty", left, state "right dirty" (the commit),
 * right; so the second dies with a half-known left, the fourth with a half-known right.
 */
static void
leave_unfinished(bool before_commit)
{
	char seen[256];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		failing = CALL_SYNC;
		failing_errno = DIES;
		countdown = before_commit ? 2 : 4;
		put("hoge", "unfinished", NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	get("hoge", seen, sizeof(seen));
	if (status != 0 || strcmp(seen, before_commit ? "old" : "unfinished") != 0) {
		printf("# after a kill: hoge is %s\n", seen);
		failed++;
	}
}

static void
prepare(enum operation op)
{
	shell("rm -f db .db.twin .db.state");
	if (op == OP_CREATE)
		return;
	if (put("hoge", "old", NULL) != ST_OK || put("other", "still here", NULL) != ST_OK)
		abort();
	if (op == OP_MEND_LEFT || op == OP_MEND_RIGHT)
		leave_unfinished(op == OP_MEND_LEFT);
}

struct expected {
	const char *user, *before, *after;
};

static const struct expected expectations[OP_COUNT] = {
	[OP_CREATE] = {"hoge", "-", "new"},
	[OP_INSERT] = {"third", "-", "new"},
	[OP_REPLACE] = {"hoge", "old", "a new value of another length"},
	[OP_DELETE] = {"hoge", "old", "-"},
	[OP_MEND_LEFT] = {"third", "-", "new"},
	[OP_MEND_RIGHT] = {"third", "-", "new"},
	[OP_LOOKUP] = {"hoge", "old", "old"},
};

/* ---- the loop ---- */

/* The operation in a child with the failure.  Returns whether it said that it was done; *reached says
 * whether the n-th call came at all. */
static bool
run(enum operation op, enum call call, unsigned n, int error, bool *reached, char *words, size_t size)
{
	const struct expected *e = &expectations[op];
	char seen[256] = "";
	struct fault f = {0};
	int status, pipes[2];
	bool done;
	pid_t pid;

	if (pipe(pipes) != 0)
		abort();
	pid = fork();
	if (pid == 0) {
		failing = call;
		failing_errno = error;
		countdown = n;
		if (op == OP_LOOKUP) {
			get(e->user, seen, sizeof(seen));
			done = seen[0] != '?';
			snprintf(f.text, sizeof(f.text), "%s", seen);
		} else {
			done = put(e->user, strcmp(e->after, "-") == 0 ? NULL : e->after, &f) == ST_OK;
		}
		status = countdown == 0 ? 2 : 0;
		countdown = 0;
		dprintf(pipes[1], "%s", f.text);
		_exit(status | done);
	}
	close(pipes[1]);
	ssize_t len = read(pipes[0], words, size - 1);
	words[len > 0 ? len : 0] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	*reached = !WIFEXITED(status) || (WEXITSTATUS(status) & 2) != 0;
	if (!WIFEXITED(status))
		snprintf(words, size, "killed by signal %d", WTERMSIG(status));
	return WIFEXITED(status) && (WEXITSTATUS(status) & 1) != 0;
}

static bool
check(enum operation op, enum call call, unsigned n, int error, bool *reached)
{
	const struct expected *e = &expectations[op];
	char words[1024], seen[256], other[256];
	const char *wanted;
	bool done;

	prepare(op);
	done = run(op, call, n, error, reached, words, sizeof(words));
	wanted = done ? e->after : e->before;
	get(e->user, seen, sizeof(seen));
	get("other", other, sizeof(other));
	if (strcmp(seen, wanted) != 0 || (op != OP_CREATE && strcmp(other, "still here") != 0) ||
	    (!done && words[0] == '\0') || (op == OP_LOOKUP && done && strcmp(words, e->after) != 0)) {
		printf("# %s, %s %u: said %s (%s), then found %s, other %s\n", operation_names[op],
		    call_names[call], n, done ? "done" : "not done", words, seen, other);
		return false;
	}
	if (put("next", "works", NULL) != ST_OK) {
		printf("# %s, %s %u: the next write fails\n", operation_names[op], call_names[call], n);
		return false;
	}
	return true;
}

int
main(void)
{
	/* in memory if possible: nothing here depends on a disk */
	strcpy(folder, "/dev/shm/nth_call.XXXXXX");
	if (mkdtemp(folder) == NULL) {
		strcpy(folder, "/tmp/nth_call.XXXXXX");
		if (mkdtemp(folder) == NULL)
			return 1;
	}
	snprintf(path, sizeof(path), "%s/db", folder);
	for (enum operation op = 0; op < OP_COUNT; op++)
		for (enum call call = 0; call < CALL_COUNT; call++) {
			bool good = true, reached = true;
			unsigned n;

			for (n = 1; reached && n < 1000; n++)
				good &= check(op, call, n, call == CALL_WRITE ? ENOSPC : EIO, &reached);
			printf("%s %d - %s, each of %u calls of %s fails\n", good ? "ok" : "not ok", ++tests,
			    operation_names[op], n - 2, call_names[call]);
			failed += !good;
		}
	shell("rm -rf db .db.twin .db.state");
	rmdir(folder);
	printf("1..%d\n", tests);
	return failed != 0;
}
