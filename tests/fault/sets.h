/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sets: users whose every version is known, whole sets of them, and what the tools and a reader say of a database.
 *
 * There is an old set, and one for each of the writes that tests/fault/unfinished kills.  What is in them is computed
 * here and not asked of the store.
 */
#ifndef FAULT_SETS_H
#define FAULT_SETS_H

#include <stdbool.h>

#include "store.h"

#define SET_USERS 1500		/* at first, of which an import of all removes some and adds some */
#define SET_REMOVED 50
#define SET_ADDED 100
#define SET_ALL (SET_USERS + SET_ADDED)
#define SET_REALM "unfinished.example.test"
#define SET_VALUE_MAX 300

/* Each user's version: 0 is not there. */
struct set {
	unsigned char versions[SET_ALL];
	bool extra;		/* the user "extra", whom the next change adds */
	char words[200];	/* why it is none: nobody could tell, or there is what never was */
};

enum write { WRITE_ALL, WRITE_SOME, WRITE_ONE, WRITES };

extern struct set old_set, new_sets[WRITES];
void sets_init(void);

/* The secret of a user in that version. */
void set_value(char out[SET_VALUE_MAX], unsigned user, unsigned version);

enum set_kind { SET_OLD, SET_NEW, SET_MIXTURE, SET_NONE };
enum set_kind set_kind(const struct set *s, enum write write);

/* How many are as in the old set, and so on.  Until the next call but one. */
const char *set_words(const struct set *s, enum write write);

/* What a store says that is open; what one says that is opened for it; what gsasldb export says, through the file
 * output. */
void set_read(struct set *out, struct store *s);
void set_read_fresh(struct set *out, const char *db);
void set_read_export(struct set *out, const char *db, const char *output);

/* Does sasldblistusers name the same users? */
bool set_is_listed(const struct set *s, const char *db, const char *output);

/* Runs a tool; its exit code. */
int run_tool(const char *input, const char *output, char *const argv[]);

/* What it said first. */
void first_line(const char *name, char *out, int size);

#define WORD(text) ((char *)(uintptr_t)(text))

#endif
