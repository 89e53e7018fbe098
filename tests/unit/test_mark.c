/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mark: the mark in a GDBM file: its bytes (doc/FORMAT.md), in place and stored by GDBM, torn and damaged.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mark.h"

#define PATH "db"
#define KEY "\0mark"
#define KEY_BYTES 5
#define VALUE_BYTES 96

/* As another implementation (Python's zlib.crc32 and bytes.hex) makes them. */
#define WHOLE_VALUE \
	"gsasldb 1 1b3caf5b\n" \
	"mark whole 000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f\n"
#define BEGUN_VALUE \
	"gsasldb 1 839932a1\n" \
	"mark begun 000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f\n"

static const struct mark whole = {
	.whole = true,
	.now = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
	.before = {{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31}},
};

static int fd;

static int
setup(void **unused)
{
	(void)unused;
	fd = memfd_create("db", MFD_CLOEXEC);
	return fd < 0 || side_create(fd, PATH, NULL) != ST_OK;
}

static int
teardown(void **unused)
{
	(void)unused;
	return close(fd);
}

static enum status
read_mark(struct mark_record *m)
{
	struct side *side;
	enum status status;

	assert_int_equal(side_open(&side, fd, SIDE_READ, PATH, NULL), ST_OK);
	status = mark_read(m, side, NULL);
	side_close(side);
	return status;
}

static void
store(const char *key, size_t key_len, const char *value, size_t len)
{
	struct side *side;

	assert_int_equal(side_open(&side, fd, SIDE_WRITE, PATH, NULL), ST_OK);
	assert_int_equal(side_store(side, key, key_len, value, len, NULL, NULL), ST_OK);
	assert_int_equal(side_finish(side, NULL), ST_OK);
}

/* What GDBM finds is these bytes. */
static void
expect_stored(const char *expected)
{
	struct side *side;
	char *value;
	size_t len;

	assert_int_equal(side_open(&side, fd, SIDE_READ, PATH, NULL), ST_OK);
	assert_int_equal(side_fetch(side, KEY, KEY_BYTES, &value, &len, NULL), ST_OK);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(value, expected, len);
	free(value);
	side_close(side);
}

static void
test_added_and_overwritten(void **unused)
{
	struct mark_record m;
	struct mark begun = whole;

	(void)unused;
	begun.whole = false;
	assert_int_equal(read_mark(&m), ST_NOTFOUND);
	assert_int_equal(m.at, -1);
	assert_int_equal(mark_write(&m, &whole, fd, PATH, NULL), ST_OK);
	expect_stored(WHOLE_VALUE);
	assert_int_equal(read_mark(&m), ST_OK);
	assert_true(m.mark.whole && generation_same(&m.mark.now, &whole.now) &&
	    generation_same(&m.mark.before, &whole.before));
	/* from now on its place is known, and GDBM is not needed to write it */
	assert_true(m.at > 0);
	assert_int_equal(mark_write(&m, &begun, fd, PATH, NULL), ST_OK);
	expect_stored(BEGUN_VALUE);
	assert_int_equal(read_mark(&m), ST_OK);
	assert_false(m.mark.whole);
	/* and where it is not known, GDBM finds it */
	m.at = -1;
	assert_int_equal(mark_write(&m, &whole, fd, PATH, NULL), ST_OK);
	expect_stored(WHOLE_VALUE);
	assert_int_equal(mark_write(&m, &whole, -1, PATH, NULL), ST_IO);
	m.at = 4096;
	assert_int_equal(mark_write(&m, &whole, -1, PATH, NULL), ST_IO);
}

/* Among many records it is found, and overwriting it touches nobody else's. */
static void
test_among_others(void **unused)
{
	struct mark_record m;
	char key[32], value[64];
	struct side *side;
	uint64_t count;

	(void)unused;
	assert_int_equal(read_mark(&m), ST_NOTFOUND);
	assert_int_equal(mark_write(&m, &whole, fd, PATH, NULL), ST_OK);
	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "u%d", i);
		snprintf(value, sizeof(value), "the value of user %d", i);
		store(key, strlen(key), value, strlen(value));
	}
	assert_int_equal(read_mark(&m), ST_OK);
	assert_true(m.at > 0);
	assert_int_equal(mark_write(&m, &whole, fd, PATH, NULL), ST_OK);
	assert_int_equal(side_open(&side, fd, SIDE_READ, PATH, NULL), ST_OK);
	assert_int_equal(side_count(side, &count, NULL), ST_OK);
	assert_int_equal(count, 501);
	for (int i = 0; i < 500; i++) {
		size_t len;
		char *found;

		snprintf(key, sizeof(key), "u%d", i);
		snprintf(value, sizeof(value), "the value of user %d", i);
		assert_int_equal(side_fetch(side, key, strlen(key), &found, &len, NULL), ST_OK);
		assert_memory_equal(found, value, strlen(value));
		free(found);
	}
	side_close(side);
}

/* Lines of a later version stay. */
static void
test_later_lines(void **unused)
{
	static const char later[] = "set mail 17\n";
	char value[VALUE_BYTES + sizeof(later)];
	struct mark_record m;

	(void)unused;
	memcpy(m.value, WHOLE_VALUE, VALUE_BYTES);
	memcpy(m.value + VALUE_BYTES, later, sizeof(later) - 1);
	m.len = VALUE_BYTES + sizeof(later) - 1;
	m.at = -1;
	assert_int_equal(mark_write(&m, &whole, fd, PATH, NULL), ST_OK);
	assert_int_equal(read_mark(&m), ST_OK);
	assert_int_equal(mark_write(&m, &whole, fd, PATH, NULL), ST_OK);
	assert_int_equal(read_mark(&m), ST_OK);
	snprintf(value, sizeof(value), "%.*s", (int)m.len, m.value);
	assert_string_equal(value + VALUE_BYTES, later);
}

/* The word is overwritten without a sync, and may lie in another sector than the checksum: then "begun" is believed. */
static void
test_torn(void **unused)
{
	static const char torn[] =
	    "gsasldb 1 839932a1\n"
	    "mark whole 000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f\n";
	struct mark_record m;

	(void)unused;
	store(KEY, KEY_BYTES, torn, sizeof(torn) - 1);
	assert_int_equal(read_mark(&m), ST_OK);
	assert_false(m.mark.whole);
	assert_true(generation_same(&m.mark.now, &whole.now));
}

static void
test_damaged(void **unused)
{
	struct mark_record m;
	char value[MARK_BYTES_MAX + 1];

	(void)unused;
	for (size_t i = 0; i < VALUE_BYTES; i++) {
		memcpy(value, WHOLE_VALUE, VALUE_BYTES);
		value[i] ^= 1;
		store(KEY, KEY_BYTES, value, VALUE_BYTES);
		assert_int_equal(read_mark(&m), ST_CORRUPT);
	}
	store(KEY, KEY_BYTES, WHOLE_VALUE, VALUE_BYTES - 1);
	assert_int_equal(read_mark(&m), ST_CORRUPT);
	store(KEY, KEY_BYTES, "x", 1);
	assert_int_equal(read_mark(&m), ST_CORRUPT);
	memset(value, 'x', sizeof(value));
	store(KEY, KEY_BYTES, value, sizeof(value));
	assert_int_equal(read_mark(&m), ST_CORRUPT);
}

static void
test_generations(void **unused)
{
	struct generation a, b;

	(void)unused;
	assert_int_equal(generation_new(&a, NULL), ST_OK);
	assert_int_equal(generation_new(&b, NULL), ST_OK);
	assert_false(generation_same(&a, &b));
	b = a;
	assert_true(generation_same(&a, &b));
	assert_true(mark_is_reserved("\0x", 2));
	assert_false(mark_is_reserved("x\0", 2));
	assert_false(mark_is_reserved("", 0));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_added_and_overwritten),
		TEST(test_among_others),
		TEST(test_later_lines),
		TEST(test_torn),
		TEST(test_damaged),
		TEST(test_generations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
