/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The spool: every item comes back, and nobody else can read one.
 */
#include <config.h>

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "spool.h"
#include "wrap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char folder[64];

static int
setup(void **unused)
{
	(void)unused;
	strcpy(folder, "/tmp/test_spool.XXXXXX");
	return mkdtemp(folder) != NULL ? setenv("TMPDIR", folder, 1) : -1;
}

/* It is empty: no spool ever leaves anything. */
static int
teardown(void **unused)
{
	(void)unused;
	return rmdir(folder);
}

/* The descriptor of the spool's file: the one that has no name any more; -1: there is none. */
static int
find_file(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *entry;
	int found = -1;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		char target[256];
		ssize_t n = readlinkat(dirfd(d), entry->d_name, target, sizeof target - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strncmp(target, folder, strlen(folder)) == 0)
			found = atoi(entry->d_name);
	}
	closedir(d);
	return found;
}

/* Item i: bytes that can be told from those of every other, and so many. */
static size_t
make_item(char *out, size_t i)
{
	static const size_t lengths[] = {0, 1, 11, 12, 13, 27, 28, 29, 300, 1019, 1020, 1021, 4096, 70000, 5};
	size_t len = lengths[i % COUNT(lengths)];

	for (size_t n = 0; n < len; n++)
		out[n] = "Geheimnis "[n % 10];
	if (len >= sizeof i)
		memcpy(out + len - sizeof i, &i, sizeof i);
	return len;
}

static char item[SPOOL_ITEM_MAX + 1];

static void
append(struct spool *s, size_t i, uint64_t *at)
{
	assert_int_equal(spool_append(s, item, make_item(item, i), at, NULL), ST_OK);
}

static void
check(struct spool *s, size_t i, uint64_t at)
{
	size_t len, expected = make_item(item, i);
	const char *data;

	assert_int_equal(spool_read(s, at, &data, &len, NULL), ST_OK);
	assert_int_equal(len, expected);
	assert_memory_equal(data, item, len);
}

static void
stays_in_memory(void **unused)
{
	struct spool *s;
	uint64_t at[100];

	(void)unused;
	assert_int_equal(spool_open(&s, NULL), ST_OK);
	for (size_t i = 0; i < COUNT(at); i++)
		append(s, i, &at[i]);
	assert_int_equal(find_file(), -1);
	for (size_t i = COUNT(at); i-- > 0;)
		check(s, i, at[i]);
	spool_close(s);
	spool_close(NULL);
}

static void
goes_to_a_file(void **unused)
{
	enum { MANY = 3000 };	/* some 15 MB */
	uint64_t *at = calloc(MANY, sizeof(*at));
	struct spool *s;
	struct stat st;
	char *bytes;
	int fd;

	(void)unused;
	assert_non_null(at);
	assert_int_equal(spool_open(&s, NULL), ST_OK);
	for (size_t i = 0; i < MANY; i++) {
		append(s, i, &at[i]);
		check(s, i, at[i]);
		check(s, i / 2, at[i / 2]);
		assert_true(i == 0 || at[i] > at[i - 1]);
	}
	fd = find_file();
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size > 10000000);
	bytes = malloc((size_t)st.st_size);
	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, (size_t)st.st_size, 0), st.st_size);
	assert_null(memmem(bytes, (size_t)st.st_size, "Geheim", 6));
	/* nor is one block written like another, although most items are the same */
	assert_memory_not_equal(bytes, bytes + 1048576, 4096);
	free(bytes);
	srandom(1);
	for (size_t i = 0; i < MANY; i++) {
		size_t any = (size_t)random() % MANY;

		check(s, any, at[any]);
	}
	for (size_t i = 0; i < MANY; i++)
		check(s, i, at[i]);
	spool_close(s);
	assert_int_equal(find_file(), -1);
	free(at);
}

static void
takes_the_longest(void **unused)
{
	uint64_t at[4], other;
	struct spool *s;
	struct fault f;

	(void)unused;
	assert_int_equal(spool_open(&s, NULL), ST_OK);
	for (size_t i = 0; i < COUNT(at); i++) {
		const char *data;
		size_t len;

		memset(item, (int)('a' + i), SPOOL_ITEM_MAX);
		assert_int_equal(spool_append(s, item, SPOOL_ITEM_MAX, &at[i], NULL), ST_OK);
		assert_int_equal(spool_append(s, item, SPOOL_ITEM_MAX + 1, &other, &f), ST_TOOBIG);
		for (size_t back = 0; back <= i; back++) {
			assert_int_equal(spool_read(s, at[back], &data, &len, NULL), ST_OK);
			assert_int_equal(len, SPOOL_ITEM_MAX);
			assert_int_equal(data[0], 'a' + back);
			assert_int_equal(data[len - 1], 'a' + back);
		}
	}
	spool_close(s);
}

/* Appends until something fails. */
static enum status
fill(struct fault *f)
{
	struct spool *s;
	uint64_t at;
	enum status st = spool_open(&s, f);

	memset(item, 'x', 100000);
	for (int i = 0; i < 30 && st == ST_OK; i++)
		st = spool_append(s, item, 100000, &at, f);
	spool_close(s);
	return st;
}

static void
names_the_place(void **unused)
{
	struct rlimit old, none = {0, 0};
	struct fault f;

	(void)unused;
	assert_int_equal(fill(&f), ST_OK);
	assert_int_equal(setenv("TMPDIR", "/tmp/no such/folder", 1), 0);
	assert_int_equal(fill(&f), ST_IO);
	assert_string_equal(f.text, "/tmp/no such/folder: no temporary file can be made (TMPDIR chooses another "
	    "place): No such file or directory");
	assert_int_equal(setenv("TMPDIR", "", 1), 0);
	assert_int_equal(fill(&f), ST_OK);
	assert_int_equal(unsetenv("TMPDIR"), 0);
	assert_int_equal(fill(&f), ST_OK);
	assert_int_equal(setenv("TMPDIR", folder, 1), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(fill(&f), ST_IO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_string_equal(f.text, "temporary file: cannot be written (TMPDIR chooses another place): File too large");
}

/* Somebody who may write the file (nobody can) makes no wrong memory of it. */
static void
notices_a_cut_file(void **unused)
{
	uint64_t at[40];
	struct spool *s;
	struct fault f;
	const char *data;
	size_t len;

	(void)unused;
	assert_int_equal(spool_open(&s, NULL), ST_OK);
	memset(item, 'x', 100000);
	for (size_t i = 0; i < COUNT(at); i++)
		assert_int_equal(spool_append(s, item, 100000, &at[i], NULL), ST_OK);
	assert_int_equal(ftruncate(find_file(), 150000), 0);
	assert_int_equal(spool_read(s, at[0], &data, &len, NULL), ST_OK);
	assert_int_equal(spool_read(s, at[1], &data, &len, &f), ST_IO);
	assert_string_equal(f.text, "temporary file: cannot be read");
	assert_int_equal(spool_read(s, at[39], &data, &len, NULL), ST_OK);
	assert_int_equal(ftruncate(find_file(), 4000000), 0);	/* zeros, which are some length or other */
	for (size_t i = 1; i < COUNT(at); i++)
		(void)spool_read(s, at[i], &data, &len, NULL);
	spool_close(s);
}

static void
without_memory(void **unused)
{
	bool failed = true;
	struct fault f;
	unsigned n;

	(void)unused;
	for (n = 1; failed; n++) {
		enum status st;

		wrap_fail_allocation(n);
		st = fill(&f);
		failed = wrap_end_allocation();
		/* libcrypto may do without */
		assert_true(st == ST_OK || (failed && (st == ST_NOMEM || st == ST_IO)));
	}
	assert_true(n > 3);
	wrap_fail_entropy = true;
	assert_int_equal(fill(&f), ST_IO);
	wrap_fail_entropy = false;
	assert_string_equal(f.text, "random bytes: Input/output error");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stays_in_memory),
		TEST(goes_to_a_file),
		TEST(takes_the_longest),
		TEST(names_the_place),
		TEST(notices_a_cut_file),
		TEST(without_memory),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
