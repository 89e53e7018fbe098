/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_support: a database in a folder of its own for each test, and what the tests do with it.  The user is at
 * example.test, his value is the property "v".
 */
#ifndef GSASLDB_TEST_STORE_SUPPORT_H
#define GSASLDB_TEST_STORE_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "state.h"
#include "store.h"

extern char folder[64], path[96], right_path[96], state_path[96];

/* For cmocka: make the folder, and remove it. */
int setup(void **unused);
int teardown(void **unused);

struct name named(const char *user);

/* One write each. */
enum status put(const char *user, const char *value);
enum status delete(const char *user);

/* The store, opened; it must open. */
struct store *opened(void);

/* What the store answers for user: his value, or the status in words.  Static storage. */
const char *get(struct store *s, const char *user);
const char *get_fresh(const char *user);

/* Does the store come to answer so, within the time that a change by hand may take to be followed? */
bool gives_within(struct store *s, const char *user, const char *expected, int ms);

/* How opening and beginning go. */
enum status open_status(struct fault *f);
enum status begin_status(bool create, struct fault *f);

/* A transaction, and changes in it. */
struct store_txn *begun(void);
enum status txn_put(struct store_txn *t, const char *user, const char *value);
enum status txn_delete(struct store_txn *t, const char *user);

/* Other hands: a file's new contents, a shell command in the folder, the phase in the state. */
void overwrite(const char *file, const char *bytes, size_t len);
void in_folder(const char *command);
void set_phase(enum phase phase);

mode_t mode_of(const char *file);

#endif
