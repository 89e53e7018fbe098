/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * promise: what must be so of the database (path) after a power cut: it opens and holds what it may hold, the next
 * write works, and what a listing gives after it is what was there before and that one change, on both sides.
 */
#ifndef FAULT_PROMISE_H
#define FAULT_PROMISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

#define PROMISE_REALM "cut.example.test"
#define USERS_MAX 1400		/* the last is the one that the next write adds */

/* Who is there, of user0, user1, ...: a hash of each one's record; 0: is not there. */
struct set {
	uint64_t users[USERS_MAX];
};

/* So many are looked up from now on. */
void promise_users(unsigned count);

/* Looks everybody up; without a database nobody is there.  False: *f says why not. */
bool set_get(struct set *out, struct fault *f);

/* Are the users one of the sets that may be there, and what else must be so?  It writes.  NULL: yes; else what is
 * wrong, until the next call. */
const char *promise_check(const struct set *const *allowed, unsigned allowed_count);

uint64_t hash_bytes(uint64_t seed, const void *data, size_t len);

#endif
