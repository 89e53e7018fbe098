/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorder: runs programs and keeps, in order, every change that they make to the files of one folder and every
 * sync of a file or of the folder.
 */
#ifndef FAULT_RECORDER_H
#define FAULT_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bytes {
	unsigned char *data;
	size_t len, room;
};

void bytes_set(struct bytes *b, const void *data, size_t len);
void bytes_write(struct bytes *b, size_t at, const void *data, size_t len);
void bytes_resize(struct bytes *b, size_t len);	/* a longer one gets zeros */

enum event_kind {
	EVENT_BYTES,		/* were written */
	EVENT_SIZE,		/* was set */
	EVENT_NAMES,		/* of the folder: one call's changes, all or none of them */
	EVENT_SYNC,
	EVENT_DATASYNC,
	EVENT_FOLDER_SYNC
};

#define FILES_MAX 16
#define NAMES_MAX 16
#define NO_FILE (-1)

struct event {
	enum event_kind kind;
	unsigned file;		/* which: not of EVENT_NAMES and EVENT_FOLDER_SYNC */
	size_t at;		/* EVENT_BYTES: where; EVENT_SIZE: how long it is now */
	struct bytes bytes;
	int64_t mtime;		/* of the file after it, ns */
	struct name_change {
		unsigned name;
		int file;	/* or NO_FILE */
	} names[2];		/* a rename changes two */
	unsigned name_count;
};

struct recording {
	const char *folder;
	struct event *events;
	size_t count;
	struct recorded_file {
		ino_t inode;	/* 0: it is gone */
		struct bytes now;
	} files[FILES_MAX];
	unsigned file_count;
	struct recorded_name {
		char text[256];
		int file;	/* that it names now, or NO_FILE */
	} names[NAMES_MAX];
	unsigned name_count;
};

/* Of a folder that is still empty. */
void recording_start(struct recording *r, const char *folder);
void recording_free(struct recording *r);

/*
 * Runs argv and adds what it does; kill_after: kills it after so many changes and syncs (0: does not).
 * Returns its exit code, or -1 if it was killed.  Gives up if the files are not what the recording says.
 */
int record_run(struct recording *r, char *const argv[], const char *input, const char *output,
    unsigned kill_after);

#endif
