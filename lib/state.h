/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state: the file DIR/.BASE.state, which says how far the last write came.  What follows from it is verdict.h.
 */
#ifndef GSASLDB_STATE_H
#define GSASLDB_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "files.h"
#include "mark.h"
#include "status.h"

enum phase {
	PHASE_CLEAN,		/* both sides hold the same records */
	PHASE_LEFT_DIRTY,	/* the left is being written, the right is whole */
	PHASE_RIGHT_DIRTY	/* committed: the left is whole, the right is being written */
};

/* The bytes of the file, in the machine's byte order (like GDBM's own). */
struct state {
	char magic[8];
	uint32_t version;
	uint32_t phase;			/* enum phase */
	struct generation from, to;	/* of the last write */
	struct ident left, right;	/* before it (left dirty), after it (clean); not in PHASE_RIGHT_DIRTY */
	uint32_t unused;
	uint32_t check;			/* CRC-32 of all bytes before */
};

/* A state without identities. */
void state_init(struct state *s, enum phase phase, const struct generation *from, const struct generation *to);

/* The generation that counts: that of the last write if it was committed. */
const struct generation *state_current(const struct state *s);

/* Errors: ST_CORRUPT (not a state, or torn by a writer just now), ST_IO. */
enum status state_read(struct state *out, int fd);

/*
 * A window on the state in fd: looking through it costs no system call, but whoever truncates the file kills the
 * process that looks.  NULL if there can be none.
 */
const struct state *state_map(int fd);
void state_unmap(const struct state *window);

/* Are the bytes still those of seen?  Cheaper than reading and checking, and cheaper still with a window (else
 * NULL); false may also mean an error. */
bool state_unchanged(const struct state *seen, int fd, const struct state *window);

/* Writes it (and its check) in one call; sync: and waits until it is on disk.  Errors: ST_IO. */
enum status state_write(struct state *s, int fd, bool sync, const char *path, struct fault *f);

#endif
