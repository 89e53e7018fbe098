/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * failing: stands before libc and libgdbm and makes the n-th call of one kind fail.
 *
 * A program that is linked with failing.c and -Wl,--export-dynamic gets it for itself and for every library
 * that it loads; failing.so does the same for a program that is started with LD_PRELOAD and
 * FAILING (failing_environment() makes it) in its environment; FAILING_SPARE is for failing_spare().
 */
#ifndef GSASLDB_TEST_FAILING_H
#define GSASLDB_TEST_FAILING_H

#include <stdbool.h>

enum call {
	CALL_ALLOCATE,		/* malloc, calloc, realloc, strdup, ... */
	CALL_OPEN,		/* open, openat, mkostemp, fcntl(F_DUPFD) */
	CALL_READ,		/* read, pread */
	CALL_WRITE,		/* write, pwrite */
	CALL_SYNC,		/* fsync, fdatasync */
	CALL_SEEK,		/* lseek */
	CALL_TRUNCATE,		/* ftruncate */
	CALL_STAT,		/* stat, lstat, fstat, realpath */
	CALL_LOCK,		/* flock */
	CALL_NAME,		/* rename, link, unlink */
	CALL_RIGHTS,		/* fchmod, fchown */
	CALL_MMAP,		/* mmap of a file */
	CALL_ENTROPY,		/* getentropy */
	CALL_THREAD,		/* pthread_create */
	CALL_GDBM_OPEN,		/* gdbm_fd_open */
	CALL_GDBM_FETCH,
	CALL_GDBM_STORE,
	CALL_GDBM_DELETE,
	CALL_GDBM_WALK,		/* gdbm_firstkey, gdbm_nextkey */
	CALL_GDBM_COUNT,
	CALL_GDBM_SYNC,
	CALL_GDBM_CLOSE,
	CALL_COUNT,
	CALL_SYSTEM = CALL_COUNT,	/* any of those from CALL_OPEN to CALL_RIGHTS */
};
const char *call_name(enum call call);

/* An errno that this kind of call has in real life. */
int call_error(enum call call);

enum way {
	FAIL_ONCE,
	FAIL_EVER,	/* and so does every later one */
	FAIL_EVER_ALL,	/* and so does every later one of CALL_SYSTEM */
	FAIL_SHORT,	/* a write does half of it, once; others as FAIL_ONCE */
	FAIL_DIE,	/* the process ends there, as after kill -9, with exit code 0 */
	FAIL_SIGNAL	/* gets the signal "error" there, once; the call itself succeeds */
};

/* Begins: the n-th call (1: the next) fails with that errno. */
void failing_arm(enum call call, unsigned n, enum way way, int error);
/* Ends that; did it come so far? */
bool failing_disarm(void);

/* Calls that this library makes itself are left alone: libsasl2's own mistakes are not ours to find. */
void failing_spare(const char *library);

/* Called after each write to a file and each change of its size; NULL: nothing is. */
extern void (*failing_changed)(int fd);

/* How many allocated blocks there are. */
long failing_blocks(void);

/* The value of FAILING for a program that is to be started.  Static storage.  When it comes so far, the program
 * makes the file sign; with n 0 nothing fails, and sign gets how many calls of each kind there were. */
const char *failing_environment(enum call call, unsigned n, enum way way, int error, const char *sign);

#endif
