/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bare_store FROM TO: the floor of an import.  Reads all records of the GDBM file FROM into memory, puts them
 * in a random order, and stores them in the new file TO, with nothing around gdbm_store().  Prints the seconds
 * that the storing took.
 */
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct pair {
	datum key, value;
};

static void
die(const char *what)
{
	fprintf(stderr, "bare_store: %s: %s\n", what, gdbm_strerror(gdbm_errno));
	exit(1);
}

static struct pair *
read_all(const char *path, size_t *count)
{
	GDBM_FILE from = gdbm_open(path, 0, GDBM_READER | GDBM_NOLOCK | GDBM_NOMMAP, 0, NULL);
	struct pair *pairs = NULL;
	size_t room = 0;
	datum key;

	if (from == NULL)
		die(path);
	*count = 0;
	for (key = gdbm_firstkey(from); key.dptr != NULL; key = gdbm_nextkey(from, key)) {
		if (*count == room) {
			room = room == 0 ? 1024 : 2 * room;
			pairs = reallocarray(pairs, room, sizeof(*pairs));
			if (pairs == NULL)
				die("memory");
		}
		pairs[*count].key = key;
		pairs[*count].value = gdbm_fetch(from, key);
		if (pairs[(*count)++].value.dptr == NULL)
			die(path);
	}
	gdbm_close(from);
	return pairs;
}

static void
shuffle(struct pair *pairs, size_t count)
{
	srandom(1);
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)random() % i;
		struct pair p = pairs[i - 1];

		pairs[i - 1] = pairs[other];
		pairs[other] = p;
	}
}

int
main(int argc, char **argv)
{
	struct timespec begin, end;
	struct pair *pairs;
	size_t count;
	GDBM_FILE to;

	if (argc != 3) {
		fprintf(stderr, "usage: bare_store FROM TO\n");
		return 64;
	}
	pairs = read_all(argv[1], &count);
	shuffle(pairs, count);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	to = gdbm_open(argv[2], 0, GDBM_NEWDB | GDBM_NOMMAP, 0600, NULL);
	if (to == NULL)
		die(argv[2]);
	for (size_t i = 0; i < count; i++)
		if (gdbm_store(to, pairs[i].key, pairs[i].value, GDBM_INSERT) != 0)
			die(argv[2]);
	if (gdbm_sync(to) != 0 || gdbm_close(to) != 0)
		die(argv[2]);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.2f\n", (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	return 0;
}
