/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files: the three files of a database as the file system sees them: where they are, whether they can be
 * trusted, who may read them, how they are locked and copied.  Knows nothing of GDBM or of records.
 */
#ifndef GSASLDB_FILES_H
#define GSASLDB_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "status.h"

struct paths {
	char *left;	/* the database, symbolic links resolved */
	char *right;	/* DIR/.BASE.twin */
	char *state;	/* DIR/.BASE.state */
	char *dir;
};

/* What tells whether a file is still as our last complete write left it. */
struct ident {
	uint64_t ino;
	uint64_t size;
	int64_t mtime_ns;
};

/*
 * Resolves path; the file itself may be missing, its folder may not.
 * Errors: ST_NODB (no such folder, dangling link), ST_PERM, ST_FOREIGN (a loop of links), ST_NOMEM,
 * ST_IO.
 */
enum status paths_resolve(struct paths *out, const char *path, struct fault *f);
void paths_free(struct paths *p);

void ident_of(struct ident *out, const struct stat *st);
bool ident_same(const struct ident *a, const struct ident *b);

/* Are the two the same file (device and inode)? */
bool same_file(const struct stat *a, const struct stat *b);

/*
 * Opens a regular file, never following a link, close-on-exec.  flags: O_RDONLY or O_RDWR.
 * left: for a companion, the stat of the database: the companion must have one link and belong to the
 *   left's owner or to root, else it is not ours and is refused (ST_PERM).  NULL for the database itself.
 * st: filled in on success.
 * Errors: ST_NODB (not there), ST_PERM, ST_FOREIGN (not a regular file), ST_RELOAD (the database is mounted by
 *   itself, and was removed where it comes from), ST_IO.
 */
enum status file_open(int *out, const char *path, int flags, const struct stat *left, struct stat *st,
    struct fault *f);

/* Makes a new empty file, mode 0600.  Errors: ST_EXISTS, ST_CANTCREATE, ST_IO. */
enum status file_create(int *out, const char *path, struct fault *f);

/*
 * flock(2), LOCK_SH or LOCK_EX, waiting at most wait_ms milliseconds.
 * Errors: ST_BUSY, ST_IO.
 */
enum status file_lock(int fd, int operation, unsigned wait_ms, const char *path, struct fault *f);
void file_unlock(int fd);

/*
 * Makes the contents of to those of from, in place, and syncs them.  The first block is emptied before and written
 * last, so that a copy which was cut off has no GDBM header.  Errors: ST_IO, ST_NOMEM.
 */
enum status file_copy(int from, int to, const char *to_path, struct fault *f);

/* Is fd the target of such a copy that was cut off? */
bool file_copy_was_cut(int fd);

/*
 * Gives to the owner, group, mode and ACL of from, tightening before loosening; leaves alone what this
 * process may not change.
 */
void file_copy_access(int from, int to);

/* Takes from to, at once, every right that its owner alone does not need. */
void file_make_private(int fd);

/* Syncs the folder, so that a name in it is on disk. */
enum status dir_sync(const char *dir, struct fault *f);

/* Is the file on a network file system, where flock and mtime promise too little? */
bool file_is_remote(int fd);

/* Is the file itself a mount point?  Then its companions on the other side of the mount are others. */
bool file_is_mounted(int fd);

/* Names a foreign file by its first bytes ("a Berkeley DB file"), or NULL. */
const char *file_kind(int fd);

#endif
