/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * users: users whose every version is known, and readers that look them up all the time.
 *
 * A user has a version that only grows.  Whoever writes notes in shared memory what it starts and what was
 * acknowledged; a lookup must give a version between what was acknowledged before it and what was started
 * after it.  The version is in the user's CLEARTEXT secret, so that the tools can write it as well.
 */
#ifndef FAULT_USERS_H
#define FAULT_USERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store.h"

#define USERS 200
#define READERS 8
#define REALM "stress.example.test"
#define VALUE_MAX 512

struct shared {
	_Atomic uint32_t started[USERS], acknowledged[USERS];
	_Atomic uint64_t lookups, writes;
	_Atomic uint32_t failures;
	_Atomic int stop;
	unsigned pause_us;	/* of a reader after each lookup; 0: it looks up flat out */
	/* where answers other than a genuine value are counted, not failed */
	_Atomic uint64_t errors, missing;
};

extern struct shared *sh;

/* Makes sh. */
void users_init(void);

/* A failure, from any process; the first are printed. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

void user_name(struct name *out, unsigned user);

/* Is this a version in which the user is not there? */
bool deleted(uint32_t version);

/* The value of a version, whose length varies, so that GDBM moves records about; returns the length. */
size_t make_value(char out[VALUE_MAX], unsigned user, uint32_t version);

/* The version that a record claims; false if its bytes are not what such a record holds. */
bool version_of(const struct record *r, unsigned user, uint32_t *version);

/* One lookup; a wrong answer is a failure. */
void check_lookup(struct store *s, unsigned user);

/* All users in a store that is opened for it. */
void check_all(const char *when);

/* ---- processes ---- */

pid_t start(void (*run)(unsigned), unsigned argument);
void start_readers(pid_t *pid, unsigned count);

/* A reader until sh->stop: one with a store that stays open, and one that opens it for each lookup, like a
 * tool or a new process of a daemon.  Of the first every second one maps the companions. */
void run_reader(unsigned seed);
void run_opener(unsigned seed);

/* Waits for a child and says how it ended; a crash is a failure. */
void reap(pid_t pid, const char *what);

/* Sets sh->stop and reaps. */
void stop_all(const pid_t *pid, unsigned count, const char *what);

#endif
