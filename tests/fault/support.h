/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * support: what the programs in tests/fault share: TAP, a folder of their own, and an end that leaves neither
 * files nor processes behind.
 */
#ifndef FAULT_SUPPORT_H
#define FAULT_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

/* The folder: in TMPDIR, else in memory, else in /tmp; and the database in it. */
extern char folder[256], path[300];

/* The path of a file in it; "" is the folder itself.  Until the next call. */
const char *folder_file(const char *name);

/* Removes all files but those whose name begins with keep (NULL: none is kept). */
void folder_clear(const char *keep);

/* Is there a file whose name begins so? */
bool folder_has(const char *prefix);

/*
 * Runs test in a process of its own, with a folder.  When it has ended, or we are told to end, its processes
 * are killed and the folder is removed.  Returns the exit code.
 */
int support_run(const char *name, void (*test)(void));

/* One line of TAP. */
void result(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives up. */
void bail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* BUILDDIR/name: a program that was built; until the next call. */
char *built(const char *name);

/* How many descriptors are open, and what it takes to count them. */
int count_descriptors(void);

int64_t now_us(void);
void sleep_us(int64_t us);

/* A number that looks random and is always the same for x. */
uint64_t mix(uint64_t x);

#endif
