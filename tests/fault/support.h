/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * support: what the programs in tests/fault share: TAP, a folder of their own, and an end that leaves neither
 * files nor processes behind.
 */
#ifndef FAULT_SUPPORT_H
#define FAULT_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

/* The folder: in TMPDIR, or /tmp; and the database in it. */
extern char folder[256], path[300];

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

int64_t now_us(void);
void sleep_us(int64_t us);

/* A number that looks random and is always the same for x. */
uint64_t mix(uint64_t x);

#endif
