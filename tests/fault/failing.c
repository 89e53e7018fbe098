/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * failing: see failing.h.
 *
 * Which functions stand here is what lib/, tools/, plugin/ and libgdbm call (nm -D); calls inside of libc
 * (fopen) cannot be caught.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <grp.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing.h"

static const struct {
	const char *name;
	int error;
} calls[CALL_COUNT + 1] = {
	[CALL_ALLOCATE] = {"malloc", ENOMEM},
	[CALL_OPEN] = {"open", EMFILE},
	[CALL_READ] = {"read", EIO},
	[CALL_WRITE] = {"write", ENOSPC},
	[CALL_SYNC] = {"fsync", EIO},
	[CALL_SEEK] = {"lseek", EIO},
	[CALL_TRUNCATE] = {"ftruncate", EIO},
	[CALL_STAT] = {"stat", EIO},
	[CALL_LOCK] = {"flock", ENOLCK},
	[CALL_NAME] = {"rename", EIO},
	[CALL_RIGHTS] = {"chmod", EPERM},
	[CALL_MMAP] = {"mmap", ENOMEM},
	[CALL_ENTROPY] = {"getentropy", EIO},
	[CALL_THREAD] = {"pthread_create", EAGAIN},
	[CALL_GDBM_OPEN] = {"gdbm_fd_open", EIO},
	[CALL_GDBM_FETCH] = {"gdbm_fetch", EIO},
	[CALL_GDBM_STORE] = {"gdbm_store", ENOSPC},
	[CALL_GDBM_DELETE] = {"gdbm_delete", EIO},
	[CALL_GDBM_WALK] = {"gdbm_nextkey", EIO},
	[CALL_GDBM_COUNT] = {"gdbm_count", EIO},
	[CALL_GDBM_SYNC] = {"gdbm_sync", EIO},
	[CALL_GDBM_CLOSE] = {"gdbm_close", EIO},
	[CALL_SYSTEM] = {"system", EIO},
};

const char *
call_name(enum call call)
{
	return calls[call].name;
}

int
call_error(enum call call)
{
	return calls[call].error;
}

/* ---- whose turn is it? ---- */

static atomic_int failing = -1;		/* enum call; -1: nothing fails */
static atomic_uint seen;
static atomic_uint totals[CALL_COUNT + 1];	/* of each kind, since the program began */
static unsigned turn;
static enum way failing_way;
static int failing_error;
static char sign[256];			/* a file that is made when it is the turn */
static atomic_long blocks;
static struct {
	uintptr_t begin, end;
} spared[8];
static size_t spared_count;
static atomic_int unsafe;		/* in a function of libc that does not survive a failure */
void (*failing_changed)(int fd);

void
failing_arm(enum call call, unsigned n, enum way way, int error)
{
	seen = 0;
	turn = n;
	failing_way = way;
	failing_error = error;
	failing = (int)call;
}

bool
failing_disarm(void)
{
	failing = -1;
	return seen >= turn;
}

long
failing_blocks(void)
{
	return blocks;
}

/* The build hides what is not exported; these must be found before libc's. */
#pragma GCC visibility push(default)

/* What stood here without us. */
#define REAL(type, name, parameters) \
	static type (*real_##name) parameters; \
	if (real_##name == NULL) \
		real_##name = (type (*) parameters)(uintptr_t)dlsym(RTLD_NEXT, #name)
#define CALLER ((uintptr_t)__builtin_return_address(0))

static void
leave_sign(void)
{
	REAL(int, open, (const char *, int, ...));
	REAL(int, close, (int));
	if (sign[0] != '\0')
		real_close(real_open(sign, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static bool
is_spared(uintptr_t caller)
{
	for (size_t i = 0; i < spared_count; i++)
		if (caller >= spared[i].begin && caller < spared[i].end)
			return true;
	return unsafe > 0;
}

/* Is it this one's turn, and does it fail by that?  *half: do half of it. */
static bool
fails_or_half(enum call call, uintptr_t caller, bool *half)
{
	bool system = call >= CALL_OPEN && call <= CALL_RIGHTS;
	bool counted = failing == (int)call || (failing == (int)CALL_SYSTEM && system);
	int saved = errno;
	unsigned n;

	if (is_spared(caller))
		return false;
	totals[call]++;
	totals[CALL_SYSTEM] += system;
	if (!counted)
		return false;
	n = ++seen;
	if (n < turn || (n > turn && failing_way != FAIL_EVER))
		return false;
	if (n == turn)
		leave_sign();
	if (n == turn && failing_way == FAIL_EVER_ALL) {
		failing_way = FAIL_EVER;
		failing = (int)CALL_SYSTEM;
	}
	errno = saved;
	switch (failing_way) {
	case FAIL_DIE:
		_exit(0);
	case FAIL_SIGNAL:
		kill(getpid(), failing_error);
		return false;
	case FAIL_SHORT:
		if (half != NULL) {
			*half = true;
			return false;
		}
		break;
	default:
		break;
	}
	errno = failing_error;
	return true;
}

#define FAILS(call) fails_or_half(call, CALLER, NULL)

/* ---- memory ---- */

static void *
count_block(void *memory)
{
	if (memory != NULL)
		blocks++;
	return memory;
}

void *
malloc(size_t size)
{
	REAL(void *, malloc, (size_t));
	return FAILS(CALL_ALLOCATE) ? NULL : count_block(real_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	REAL(void *, calloc, (size_t, size_t));
	return FAILS(CALL_ALLOCATE) ? NULL : count_block(real_calloc(count, size));
}

static void *
resize(void *memory, size_t size)
{
	REAL(void *, realloc, (void *, size_t));
	return memory == NULL ? count_block(real_realloc(memory, size)) : real_realloc(memory, size);
}

void *
realloc(void *memory, size_t size)
{
	return FAILS(CALL_ALLOCATE) ? NULL : resize(memory, size);
}

void *
reallocarray(void *memory, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return FAILS(CALL_ALLOCATE) ? NULL : resize(memory, bytes);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	REAL(int, posix_memalign, (void **, size_t, size_t));
	if (FAILS(CALL_ALLOCATE))
		return ENOMEM;
	int error = real_posix_memalign(out, alignment, size);
	blocks += error == 0;
	return error;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	REAL(void *, aligned_alloc, (size_t, size_t));
	return FAILS(CALL_ALLOCATE) ? NULL : count_block(real_aligned_alloc(alignment, size));
}

/* libc's own would be counted twice, the sanitizer's not at all. */
static char *
copy_text(const char *s, size_t len)
{
	REAL(void *, malloc, (size_t));
	char *copy = count_block(real_malloc(len + 1));

	if (copy != NULL) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

char *
strdup(const char *s)
{
	return FAILS(CALL_ALLOCATE) ? NULL : copy_text(s, strlen(s));
}

char *
strndup(const char *s, size_t n)
{
	return FAILS(CALL_ALLOCATE) ? NULL : copy_text(s, strnlen(s, n));
}

void
free(void *memory)
{
	static bool looking;

	/* dlsym() frees what an earlier dlerror() was about */
	if (looking)
		return;
	looking = true;
	REAL(void, free, (void *));
	looking = false;
	if (memory != NULL)
		blocks--;
	real_free(memory);
}

/* ---- files ---- */

static mode_t
creation_mode(int flags, va_list ap)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
}

int
open(const char *path, int flags, ...)
{
	REAL(int, open, (const char *, int, ...));
	va_list ap;

	va_start(ap, flags);
	mode_t mode = creation_mode(flags, ap);
	va_end(ap);
	return FAILS(CALL_OPEN) ? -1 : real_open(path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	REAL(int, openat, (int, const char *, int, ...));
	va_list ap;

	va_start(ap, flags);
	mode_t mode = creation_mode(flags, ap);
	va_end(ap);
	return FAILS(CALL_OPEN) ? -1 : real_openat(dir, path, flags, mode);
}

/* open() of a program that was built with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags);

int
__open_2(const char *path, int flags)
{
	REAL(int, open, (const char *, int, ...));
	return FAILS(CALL_OPEN) ? -1 : real_open(path, flags);
}

int
mkostemp(char *path, int flags)
{
	REAL(int, mkostemp, (char *, int));
	return FAILS(CALL_OPEN) ? -1 : real_mkostemp(path, flags);
}

int
fcntl(int fd, int command, ...)
{
	REAL(int, fcntl, (int, int, ...));
	va_list ap;

	va_start(ap, command);
	void *argument = va_arg(ap, void *);
	va_end(ap);
	if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && FAILS(CALL_OPEN))
		return -1;
	return real_fcntl(fd, command, argument);
}

static ssize_t
tell_changed(int fd, ssize_t result)
{
	int saved = errno;

	if (result >= 0 && failing_changed != NULL)
		failing_changed(fd);
	errno = saved;
	return result;
}

ssize_t
write(int fd, const void *data, size_t len)
{
	bool half = false;
	REAL(ssize_t, write, (int, const void *, size_t));
	if (fails_or_half(CALL_WRITE, CALLER, &half))
		return -1;
	return tell_changed(fd, real_write(fd, data, half ? len - len / 2 : len));
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	bool half = false;
	REAL(ssize_t, pwrite, (int, const void *, size_t, off_t));
	if (fails_or_half(CALL_WRITE, CALLER, &half))
		return -1;
	return tell_changed(fd, real_pwrite(fd, data, half ? len - len / 2 : len, at));
}

int
ftruncate(int fd, off_t len)
{
	REAL(int, ftruncate, (int, off_t));
	return FAILS(CALL_TRUNCATE) ? -1 : (int)tell_changed(fd, real_ftruncate(fd, len));
}

/* The others, which have nothing to them: what the real one answers, or that. */
#define SIMPLE(call, type, name, parameters, arguments, failure) \
	type name parameters \
	{ \
		REAL(type, name, parameters); \
		return FAILS(call) ? failure : real_##name arguments; \
	}

SIMPLE(CALL_READ, ssize_t, read, (int fd, void *data, size_t len), (fd, data, len), -1)
SIMPLE(CALL_READ, ssize_t, pread, (int fd, void *data, size_t len, off_t at), (fd, data, len, at), -1)
SIMPLE(CALL_SYNC, int, fsync, (int fd), (fd), -1)
SIMPLE(CALL_SYNC, int, fdatasync, (int fd), (fd), -1)
SIMPLE(CALL_SEEK, off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence), -1)
SIMPLE(CALL_STAT, int, stat, (const char *path, struct stat *st), (path, st), -1)
SIMPLE(CALL_STAT, int, lstat, (const char *path, struct stat *st), (path, st), -1)
SIMPLE(CALL_STAT, int, fstat, (int fd, struct stat *st), (fd, st), -1)
SIMPLE(CALL_LOCK, int, flock, (int fd, int operation), (fd, operation), -1)
SIMPLE(CALL_NAME, int, rename, (const char *from, const char *to), (from, to), -1)
SIMPLE(CALL_NAME, int, link, (const char *from, const char *to), (from, to), -1)
SIMPLE(CALL_NAME, int, unlink, (const char *path), (path), -1)
SIMPLE(CALL_RIGHTS, int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
SIMPLE(CALL_RIGHTS, int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), -1)
SIMPLE(CALL_ENTROPY, int, getentropy, (void *out, size_t len), (out, len), -1)

/* AddressSanitizer's realpath() takes memory past us. */
char *
realpath(const char *path, char *out)
{
	long before = blocks;
	REAL(char *, realpath, (const char *, char *));
	char *found = FAILS(CALL_STAT) ? NULL : real_realpath(path, out);

	if (found != NULL && out == NULL)
		blocks = before + 1;
	return found;
}

/* Memory without a file is what malloc() and the dynamic linker ask for. */
void *
mmap(void *address, size_t len, int protection, int flags, int fd, off_t at)
{
	REAL(void *, mmap, (void *, size_t, int, int, int, off_t));
	return fd >= 0 && FAILS(CALL_MMAP) ? MAP_FAILED : real_mmap(address, len, protection, flags, fd, at);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
	REAL(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
	return FAILS(CALL_THREAD) ? errno : real_pthread_create(thread, attributes, start, argument);
}

/* ---- names of users, groups and hosts ---- */

/*
 * glibc's lookups fail an assertion, or crash, where memory or a file is short (2.36: nss_database_reload_1), so
 * what they do inside is left alone; the lookup itself can fail.
 */
#define LOOKUP(type, name, parameters, arguments, failure) \
	type name parameters \
	{ \
		REAL(type, name, parameters); \
		if (FAILS(CALL_ALLOCATE)) \
			return failure; \
		unsafe++; \
		type found = real_##name arguments; \
		unsafe--; \
		return found; \
	}

LOOKUP(struct passwd *, getpwuid, (uid_t uid), (uid), NULL)
LOOKUP(struct group *, getgrnam, (const char *name), (name), NULL)
LOOKUP(int, getgrnam_r, (const char *name, struct group *entry, char *buffer, size_t size, struct group **out),
    (name, entry, buffer, size, out), ENOMEM)
LOOKUP(int, getaddrinfo, (const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **out), (host, service, hints, out), EAI_MEMORY)

/* ---- GDBM ---- */

static bool
gdbm_fails(enum call call, uintptr_t caller, GDBM_FILE db, gdbm_error code, int fatal)
{
	REAL(void, gdbm_set_errno, (GDBM_FILE, gdbm_error, int));
	if (!fails_or_half(call, caller, NULL))
		return false;
	real_gdbm_set_errno(db, code, fatal);
	return true;
}

GDBM_FILE
gdbm_fd_open(int fd, const char *name, int block_size, int flags, void (*fatal)(const char *))
{
	REAL(GDBM_FILE, gdbm_fd_open, (int, const char *, int, int, void (*)(const char *)));
	REAL(int *, gdbm_errno_location, (void));
	if (!FAILS(CALL_GDBM_OPEN)) {
		long before = blocks;
		GDBM_FILE db = real_gdbm_fd_open(fd, name, block_size, flags, fatal);

		/* GDBM 1.23 loses some of its own when it cannot make or read a file; it is not ours to find */
		if (db == NULL)
			blocks = before;
		return db;
	}
	if ((flags & GDBM_CLOERROR) != 0)
		close(fd);
	*real_gdbm_errno_location() = GDBM_FILE_OPEN_ERROR;
	errno = failing_error;
	return NULL;
}

int
gdbm_store(GDBM_FILE db, datum key, datum content, int flag)
{
	REAL(int, gdbm_store, (GDBM_FILE, datum, datum, int));
	return gdbm_fails(CALL_GDBM_STORE, CALLER, db, GDBM_FILE_WRITE_ERROR, 1) ? -1
	    : real_gdbm_store(db, key, content, flag);
}

datum
gdbm_fetch(GDBM_FILE db, datum key)
{
	REAL(datum, gdbm_fetch, (GDBM_FILE, datum));
	if (gdbm_fails(CALL_GDBM_FETCH, CALLER, db, GDBM_FILE_READ_ERROR, 0))
		return (datum){0};
	return real_gdbm_fetch(db, key);
}

int
gdbm_delete(GDBM_FILE db, datum key)
{
	REAL(int, gdbm_delete, (GDBM_FILE, datum));
	return gdbm_fails(CALL_GDBM_DELETE, CALLER, db, GDBM_FILE_WRITE_ERROR, 1) ? -1 : real_gdbm_delete(db, key);
}

datum
gdbm_firstkey(GDBM_FILE db)
{
	REAL(datum, gdbm_firstkey, (GDBM_FILE));
	if (gdbm_fails(CALL_GDBM_WALK, CALLER, db, GDBM_FILE_READ_ERROR, 0))
		return (datum){0};
	return real_gdbm_firstkey(db);
}

datum
gdbm_nextkey(GDBM_FILE db, datum key)
{
	REAL(datum, gdbm_nextkey, (GDBM_FILE, datum));
	if (gdbm_fails(CALL_GDBM_WALK, CALLER, db, GDBM_FILE_READ_ERROR, 0))
		return (datum){0};
	return real_gdbm_nextkey(db, key);
}

int
gdbm_count(GDBM_FILE db, gdbm_count_t *out)
{
	REAL(int, gdbm_count, (GDBM_FILE, gdbm_count_t *));
	return gdbm_fails(CALL_GDBM_COUNT, CALLER, db, GDBM_FILE_READ_ERROR, 0) ? -1 : real_gdbm_count(db, out);
}

int
gdbm_sync(GDBM_FILE db)
{
	REAL(int, gdbm_sync, (GDBM_FILE));
	return gdbm_fails(CALL_GDBM_SYNC, CALLER, db, GDBM_FILE_SYNC_ERROR, 1) ? -1 : real_gdbm_sync(db);
}

int
gdbm_close(GDBM_FILE db)
{
	REAL(int, gdbm_close, (GDBM_FILE));
	REAL(int *, gdbm_errno_location, (void));
	int result = real_gdbm_close(db);

	if (!FAILS(CALL_GDBM_CLOSE))
		return result;
	*real_gdbm_errno_location() = GDBM_FILE_CLOSE_ERROR;
	return -1;
}

/* That too is a loss of GDBM's own: gdbm_fd_open(), above. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:gdbm_fd_open\n";
}

#pragma GCC visibility pop

/* ---- for another program ---- */

const char *
failing_environment(enum call call, unsigned n, enum way way, int error, const char *path)
{
	static char text[512];

	snprintf(text, sizeof(text), "%d %u %d %d %s", (int)call, n, (int)way, error, path);
	return text;
}

/* In failing.so: before main(). */
__attribute__((constructor)) static void
read_environment(void)
{
	const char *text = getenv("FAILING"), *library = getenv("FAILING_SPARE");
	int call, way, error, used = 0;
	unsigned n;

	if (text == NULL || sscanf(text, "%d %u %d %d %n", &call, &n, &way, &error, &used) != 4 || used == 0)
		return;
	snprintf(sign, sizeof(sign), "%s", text + used);
	if (library != NULL)
		failing_spare(library);
	unsetenv("LD_PRELOAD");	/* not for the programs that this one starts */
	failing_arm((enum call)call, n, (enum way)way, error);
}

/* With n 0 nothing fails, and the file gets the number of calls of each kind. */
__attribute__((destructor)) static void
leave_counts(void)
{
	FILE *file;

	if (sign[0] == '\0' || turn != 0)
		return;
	failing = -1;
	file = fopen(sign, "we");
	for (int i = 0; file != NULL && i <= CALL_COUNT; i++)
		fprintf(file, "%u ", (unsigned)totals[i]);
	if (file != NULL)
		fclose(file);
}

/* ---- libraries that are left alone ---- */

/* The lines of /proc/self/maps that name it, from the first to the last. */
void
failing_spare(const char *library)
{
	char line[1024];
	unsigned long begin, end;
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL && spared_count < 8) {
		if (strstr(line, library) == NULL || sscanf(line, "%lx-%lx", &begin, &end) != 2)
			continue;
		if (spared[spared_count].begin == 0)
			spared[spared_count].begin = begin;
		spared[spared_count].end = end;
	}
	if (spared_count < 8 && spared[spared_count].begin != 0)
		spared_count++;
	if (maps != NULL)
		fclose(maps);
}
