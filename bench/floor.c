/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * floor: what cannot be undercut.
 *
 *   floor fetch PATH USERS COUNT     gdbm_fetch() of random users from a kept handle, mapped, and not mapped;
 *                                    mdb_get() from an LMDB with the same records, if it was built with liblmdb
 *                                    and what opening, fetching one and closing takes
 *   floor store PATH COUNT           what a durable write costs at least: gdbm_store() and a sync of the file, and
 *                                    a sync of another small one
 *
 * Prints "NAME MICROSECONDS" lines, the median of one.
 */
#include <config.h>

#include <fcntl.h>
#include <gdbm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_LMDB
#include <lmdb.h>
#endif

#include "timing.h"

#define BATCH 100	/* fetches that are timed together: one is too short for the clock */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
print_median(const char *name, double *samples, unsigned count)
{
	qsort(samples, count, sizeof(*samples), by_size);
	printf("%s %.2f\n", name, samples[count / 2]);
}

static int
make_key(char key[64], unsigned user)
{
	return snprintf(key, 64, "user%u%cexample.test", user, '\0');
}

static void
fetch_gdbm(const char *name, const char *path, unsigned users, unsigned count, int flags)
{
	GDBM_FILE db = gdbm_open(path, 0, GDBM_READER | GDBM_NOLOCK | flags, 0, NULL);
	double *samples = calloc(count / BATCH, sizeof(*samples)), begin;
	unsigned seed = 1;
	char key[64];

	if (db == NULL || samples == NULL)
		die(path, gdbm_strerror(gdbm_errno));
	for (unsigned i = 0; i < count / BATCH; i++) {
		begin = now_us();
		for (unsigned j = 0; j < BATCH; j++) {
			datum k = {.dptr = key, .dsize = make_key(key, (unsigned)rand_r(&seed) % users)};
			datum v = gdbm_fetch(db, k);

			if (v.dptr == NULL)
				die(path, gdbm_strerror(gdbm_errno));
			free(v.dptr);
		}
		samples[i] = (now_us() - begin) / BATCH;
	}
	print_median(name, samples, count / BATCH);
	gdbm_close(db);
	free(samples);
}

/* What a reader has to do after each write, at least. */
static void
reopen_gdbm(const char *path, unsigned users)
{
	static double samples[1000];
	unsigned seed = 1;
	char key[64];

	for (unsigned i = 0; i < 1000; i++) {
		double begin = now_us();
		GDBM_FILE db = gdbm_open(path, 0, GDBM_READER | GDBM_NOLOCK | GDBM_NOMMAP, 0, NULL);
		datum k = {.dptr = key, .dsize = make_key(key, (unsigned)rand_r(&seed) % users)}, v;

		if (db == NULL)
			die(path, gdbm_strerror(gdbm_errno));
		v = gdbm_fetch(db, k);
		free(v.dptr);
		gdbm_close(db);
		samples[i] = now_us() - begin;
	}
	print_median("gdbm-reopened", samples, 1000);
}

#ifdef HAVE_LMDB
static void
try_lmdb(int code)
{
	if (code != 0)
		die("LMDB", mdb_strerror(code));
}

/* A copy of the GDBM file in an LMDB without a name. */
static void
fill_lmdb(MDB_env *env, MDB_dbi *dbi, const char *path)
{
	GDBM_FILE db = gdbm_open(path, 0, GDBM_READER | GDBM_NOLOCK, 0, NULL);
	MDB_txn *txn;
	datum key, next;

	if (db == NULL)
		die(path, gdbm_strerror(gdbm_errno));
	try_lmdb(mdb_txn_begin(env, NULL, 0, &txn));
	try_lmdb(mdb_dbi_open(txn, NULL, 0, dbi));
	for (key = gdbm_firstkey(db); key.dptr != NULL; key = next) {
		datum value = gdbm_fetch(db, key);
		MDB_val k = {(size_t)key.dsize, key.dptr}, v = {(size_t)value.dsize, value.dptr};

		try_lmdb(mdb_put(txn, *dbi, &k, &v, 0));
		next = gdbm_nextkey(db, key);
		free(key.dptr);
		free(value.dptr);
	}
	try_lmdb(mdb_txn_commit(txn));
	gdbm_close(db);
}

static void
fetch_lmdb(const char *path, unsigned users, unsigned count)
{
	double *samples = calloc(count / BATCH, sizeof(*samples)), begin;
	char copy[512], lock[520], key[64];
	unsigned seed = 1;
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn;

	snprintf(copy, sizeof(copy), "%s.lmdb", path);
	snprintf(lock, sizeof(lock), "%s-lock", copy);
	try_lmdb(mdb_env_create(&env));
	try_lmdb(mdb_env_set_mapsize(env, (size_t)4 << 30));
	try_lmdb(mdb_env_open(env, copy, MDB_NOSUBDIR | MDB_NOSYNC, 0600));
	fill_lmdb(env, &dbi, path);
	try_lmdb(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
	for (unsigned i = 0; i < count / BATCH; i++) {
		begin = now_us();
		for (unsigned j = 0; j < BATCH; j++) {
			MDB_val k = {(size_t)make_key(key, (unsigned)rand_r(&seed) % users), key}, v;

			/* each lookup in a transaction of its own, as a login would */
			mdb_txn_reset(txn);
			try_lmdb(mdb_txn_renew(txn));
			try_lmdb(mdb_get(txn, dbi, &k, &v));
		}
		samples[i] = (now_us() - begin) / BATCH;
	}
	print_median("lmdb", samples, count / BATCH);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	unlink(copy);
	unlink(lock);
	free(samples);
}
#endif

static void
store(const char *path, unsigned count)
{
	GDBM_FILE db = gdbm_open(path, 0, GDBM_WRITER | GDBM_NOMMAP, 0, NULL);
	double *samples = calloc(count, sizeof(*samples)), begin;
	char key[64], value[560], other[512];
	int fd;

	snprintf(other, sizeof(other), "%s.word", path);
	fd = open(other, O_RDWR | O_CREAT, 0600);
	if (db == NULL || samples == NULL || fd < 0)
		die(path, "cannot be opened");
	memset(value, 'x', sizeof(value));
	for (unsigned i = 0; i < count; i++) {
		datum k = {.dptr = key, .dsize = make_key(key, 90000000 + i)};

		begin = now_us();
		if (gdbm_store(db, k, (datum){value, sizeof(value)}, GDBM_INSERT) != 0 || gdbm_sync(db) != 0 ||
		    pwrite(fd, value, 80, 0) != 80 || fdatasync(fd) != 0)
			die(path, gdbm_strerror(gdbm_errno));
		samples[i] = now_us() - begin;
	}
	print_median("store", samples, count);
	gdbm_close(db);
	close(fd);
	unlink(other);
	free(samples);
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "fetch") == 0) {
		unsigned users = (unsigned)atoi(argv[3]), count = (unsigned)atoi(argv[4]);

		fetch_gdbm("gdbm", argv[2], users, count, 0);
		fetch_gdbm("gdbm-unmapped", argv[2], users, count, GDBM_NOMMAP);
		reopen_gdbm(argv[2], users);
#ifdef HAVE_LMDB
		fetch_lmdb(argv[2], users, count);
#endif
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "store") == 0) {
		store(argv[2], (unsigned)atoi(argv[3]));
		return 0;
	}
	fprintf(stderr, "usage: see the top of bench/floor.c\n");
	return 64;
}
