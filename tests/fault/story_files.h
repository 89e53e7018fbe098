/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * story_files: the three files of the database of a story, and what people do to them.
 */
#ifndef FAULT_STORY_FILES_H
#define FAULT_STORY_FILES_H

#include <stdbool.h>

#include "story_model.h"

enum file { FILE_LEFT, FILE_TWIN, FILE_STATE, FILES };

struct place {
	char root[300];
	char folder[310];		/* of the database */
	char files[FILES][330];
	char backup[FILES][330];	/* copies of them that were made before the story */
	char jail[310];			/* an empty folder */
};
extern struct place place;

/* Makes the folders in root. */
void place_begin(const char *root);

/* Removes all files; copies the three to the backup. */
void place_clear(void);
void place_back_up(void);

/* All of them are false where there is nothing to do it to. */
bool file_remove(enum file file);
bool file_touch(enum file file);
bool file_chmod(enum file file);

enum copy {
	COPY_NEW,	/* cp: the mtime is now */
	COPY_KEEP,	/* cp -p, -a: the mtime is the old one */
	COPY_LINK	/* another name of the same file */
};

/* The left: from the backup, in place; the same by rename; half of it, and the other half. */
bool left_copy(enum copy copy);
bool left_rename(void);
bool left_half(void);
bool left_rest(void);
bool left_garbage(void);
bool left_empty(void);
/* One record, with GDBM alone. */
bool left_edit(struct change change);

/* All three from the backup, in place. */
bool files_restore(enum copy copy);

/* The folder is copied, the copy is given its name, and the old one is removed. */
bool folder_replace(enum copy copy);
/* Each file is removed and made anew with the old contents and mtime. */
bool folder_unpack(void);

/* What is in a side, read with GDBM alone?  False: it is no database, or a record is not whole. */
bool side_dump(enum file side, struct content *out);

/* The records' values, and what version a value is; -1: what no story writes. */
struct record;
bool record_of(struct record *out, enum user user, int version);
int record_version(const struct record *r, enum user user);
struct name;
void name_of(struct name *out, enum user user);

#endif
