/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files: the file system's side of the store.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "files.h"

#define COPY_BUFFER (1u << 18)
#define HEAD_BYTES 4096		/* without them no file is one of GDBM */
#define ACL_NAME "system.posix_acl_access"
#define ACL_MAX 4096

/* ---- paths ---- */

static enum status
resolve_error(const char *path, int error, struct fault *f)
{
	switch (error) {
	case EACCES:
		return fault_set(f, ST_PERM, error, "%s", path);
	case ELOOP:
		return fault_set(f, ST_FOREIGN, 0, "%s: its symbolic links form a loop", path);
	case ENOMEM:
		return fault_set(f, ST_NOMEM, error, "%s", path);
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return fault_set(f, ST_NODB, error, "%s", path);
	default:	/* "no database" would mean "no such user" */
		return fault_set(f, ST_IO, error, "%s", path);
	}
}

/* The path that the kernel would open, although its last part may not be there yet. */
static char *
resolve_missing(const char *path, struct fault *f)
{
	char *folder = NULL, *real_folder = NULL, *whole = NULL;
	struct stat st;
	const char *base;

	if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode) && (whole = realpath(path, NULL)) != NULL)
		return whole;	/* somebody made it this moment */
	if (lstat(path, &st) == 0) {
		fault_set(f, ST_NODB, 0, "%s: is a symbolic link to a file that is not there", path);
		return NULL;
	}
	base = strrchr(path, '/');
	folder = base == NULL ? strdup(".") : strndup(path, (size_t)(base - path) + (base == path));
	base = base == NULL ? path : base + 1;
	real_folder = folder == NULL ? NULL : realpath(folder, NULL);
	if (real_folder == NULL)
		resolve_error(folder == NULL ? path : folder, errno, f);
	else if (*base == '\0')
		fault_set(f, ST_FOREIGN, 0, "%s: is a folder, not a database file", path);
	else if (asprintf(&whole, "%s/%s", strcmp(real_folder, "/") == 0 ? "" : real_folder, base) < 0)
		whole = NULL, fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	free(folder);
	free(real_folder);
	return whole;
}

enum status
paths_resolve(struct paths *out, const char *path, struct fault *f)
{
	struct paths p = {0};
	struct fault local;
	const char *base;

	*out = p;
	if (f == NULL)
		f = &local;
	f->status = ST_OK;
	p.left = realpath(path, NULL);
	if (p.left == NULL && errno != ENOENT)
		return resolve_error(path, errno, f);
	if (p.left == NULL && (p.left = resolve_missing(path, f)) == NULL)
		return f->status;
	base = strrchr(p.left, '/') + 1;
	p.dir = strndup(p.left, base - p.left > 1 ? (size_t)(base - p.left) - 1 : 1);
	if (p.dir == NULL ||
	    asprintf(&p.right, "%.*s.%s.twin", (int)(base - p.left), p.left, base) < 0 ||
	    asprintf(&p.state, "%.*s.%s.state", (int)(base - p.left), p.left, base) < 0) {
		paths_free(&p);
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	}
	*out = p;
	return ST_OK;
}

void
paths_free(struct paths *p)
{
	free(p->left);
	free(p->right);
	free(p->state);
	free(p->dir);
	memset(p, 0, sizeof(*p));
}

/* ---- identity ---- */

void
ident_of(struct ident *out, const struct stat *st)
{
	out->ino = st->st_ino;
	out->size = (uint64_t)st->st_size;
	out->mtime_ns = (int64_t)((uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec);
}

bool
ident_same(const struct ident *a, const struct ident *b)
{
	return a->ino == b->ino && a->size == b->size && a->mtime_ns == b->mtime_ns;
}

bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* ---- opening ---- */

static enum status
open_error(const char *path, int error, struct fault *f)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return fault_set(f, ST_NODB, error, "%s", path);
	case EACCES:
	case EPERM:
	case EROFS:
		return fault_set(f, ST_PERM, error, "%s", path);
	case ELOOP:
		return fault_set(f, ST_PERM, 0, "%s: is a symbolic link where a file of ours belongs: "
		    "look where it leads, and move it to another folder; then gsasldb repair", path);
	case EISDIR:
	case ENXIO:
		return fault_set(f, ST_FOREIGN, 0, "%s: is not a regular file", path);
	case ENOMEM:
		return fault_set(f, ST_NOMEM, error, "%s", path);
	default:
		return fault_set(f, ST_IO, error, "%s", path);
	}
}

/* Is the file mounted by itself, not in a folder? */
bool
file_is_mounted(int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) == 0 &&
	    (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static enum status
check_opened(int fd, const char *path, const struct stat *st, const struct stat *left, struct fault *f)
{
	if (S_ISDIR(st->st_mode))
		return fault_set(f, ST_FOREIGN, 0, "%s: is a folder, not a database file", path);
	if (!S_ISREG(st->st_mode))
		return fault_set(f, ST_FOREIGN, 0, "%s: is not a regular file", path);
	/* A mount leads to its file even if that has been removed: who is in there nobody can change any more. */
	if (left == NULL && st->st_nlink == 0 && file_is_mounted(fd))
		return fault_set(f, ST_RELOAD, 0, "%s: was removed or replaced where it is mounted from: "
		    "mount it again (restart the container); better, mount its folder", path);
	if (left == NULL)
		return ST_OK;
	if (st->st_nlink > 1)
		return fault_set(f, ST_PERM, 0, "%s: has a second name (hard link), so it is not used: make it a "
		    "file of its own: cp -p --remove-destination %s %s.new && mv -T %s.new %s", path, path, path, path, path);
	if (st->st_uid != left->st_uid && st->st_uid != 0)
		return fault_set(f, ST_PERM, 0, "%s: belongs to uid %lu and not to the database's owner, "
		    "so it is not used: look what it is, and move it to another folder; then gsasldb repair", path,
		    (unsigned long)st->st_uid);
	return ST_OK;
}

enum status
file_open(int *out, const char *path, int flags, const struct stat *left, struct stat *st, struct fault *f)
{
	enum status status;
	int fd;

	*out = -1;
	/* O_NONBLOCK: a FIFO or a device must not make us wait; it means nothing for a regular file. */
	fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return open_error(path, errno, f);
	if (fstat(fd, st) != 0)
		status = fault_set(f, ST_IO, errno, "%s", path);
	else
		status = check_opened(fd, path, st, left, f);
	if (status != ST_OK) {
		close(fd);
		return status;
	}
	*out = fd;
	return ST_OK;
}

enum status
file_create(int *out, const char *path, struct fault *f)
{
	*out = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*out >= 0)
		return ST_OK;
	switch (errno) {
	case EEXIST:
		return fault_set(f, ST_EXISTS, errno, "%s", path);
	case ENOSPC:
	case EDQUOT:
	case EIO:
		return fault_set(f, ST_IO, errno, "%s", path);
	default:
		return fault_set(f, ST_CANTCREATE, errno, "%s", path);
	}
}

/* ---- locking ---- */

enum status
file_lock(int fd, int operation, unsigned wait_ms, const char *path, struct fault *f)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	struct timespec now;
	int64_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + wait_ms;
	/* flock(2) has no time limit of its own, and an alarm would change the host program's signals. */
	while (flock(fd, operation | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return fault_set(f, ST_IO, errno, "%s: flock", path);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 >= end)
			return fault_set(f, ST_BUSY, 0, "%s: another program has held it for %u seconds: "
			    "try again", path, wait_ms / 1000);
		nanosleep(&pause, NULL);
	}
	return ST_OK;
}

void
file_unlock(int fd)
{
	flock(fd, LOCK_UN);
}

/* ---- copying ---- */

static enum status
write_all(int fd, const char *data, size_t len, off_t at)
{
	ssize_t n;

	for (; len > 0; data += n, at += n, len -= (size_t)n) {
		n = pwrite(fd, data, len, at);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return ST_IO;
	}
	return ST_OK;
}

/* Copies the bytes from at to end. */
static enum status
copy_bytes(int from, int to, char *buffer, off_t at, off_t end)
{
	ssize_t n;

	while (at < end) {
		n = pread(from, buffer, end - at < (off_t)COPY_BUFFER ? (size_t)(end - at) : COPY_BUFFER, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || write_all(to, buffer, (size_t)n, at) != ST_OK)
			return ST_IO;
		at += n;
	}
	return ST_OK;
}

static const char zeros[HEAD_BYTES];

bool
file_copy_was_cut(int fd)
{
	char head[HEAD_BYTES];

	return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) && memcmp(head, zeros, sizeof(head)) == 0;
}

/* A file whose head is zeros, on disk. */
static enum status
empty_head(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ST_IO;
	if (st.st_size == 0)
		return ST_OK;
	return write_all(fd, zeros, sizeof(zeros), 0) == ST_OK && fsync(fd) == 0 ? ST_OK : ST_IO;
}

static enum status
copy_head_last(int from, int to, char *buffer)
{
	struct stat st;
	off_t head;

	if (fstat(from, &st) != 0 || empty_head(to) != ST_OK || ftruncate(to, st.st_size) != 0)
		return ST_IO;
	head = st.st_size < HEAD_BYTES ? st.st_size : HEAD_BYTES;
	if (copy_bytes(from, to, buffer, head, st.st_size) != ST_OK || fsync(to) != 0)
		return ST_IO;
	return copy_bytes(from, to, buffer, 0, head) == ST_OK && fsync(to) == 0 ? ST_OK : ST_IO;
}

enum status
file_copy(int from, int to, const char *to_path, struct fault *f)
{
	enum status status;
	char *buffer;

	buffer = malloc(COPY_BUFFER);
	if (buffer == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", to_path);
	errno = 0;
	status = copy_head_last(from, to, buffer);
	if (status != ST_OK)
		fault_set(f, ST_IO, errno != 0 ? errno : ENOSPC, "%s", to_path);
	explicit_bzero(buffer, COPY_BUFFER);
	free(buffer);
	return status;
}

void
file_make_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & 077) != 0)
		fchmod(fd, st.st_mode & 0700);
}

void
file_copy_access(int from, int to)
{
	char acl[ACL_MAX], old_acl[ACL_MAX];
	ssize_t acl_len, old_len;
	int errno_of_acl;
	struct stat a, b;

	if (fstat(from, &a) != 0 || fstat(to, &b) != 0)
		return;
	acl_len = fgetxattr(from, ACL_NAME, acl, sizeof(acl));
	errno_of_acl = errno;
	old_len = fgetxattr(to, ACL_NAME, old_acl, sizeof(old_acl));
	if (a.st_uid == b.st_uid && a.st_gid == b.st_gid && a.st_mode == b.st_mode &&
	    acl_len == old_len && (acl_len <= 0 || memcmp(acl, old_acl, (size_t)acl_len) == 0))
		return;
	if (acl_len < 0 && errno_of_acl != ENODATA && errno_of_acl != ENOTSUP) {
		/* an ACL that we cannot read: the copy is for its owner alone */
		fchmod(to, b.st_mode & 0700);
		return;
	}
	/* With an ACL the group bits are its mask: take away everything but the owner's rights until all of it
	 * is set. */
	if (fchmod(to, a.st_mode & b.st_mode & (acl_len > 0 || old_len > 0 ? 0700 : 0777)) != 0)
		return;
	if (old_len > 0 && fremovexattr(to, ACL_NAME) != 0)
		return;
	/* A group that we may not give keeps no rights: the file must not be open to the wrong one. */
	if (fchown(to, a.st_uid, a.st_gid) != 0 && fchown(to, (uid_t)-1, a.st_gid) != 0 &&
	    a.st_gid != b.st_gid)
		return;
	if (acl_len > 0 && fsetxattr(to, ACL_NAME, acl, (size_t)acl_len, 0) != 0)
		return;
	fchmod(to, a.st_mode & 0777);
}

enum status
dir_sync(const char *dir, struct fault *f)
{
	enum status status = ST_OK;
	int fd;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A folder that may be written but not read cannot be synced; the files in it are. */
	if (fd < 0 && errno == EACCES)
		return ST_OK;
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		status = fault_set(f, ST_IO, errno, "%s", dir);
	if (fd >= 0)
		close(fd);
	return status;
}

/* ---- what is it? ---- */

bool
file_is_remote(int fd)
{
	/* f_type of NFS, SMB1, CIFS/SMB2, AFS, Ceph, 9p and Coda: statfs(2). */
	static const unsigned long remote[] = {0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f,
	    0x00c36400, 0x01021997, 0x73757245};
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == remote[i])
			return true;
	return false;
}

const char *
file_kind(int fd)
{
	/* Berkeley DB: magic of btree, hash and queue files at byte 12, in either byte order. */
	static const uint32_t berkeley[] = {0x00053162, 0x00061561, 0x00042253};
	uint32_t word[8] = {0};
	ssize_t n;

	n = pread(fd, word, sizeof(word), 0);
	if (n == 0)
		return "an empty file";
	for (size_t i = 0; i < sizeof(berkeley) / sizeof(berkeley[0]); i++)
		if (word[3] == berkeley[i] || word[3] == __builtin_bswap32(berkeley[i]))
			return "a Berkeley DB file";
	if (word[4] == 0xbeefc0de)	/* the first meta page, after its 16-byte page header */
		return "an LMDB file";
	if (memcmp(word, "SQLite format 3", 15) == 0)
		return "an SQLite file";
	return NULL;
}
