/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spool: keeps many small items outside of memory.  A temporary file without a name, encrypted with a key that
 * only this process ever has, so that passwords and secrets in it are gone with the process.  Items that fit
 * into a megabyte together make no file at all.
 */
#ifndef GSASLDB_SPOOL_H
#define GSASLDB_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "status.h"

#define SPOOL_ITEM_MAX 1000000	/* bytes */

struct spool;

/* Errors: ST_NOMEM, ST_IO (no randomness, libcrypto). */
enum status spool_open(struct spool **out, struct fault *f);
void spool_close(struct spool *s);

/* Keeps the parts one after the other, at most SPOOL_ITEM_MAX bytes together; *at is where.
 * Errors: ST_IO (no temporary file, full disk), ST_TOOBIG, ST_NOMEM. */
enum status spool_append_parts(struct spool *s, const struct iovec *parts, size_t count, uint64_t *at,
    struct fault *f);

/* The same for one part. */
enum status spool_append(struct spool *s, const void *data, size_t len, uint64_t *at, struct fault *f);

/* An item; *data is the spool's, valid until the next call.  Errors: ST_IO, ST_NOMEM. */
enum status spool_read(struct spool *s, uint64_t at, const char **data, size_t *len, struct fault *f);

#endif
