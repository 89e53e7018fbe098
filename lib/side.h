/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * side: one GDBM file, opened on a descriptor that the caller keeps.
 *
 * GDBM is told to take no lock (the store locks), to map nothing unless asked to (a mapped file that somebody
 * truncates kills the process) and never to call a fatal-error function (it would exit).
 */
#ifndef GSASLDB_SIDE_H
#define GSASLDB_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "status.h"

struct side;
enum side_use { SIDE_READ, SIDE_READ_MAPPED, SIDE_WRITE };

/*
 * Opens the database in fd, which stays the caller's.  path is for messages and must live as long.
 * Errors: ST_FOREIGN (no GDBM file; *f names what it is), ST_CORRUPT, ST_NOMEM, ST_IO.
 */
enum status side_open(struct side **out, int fd, enum side_use use, const char *path, struct fault *f);
void side_close(struct side *s);

/* Makes an empty file (fd, 0 bytes) an empty database, on disk; on error it is empty again.
 * Errors: ST_IO, ST_NOMEM. */
enum status side_create(int fd, const char *path, struct fault *f);

/* The value of key (malloc; the caller wipes and frees).
 * Errors: ST_NOTFOUND, ST_CORRUPT, ST_NOMEM, ST_IO. */
enum status side_fetch(struct side *s, const char *key, size_t key_len, char **value, size_t *len,
    struct fault *f);

/* The same of a side that was just opened with SIDE_READ; *at: where the value is in the file, or -1. */
enum status side_fetch_at(struct side *s, const char *key, size_t key_len, char **value, size_t *len, off_t *at,
    struct fault *f);

/* What side_open() was told. */
const char *side_path(const struct side *s);

/* Inserts or replaces; the old value is overwritten with zeros first.  *existed (may be NULL): there was one.
 * Errors: ST_CORRUPT, ST_NOMEM, ST_IO. */
enum status side_store(struct side *s, const char *key, size_t key_len, const char *value, size_t len,
    bool *existed, struct fault *f);

/* Deletes, after overwriting with zeros; a key that is not there is no error. */
enum status side_delete(struct side *s, const char *key, size_t key_len, bool *existed, struct fault *f);

/* Writes everything to disk and closes (also on error).  Errors: ST_IO, ST_CORRUPT. */
enum status side_finish(struct side *s, struct fault *f);

/* Where in the file a key belongs: keys of ascending numbers lie one after the other. */
uint32_t side_order(const char *key, size_t key_len);

/*
 * Calls each for every key and value, in no order; value is wiped afterwards.  Anything but ST_OK ends the
 * walk and is returned.  A walk that does not meet exactly side_count() records is ST_CORRUPT.
 * Errors besides: as side_fetch().
 */
typedef enum status side_visitor(void *arg, const char *key, size_t key_len, const char *value, size_t len,
    struct fault *f);
enum status side_each(struct side *s, side_visitor *each, void *arg, struct fault *f);

/* How many records.  Errors: as side_fetch(). */
enum status side_count(struct side *s, uint64_t *out, struct fault *f);

#endif
