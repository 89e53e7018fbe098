/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state: the file DIR/.BASE.state, which says which of the two GDBM files is whole, and the one table that
 * decides from it what to read and what to mend.  doc/STORE.md explains it.
 */
#ifndef GSASLDB_STATE_H
#define GSASLDB_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "files.h"
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
	uint64_t generation;		/* grows whenever the bytes of a side that readers may hold have changed */
	struct ident left, right;	/* after the last complete write; not in PHASE_RIGHT_DIRTY */
	uint32_t unused;
	uint32_t check;			/* CRC-32 of all bytes before */
};

/* A state of phase and generation without identities. */
void state_init(struct state *s, enum phase phase, uint64_t generation);

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

enum source {
	SOURCE_RIGHT,		/* read the right, no lock */
	SOURCE_LEFT,		/* read the left, no lock: no writer touches it in this phase */
	SOURCE_LEFT_ALONE	/* only the left counts, and only a lock says whether it is whole */
};

enum repair {
	REPAIR_NONE,
	REPAIR_LEFT,		/* copy the right over the left */
	REPAIR_RIGHT		/* copy the left over the right, after a look at every record: somebody else may
				 * have been at it */
};

struct verdict {
	enum source source;
	enum repair repair;
	bool right_good;	/* the right is whole, though perhaps not the newest */
};

/*
 * What counts.  s: NULL if there is no readable state.  left: the left's identity now.
 * right: the right's, NULL if there is none.
 */
struct verdict state_decide(const struct state *s, const struct ident *left, const struct ident *right);

#endif
