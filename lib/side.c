/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * side: the only file that calls GDBM.  Knows nothing of records or of the other side.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "side.h"

struct side {
	GDBM_FILE db;
	const char *path;
	bool broken;		/* GDBM has lost track of its own memory */
	struct side *next;	/* of those that are so */
};

static const int gdbm_flags[] = {
	[SIDE_READ] = GDBM_READER | GDBM_NOMMAP,
	[SIDE_READ_MAPPED] = GDBM_READER,
	[SIDE_WRITE] = GDBM_WRITER | GDBM_NOMMAP,
};

static enum status
foreign(int fd, const char *path, struct fault *f)
{
	const char *kind = file_kind(fd);

	if (kind == NULL)
		return fault_set(f, ST_FOREIGN, 0, "%s: is not a GDBM file: restore it from a copy", path);
	return fault_set(f, ST_FOREIGN, 0, "%s: is %s and not a GDBM file: move it away%s", path, kind,
	    strstr(kind, "DB") != NULL ? " and import its users" : "");
}

/* All magic numbers of GDBM, in either byte order, share three bytes. */
static bool
has_gdbm_magic(int fd)
{
	uint32_t magic;

	return pread(fd, &magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	    (magic >> 8 == 0x13579a || __builtin_bswap32(magic) >> 8 == 0x13579a);
}

/*
 * Our status for a GDBM error that was just reported; sys: errno, which was 0 before GDBM was called.  GDBM
 * calls a file damaged also where the system (or malloc) failed it midway; errno shows that.
 */
static enum status
gdbm_fault(int code, int sys, const char *path, struct fault *f)
{
	switch (code) {
	case GDBM_MALLOC_ERROR:
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	case GDBM_FILE_SEEK_ERROR:
		if (sys == EINVAL)	/* to where no byte can be: the offset itself is damaged */
			break;
		return fault_set(f, ST_IO, sys, "%s: %s", path, gdbm_strerror(code));
	case GDBM_FILE_OPEN_ERROR:
	case GDBM_FILE_WRITE_ERROR:
	case GDBM_FILE_READ_ERROR:
	case GDBM_FILE_STAT_ERROR:
	case GDBM_FILE_CLOSE_ERROR:
	case GDBM_FILE_SYNC_ERROR:
	case GDBM_FILE_TRUNCATE_ERROR:
		return fault_set(f, ST_IO, sys, "%s: %s", path, gdbm_strerror(code));
	default:
		if (sys == ENOMEM)
			return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
		if (sys != 0 && sys != EINVAL && sys != EINTR)	/* after EINTR GDBM has tried again */
			return fault_set(f, ST_IO, sys, "%s", path);
		break;
	}
	return fault_set(f, ST_CORRUPT, 0, "%s: is damaged (GDBM: %s): restore it from a copy", path,
	    gdbm_strerror(code));
}

static enum status
side_fault(const struct side *s, struct fault *f)
{
	int sys = errno, of_gdbm = gdbm_last_syserr(s->db);

	return gdbm_fault(gdbm_last_errno(s->db), of_gdbm != 0 ? of_gdbm : sys, s->path, f);
}

/* A writer fills the file up to where its header says that it ends; GDBM looks only whether that is far enough.
 * GDBM before 1.15 could leave it a bit beyond the last byte. */
static int
check_end(int fd)
{
	int64_t end;	/* next_block in GDBM's gdbm_file_header */
	struct stat st;
	ssize_t n;

	errno = 0;
	if (fstat(fd, &st) != 0)
		return GDBM_FILE_STAT_ERROR;
	if (st.st_size == 0)
		return GDBM_NO_ERROR;
	n = pread(fd, &end, sizeof(end), 32);
	if (n < 0)
		return GDBM_FILE_READ_ERROR;
	return n == (ssize_t)sizeof(end) && end / 2 <= st.st_size ? GDBM_NO_ERROR : GDBM_BAD_HEADER;
}

static enum status
opening_fault(int code, int sys, int fd, const char *path, struct fault *f)
{
	if (sys == 0 && (code == GDBM_EMPTY_DATABASE || code == GDBM_BYTE_SWAPPED || code == GDBM_BAD_FILE_OFFSET ||
	    ((code == GDBM_BAD_MAGIC_NUMBER || code == GDBM_FILE_EOF) && !has_gdbm_magic(fd))))
		return foreign(fd, path, f);
	return gdbm_fault(code, sys, path, f);
}

enum status
side_open(struct side **out, int fd, enum side_use use, const char *path, struct fault *f)
{
	struct side *s;
	int own, code, sys;

	*out = NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	/* GDBM reads the header from where the shared file offset stands. */
	if (own < 0 || lseek(own, 0, SEEK_SET) != 0) {
		sys = errno;
		if (own >= 0)
			close(own);
		free(s);
		return fault_set(f, ST_IO, sys, "%s", path);
	}
	s->path = path;
	errno = 0;
	s->db = gdbm_fd_open(own, path, 0, gdbm_flags[use] | GDBM_NOLOCK | GDBM_CLOEXEC | GDBM_CLOERROR, NULL);
	sys = errno;
	if (s->db != NULL && gdbm_last_syserr(s->db) != 0)
		sys = gdbm_last_syserr(s->db);
	if (s->db == NULL)
		code = gdbm_errno;
	else
		code = gdbm_needs_recovery(s->db) != 0 ? GDBM_NEED_RECOVERY : GDBM_NO_ERROR;
	if (code == GDBM_NO_ERROR && use == SIDE_WRITE) {
		code = check_end(fd);
		sys = errno;
	}
	if (code == GDBM_NO_ERROR) {
		*out = s;
		return ST_OK;
	}
	side_close(s);
	return opening_fault(code, sys, fd, path, f);
}

/*
 * GDBM 1.23 goes on when it finds no place for a bucket (its free space is damaged, or a read failed): it puts one
 * twice into its list of buckets, says so, and gdbm_close() would free it twice.  So this handle stays.
 */
static void
abandon(struct side *s)
{
	static _Atomic(struct side *) abandoned;

	close(gdbm_fdesc(s->db));
	do
		s->next = atomic_load(&abandoned);
	while (!atomic_compare_exchange_weak(&abandoned, &s->next, s));
}

void
side_close(struct side *s)
{
	if (s == NULL)
		return;
	if (s->broken) {
		abandon(s);
		return;
	}
	if (s->db != NULL)
		gdbm_close(s->db);
	free(s);
}

enum status
side_create(int fd, const char *path, struct fault *f)
{
	struct side *s;
	enum status status;

	status = side_open(&s, fd, SIDE_WRITE, path, f);
	if (status == ST_OK)
		status = side_finish(s, f);
	/* GDBM does not look at every answer of the system while it makes a file: see whether it opens. */
	if (status == ST_OK) {
		status = side_open(&s, fd, SIDE_READ, path, f);
		side_close(s);
		if (status == ST_CORRUPT || status == ST_FOREIGN)
			status = fault_set(f, ST_IO, 0, "%s: does not give back what was written", path);
	}
	if (status != ST_OK && ftruncate(fd, 0) != 0)
		status = fault_set(f, ST_IO, errno, "%s", path);
	return status;
}

enum status
side_fetch(struct side *s, const char *key, size_t key_len, char **value, size_t *len, struct fault *f)
{
	datum found;

	*value = NULL;
	*len = 0;
	errno = 0;
	/* GDBM does not write through a key; its struct has no const. */
	found = gdbm_fetch(s->db, (datum){.dptr = (char *)(uintptr_t)key, .dsize = (int)key_len});
	if (found.dptr != NULL) {
		*value = found.dptr;
		*len = (size_t)found.dsize;
		return ST_OK;
	}
	if (gdbm_last_errno(s->db) == GDBM_ITEM_NOT_FOUND)
		return ST_NOTFOUND;
	return side_fault(s, f);
}

/* A handle that maps nothing and has cached nothing reads the value last, so the offset of its descriptor is the
 * value's end.  That is no promise of GDBM: what is there is compared. */
static off_t
find_place(const struct side *s, const char *key, size_t key_len, const char *value, size_t len)
{
	off_t end = lseek(gdbm_fdesc(s->db), 0, SEEK_CUR);
	size_t all = key_len + len;
	bool same;
	char *there;

	if (end < (off_t)all || (there = malloc(all)) == NULL)
		return -1;
	same = pread(gdbm_fdesc(s->db), there, all, end - (off_t)all) == (ssize_t)all &&
	    memcmp(there, key, key_len) == 0 &&
	    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it loses sight of the status of side_fetch() */
	    memcmp(there + key_len, value, len) == 0;
	explicit_bzero(there, all);
	free(there);
	return same ? end - (off_t)len : -1;
}

enum status
side_fetch_at(struct side *s, const char *key, size_t key_len, char **value, size_t *len, off_t *at,
    struct fault *f)
{
	enum status status = side_fetch(s, key, key_len, value, len, f);

	*at = status == ST_OK ? find_place(s, key, key_len, *value, *len) : -1;
	return status;
}

const char *
side_path(const struct side *s)
{
	return s->path;
}

/* GDBM ignores a failed write of a bucket in its answer, but remembers it. */
static enum status
check_write(struct side *s, int result, struct fault *f)
{
	if (gdbm_last_errno(s->db) == GDBM_BUCKET_CACHE_CORRUPTED)
		s->broken = true;
	if (result == 0 && gdbm_last_errno(s->db) == GDBM_NO_ERROR && gdbm_needs_recovery(s->db) == 0)
		return ST_OK;
	return side_fault(s, f);
}

/* *taken: the key was there, and flag (GDBM_INSERT) forbids that. */
static enum status
store_raw(struct side *s, datum key, const char *value, size_t len, int flag, bool *taken, struct fault *f)
{
	const datum content = {.dptr = (char *)(uintptr_t)value, .dsize = (int)len};
	int result;

	errno = 0;
	result = gdbm_store(s->db, key, content, flag);
	*taken = flag == GDBM_INSERT && result == 1;
	return *taken ? ST_OK : check_write(s, result, f);
}

/* Overwrites what key holds with zeros, in place, since what GDBM frees stays in the file.  new_len: the
 * length of the value that comes next; one of the same length overwrites it by itself.  ST_NOTFOUND: it holds
 * nothing. */
static enum status
blank(struct side *s, datum key, size_t new_len, struct fault *f)
{
	enum status status;
	bool taken;
	char *old;
	size_t len;

	status = side_fetch(s, key.dptr, (size_t)key.dsize, &old, &len, f);
	if (status != ST_OK)
		return status;
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it loses sight of the status of side_fetch() */
	explicit_bzero(old, len);
	if (len != new_len)
		status = store_raw(s, key, old, len, GDBM_REPLACE, &taken, f);
	free(old);
	return status;
}

enum status
side_store(struct side *s, const char *key, size_t key_len, const char *value, size_t len, bool *existed,
    struct fault *f)
{
	const datum k = {.dptr = (char *)(uintptr_t)key, .dsize = (int)key_len};
	enum status status;
	bool taken;

	status = store_raw(s, k, value, len, GDBM_INSERT, &taken, f);
	if (existed != NULL)
		*existed = taken;
	if (status != ST_OK || !taken)
		return status;
	status = blank(s, k, len, f);
	return status == ST_OK ? store_raw(s, k, value, len, GDBM_REPLACE, &taken, f) : status;
}

enum status
side_delete(struct side *s, const char *key, size_t key_len, bool *existed, struct fault *f)
{
	const datum k = {.dptr = (char *)(uintptr_t)key, .dsize = (int)key_len};
	enum status status;

	status = blank(s, k, SIZE_MAX, f);
	if (existed != NULL)
		*existed = status == ST_OK;
	errno = 0;
	if (status == ST_OK)
		status = check_write(s, gdbm_delete(s->db, k), f);
	return status == ST_NOTFOUND ? ST_OK : status;
}

enum status
side_finish(struct side *s, struct fault *f)
{
	enum status status = ST_OK;
	int closed;

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it loses sight of the status of side_open() */
	if (s->broken || gdbm_needs_recovery(s->db) != 0)
		status = side_fault(s, f);
	if (s->broken) {
		abandon(s);
		return status;
	}
	/* syncs, and says if that failed */
	errno = 0;
	closed = gdbm_close(s->db);
	if (status == ST_OK && closed != 0)
		status = gdbm_fault(gdbm_errno, errno, s->path, f);
	free(s);
	return status;
}

enum status
side_count(struct side *s, uint64_t *out, struct fault *f)
{
	gdbm_count_t count = 0;

	*out = 0;
	errno = 0;
	if (gdbm_count(s->db, &count) != 0)
		return side_fault(s, f);
	*out = count;
	return ST_OK;
}

/* GDBM's own hash: its upper bits say which bucket, and a file that was not much changed has them in order.
 * If GDBM ever changes it, we are slower and nothing else. */
uint32_t
side_order(const char *key, size_t key_len)
{
	uint32_t hash = 0x238F13AFu * (uint32_t)key_len;

	for (size_t i = 0; i < key_len; i++)
		hash = (hash + ((uint32_t)key[i] << (i * 5 % 24))) & 0x7fffffff;
	return (1103515243u * hash + 12345) & 0x7fffffff;
}

/* One step of a walk. */
static enum status
visit(struct side *s, datum key, side_visitor *each, void *arg, struct fault *f)
{
	enum status status;
	char *value;
	size_t len;

	status = side_fetch(s, key.dptr, (size_t)key.dsize, &value, &len, f);
	if (status == ST_NOTFOUND)
		return fault_set(f, ST_CORRUPT, 0, "%s: is damaged (a key without a value): restore it from a "
		    "copy", s->path);
	if (status != ST_OK)
		return status;
	status = each(arg, key.dptr, (size_t)key.dsize, value, len, f);
	explicit_bzero(value, len);
	free(value);
	return status;
}

enum status
side_each(struct side *s, side_visitor *each, void *arg, struct fault *f)
{
	enum status status;
	uint64_t count, walked = 0;
	datum key, next;

	status = side_count(s, &count, f);
	if (status != ST_OK)
		return status;
	errno = 0;
	key = gdbm_firstkey(s->db);
	while (key.dptr != NULL) {
		/* A damaged file can send nextkey in circles. */
		if (++walked > count)
			status = fault_set(f, ST_CORRUPT, 0, "%s: is damaged (more keys than records): restore it "
			    "from a copy", s->path);
		else
			status = visit(s, key, each, arg, f);
		errno = 0;
		next = status == ST_OK ? gdbm_nextkey(s->db, key) : (datum){0};
		free(key.dptr);
		key = next;
	}
	if (status == ST_OK && gdbm_last_errno(s->db) != GDBM_ITEM_NOT_FOUND)
		status = side_fault(s, f);
	if (status == ST_OK && walked != count)
		status = fault_set(f, ST_CORRUPT, 0, "%s: is damaged (fewer keys than records): restore it "
		    "from a copy", s->path);
	return status;
}
