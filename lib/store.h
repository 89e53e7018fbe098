/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store: the database of records: a GDBM file that no crash and no writer can take away.
 *
 * Three files: PATH (GDBM, what people see), DIR/.BASE.twin (GDBM, the same records, where readers live)
 * and DIR/.BASE.state (which of the two is whole).  doc/STORE.md explains the protocol and why it holds.
 *
 * Readers take no lock and never wait for a writer in the normal case; writers take turns.  A struct store
 * may be used by several threads at once, and survives a fork: the child opens the files again.
 */
#ifndef GSASLDB_STORE_H
#define GSASLDB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "name.h"
#include "record.h"
#include "status.h"

/* ---- reading ---- */

struct store;

/*
 * Opens PATH for reading and keeps it open.  A symbolic link is followed now, and again when it is turned.
 * On success *out is owned by the caller (store_close()).
 * Errors: ST_NODB (no such file), ST_PERM, ST_FOREIGN, ST_CORRUPT, ST_RELOAD, ST_NOMEM, ST_IO.
 */
enum status store_open(struct store **out, const char *path, struct fault *f);
void store_close(struct store *s);

/*
 * From now on the companions may be mapped into memory: a lookup then makes no system call while nothing
 * changes.  The price: whoever truncates one of them (cp over it; our tools only while nobody has it mapped) kills
 * the process.
 */
void store_map(struct store *s);

/*
 * Looks a user up.  On ST_OK *out is filled (record_clear() it); else it is all zeros.
 * Sees every change that was acknowledged before the call, without reopening anything by hand: files that
 * were removed, replaced or restored are followed within a second and a half, and so is a symbolic link.
 * Errors: ST_NOTFOUND, ST_NODB (the file was removed), ST_RELOAD, ST_BUSY, ST_PERM, ST_FOREIGN, ST_CORRUPT,
 * ST_NOMEM, ST_IO.
 */
enum status store_get(struct store *s, const struct name *name, struct record *out, struct fault *f);

/*
 * Calls each for every record of one consistent moment, in no order.  A writer waits meanwhile if it has to.
 * each returns ST_OK to go on; anything else ends the walk and is returned.
 * A record that cannot be read ends it with ST_CORRUPT or ST_FOREIGN: a listing never omits silently.
 * each must not call the store, and must not fork.
 */
typedef enum status store_visitor(void *arg, const struct record *r, struct fault *f);
enum status store_each(struct store *s, store_visitor *each, void *arg, struct fault *f);

/*
 * Is there something that somebody should mend although lookups still work (the database was overwritten
 * with something that is no database; a companion cannot be trusted)?  True: *f has the words.
 */
bool store_trouble(struct store *s, struct fault *f);

/* ---- writing ---- */

struct store_txn;

struct store_write_options {
	bool create;		/* make the database if it is not there */
	const char *group;	/* group of a new database, by name; NULL: none (mode 0600) */
	unsigned wait;		/* seconds to wait for another writer */
};

/*
 * Waits for the turn, mends what an earlier writer left unfinished, and starts a set of changes that is
 * applied as a whole by store_commit().
 * On success *out must go to store_commit() or store_abort().
 * Errors: ST_NODB (not there and !create), ST_BUSY, ST_PERM, ST_FOREIGN, ST_CORRUPT, ST_CANTCREATE, ST_RELOAD,
 * ST_NOMEM, ST_IO.
 */
enum status store_begin(struct store_txn **out, const char *path, const struct store_write_options *options,
    struct fault *f);

/* What the database holds for name, with the changes of this transaction.  As store_get(). */
enum status store_txn_get(struct store_txn *t, const struct name *name, struct record *out, struct fault *f);

/* Calls each for every record that the database holds, with the changes of this transaction; as store_each(),
 * but each may look things up.  It must not change anything. */
enum status store_txn_each(struct store_txn *t, store_visitor *each, void *arg, struct fault *f);

/*
 * Inserts or replaces a record.  r stays the caller's.
 * Errors: ST_TOOBIG; and ST_CORRUPT, ST_NOMEM, ST_IO, after which nothing of this transaction can be committed.
 */
enum status store_txn_put(struct store_txn *t, const struct record *r, struct fault *f);

/* Deletes a record; one that is not there is no error.  Errors: as store_txn_put(), without ST_TOOBIG. */
enum status store_txn_delete(struct store_txn *t, const struct name *name, struct fault *f);

/* Many changes are fastest in ascending order of this number (their order in the file). */
uint32_t store_order(const struct name *name);

/* Makes the database as small as its records are.  Only in a transaction without changes, which may follow.
 * Errors: ST_IO (full disk: there must be room for a copy), ST_CORRUPT, ST_NOMEM. */
enum status store_compact(struct store_txn *t, struct fault *f);

/*
 * Applies the changes, or none of them; frees t in every case.  ST_OK: they are on disk and every lookup
 * from now on sees them.  If f->text is not empty then, the second copy could not be written: a warning;
 * the next writer mends it.
 * Errors: ST_IO (full disk), ST_CORRUPT, ST_NOMEM: the database is as before.
 */
enum status store_commit(struct store_txn *t, struct fault *f);
void store_abort(struct store_txn *t);

/* Things a person should hear of the place of the database (a directory that others may write, a group that does
 * not exist, a network file system, a mount of the file alone); NULL if there is none.  Lives as long as t. */
const char *store_txn_warning(const struct store_txn *t);

/* Was the database made by this transaction? */
bool store_txn_created(const struct store_txn *t);

/* ---- for people who look after the files ---- */

/* How the files are. */
struct store_facts {
	uint64_t size;		/* of the database, bytes */
	char generation[33];	/* the one that counts, hex; "": there is no state */
	bool have_twin;
	bool have_state;
	bool unfinished;	/* a write was cut off: the next one mends it, and logins go on until then */
	bool twin_stale;	/* the twin is not what the last write left: the next one makes it anew */
	bool by_hand;		/* something else than our tools changed the database: the next write makes its twin
				 * anew */
};

/* Errors: ST_NODB, ST_PERM (also a companion that cannot be trusted), ST_FOREIGN, ST_BUSY, ST_RELOAD, ST_NOMEM,
 * ST_IO. */
enum status store_inspect(const char *path, struct store_facts *out, struct fault *f);

/* What can be made of the files: for who must say which command saves what. */
struct store_prospects {
	bool have_database, have_twin;	/* there is such a file, and it may be used, if only once it has one name */
	bool database_good, twin_good;	/* it is a database, and every record of it is good */
	uint64_t database_users, twin_users;	/* whom a look at it met */
	bool twin_whole;		/* its mark says so */
	bool clean;			/* by state and marks nothing is to be mended */
	bool mends;			/* the next change, or a repair, makes both whole and alike, and every record good */
	bool twin_strange, state_strange;	/* one of root's beside a database that is not root's, and none of ours: no
				 * change touches it */
};

/*
 * Looks at every record of both sides.  ST_OK also where there is no database.
 * Errors: ST_NODB (no folder, or a symbolic link to nowhere), ST_FOREIGN (links that form a loop), ST_PERM, ST_BUSY,
 * ST_RELOAD, ST_NOMEM, ST_IO.
 */
enum status store_look_ahead(const char *path, struct store_prospects *out, struct fault *f);

enum store_from {
	STORE_FROM_WHOLE,	/* the side that is whole and counts */
	STORE_FROM_TWIN,
	STORE_FROM_DATABASE
};

enum store_repaired {
	STORE_REPAIRED_NOTHING,	/* both sides are whole and alike */
	STORE_REPAIRED_DATABASE,	/* is a copy of the twin now */
	STORE_REPAIRED_TWIN	/* is a copy of the database now */
};

/*
 * Makes both sides whole and alike: what the next change would do first, and where that refuses, what a person says
 * (from).  *why: a few words of what was found; static storage.  Nothing is overwritten by a side that is not a database with
 * good records.
 * Errors: those of store_begin(); ST_CORRUPT, ST_FOREIGN: refused, nothing was changed.
 */
enum status store_repair(const char *path, const struct store_write_options *options, enum store_from from,
    enum store_repaired *out, const char **why, struct fault *f);

#endif
