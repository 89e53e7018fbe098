/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * story_clock: a clock that goes only when somebody looks at it or sleeps, so that a wait costs nothing.
 *
 * It stands before libc's clocks and sleeps for everything that is linked into the program, is the same for forked
 * processes, and gives files that are written their times.
 */
#ifndef FAULT_STORY_CLOCK_H
#define FAULT_STORY_CLOCK_H

#include <stdint.h>

/* Before anything is forked. */
void clock_begin(void);

/* Nanoseconds; no change of the calendar shows in it. */
int64_t clock_now(void);

void clock_pass(int64_t ns);

/* What the calendar says is changed by so many seconds. */
void clock_turn(int64_t seconds);
void clock_right(void);

/* The file's mtime is now. */
void clock_stamp(int fd);

/* How many files got one. */
unsigned clock_stamps(void);

#endif
