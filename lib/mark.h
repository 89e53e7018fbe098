/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark: the record that a GDBM file of ours carries about itself: which generation its contents are, and whether
 * they are whole.  A copy of the file takes it along.  doc/FORMAT.md has the bytes, doc/STORE.md the use.
 */
#ifndef GSASLDB_MARK_H
#define GSASLDB_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "side.h"
#include "status.h"

/* Names the contents of a side.  Random: only equality counts. */
struct generation {
	unsigned char bytes[16];
};

bool generation_same(const struct generation *a, const struct generation *b);

/* One that was never there.  Errors: ST_IO (no randomness). */
enum status generation_new(struct generation *out, struct fault *f);

struct mark {
	bool whole;			/* else a write from before to now has begun and not ended */
	struct generation now, before;
};

#define MARK_BYTES_MAX 1024	/* of the value: lines of a later version may follow ours */

/* A mark as it lies in a file. */
struct mark_record {
	struct mark mark;
	char value[MARK_BYTES_MAX];
	size_t len;			/* 0: the file has none yet */
	off_t at;			/* where value is in the file; -1: not known */
};

/* Is this a key that no user has (its first byte is NUL)?  Listings pass over them, copies and writers keep them. */
bool mark_is_reserved(const char *key, size_t key_len);

/*
 * Reads the mark of a side that was just opened with SIDE_READ.
 * Errors: ST_NOTFOUND (there is none: *out is one to be added by mark_write()); ST_CORRUPT (a mark that cannot be
 * one); those of side_fetch().
 */
enum status mark_read(struct mark_record *out, struct side *side, struct fault *f);

/*
 * Makes mark the mark of the file in fd, in which m was read; lines that we do not know are kept.  One that is there
 * already is overwritten in place, by one pwrite(2), which is not synced; where its place is not known, or there is none, GDBM
 * stores it, which is synced and must not be cut off (a kill may damage the file).
 * Errors: ST_IO, ST_CORRUPT, ST_NOMEM.
 */
enum status mark_write(struct mark_record *m, const struct mark *mark, int fd, const char *path, struct fault *f);

#endif
