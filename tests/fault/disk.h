/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk: what may be on a disk after a power cut, from a recording and how far it had come.
 *
 * What was written to a file before its last sync is there.  Of what was written since, anything may be there or
 * not, down to single sectors; its length and its time may each be of before or of now, whatever the bytes
 * are (bytes that a length covers and that were never written are zeros).  What was done to the names in the
 * folder since its last sync may likewise each be there or not, and says nothing of the files.
 */
#ifndef FAULT_DISK_H
#define FAULT_DISK_H

#include "recorder.h"

/* Events that may or may not be on disk. */
struct pending {
	size_t *event;
	size_t count, room;
};

struct disk {
	const struct recording *r;
	struct {
		struct bytes bytes;	/* surely there */
		int64_t mtime, mtime_now;
		struct pending pending;
	} files[FILES_MAX];
	int names[NAMES_MAX];		/* surely there */
	struct pending names_pending;
};

void disk_start(struct disk *d, const struct recording *r);
void disk_free(struct disk *d);

/* The next event has happened. */
void disk_advance(struct disk *d, size_t event);

/* ---- choices ---- */

/* An object is a file, or the folder's names. */
#define OBJECTS (FILES_MAX + 1)
#define OBJECT_NAMES FILES_MAX

enum pick {
	PICK_MASK,	/* of the pending events those whose bit is set in n */
	PICK_FIRST,	/* n of them */
	PICK_WITHOUT,	/* all but the n-th */
	PICK_ONLY,	/* the n-th */
	PICK_SOME,	/* at random: n is the seed */
	PICK_HEAD,	/* the first n, and of the next its first m sectors */
	PICK_TAIL,	/* the first n, and of the next all but its first m sectors */
	PICK_SECTORS	/* each sector as it was after a random number of them: n is the seed */
};

enum length { LENGTH_FITS, LENGTH_OLD, LENGTH_NEW };

struct choice {
	enum pick pick;
	uint64_t n, m;
	enum length length;
	bool old_time;
};

extern const struct choice choice_none, choice_all;

struct choices {
	struct choice *list;
	size_t count, room;
};

/* Every subset where there are few pending events; else none, all, each prefix, each alone, each missing, some
 * at random; and the last one torn.  Appended to *out. */
void disk_choices(const struct disk *d, unsigned object, struct choices *out);

const char *choice_text(const struct choice *c, char out[64]);

/* ---- one state ---- */

struct state_on_disk {
	int names[NAMES_MAX];
	struct bytes files[FILES_MAX];	/* of those that have a name */
	int64_t mtimes[FILES_MAX];
};

/* Fills *out (whose buffers are used again) with what the choices give, one for each object. */
void disk_build(const struct disk *d, const struct choice choices[OBJECTS], struct state_on_disk *out);

#endif
