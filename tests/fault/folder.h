/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * folder: a private folder for a test, in memory if possible: nothing here depends on a disk.
 */
#ifndef GSASLDB_TEST_FOLDER_H
#define GSASLDB_TEST_FOLDER_H

#include <stdbool.h>

/* Makes it; it goes when the process ends, also by SIGTERM, SIGINT or SIGHUP. */
void folder_make(const char *name);

/* The path of a file in it; "" is the folder itself.  Static storage. */
const char *folder_file(const char *name);

/* Removes all files but those whose name begins with keep (NULL: none is kept). */
void folder_clear(const char *keep);

/* Is there a file whose name begins so? */
bool folder_has(const char *prefix);

#endif
