/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The batch: what goes in comes out, in the order of the file, each user once.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batch.h"
#include "store.h"
#include "wrap.h"

/* Two users whose keys are the same: store_order() and the checksum are linear enough to make such names. */
static const char twin_a[] = "j`hodehe`dmkbogmfa`ghhbk", twin_b[] = "bbadeahiglaobkbgfgegkeio";

static struct name
named(const char *user)
{
	struct name n;

	assert_int_equal(name_parse(&n, user, strchr(user, '@') == NULL ? "example.test" : NULL, NULL, NULL), ST_OK);
	return n;
}

static void
start(struct batch *b)
{
	memset(b, 0, sizeof *b);
	assert_int_equal(batch_open(b, NULL), ST_OK);
}

/* A user who has that password. */
static enum status
add(struct batch *b, unsigned long line, const char *user, const char *password, struct fault *f)
{
	const struct import_sink sink = batch_sink(b);
	struct entry e = {.line = line};

	e.record.name = named(user);
	e.password_len = strlen(password);
	strcpy(e.password, password);
	return sink.entry(sink.arg, &e, f);
}

static void
settle(struct batch *b)
{
	assert_int_equal(batch_settle(b, NULL), ST_OK);
	for (size_t i = 1; i < b->count; i++)
		assert_true(b->items[i - 1].key <= b->items[i].key);
}

static void
keeps_odd_entries(void **state)
{
	static const struct entry nothing;
	struct entry e = {.line = 77, .created_set = true, .expires_set = true, .locked = true, .whole = true}, back;
	struct batch b;
	struct import_sink sink;

	(void)state;
	start(&b);
	sink = batch_sink(&b);
	e.record.name = named("ünï:x y@Rëalm €.TEST");
	e.record.created = 0;
	e.record.expires = 253402300799;
	e.record.disabled = 12;		/* kept, although nothing says that it is set */
	memset(e.password, 'p', PASSWORD_BYTES_MAX);
	e.password_len = PASSWORD_BYTES_MAX;
	e.record.secrets[MECH_DIGEST_MD5].text = strdup("0123456789abcdef0123456789abcdef Rëalm €.TEST");
	assert_int_equal(record_set_property(&e.record, "a", "\0\377\n\\ ", 5, NULL), ST_OK);
	assert_int_equal(record_set_property(&e.record, "b", "", 0, NULL), ST_OK);
	e.record.unknown = strdup("future 1\n");
	assert_int_equal(sink.entry(sink.arg, &e, NULL), ST_OK);
	assert_memory_equal(&e, &nothing, sizeof e);

	e.line = 78;
	e.changed_set = e.disabled_set = true;
	e.record.name = named("bob");
	assert_int_equal(sink.entry(sink.arg, &e, NULL), ST_OK);
	settle(&b);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.passwords, 1);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(batch_load(&b, i, &back, NULL), ST_OK);
		if (back.line == 77) {
			assert_string_equal(back.record.name.user, "ünï:x y");
			assert_string_equal(back.record.name.realm, "rëalm €.test");
			assert_string_equal(back.record.name.realm_typed, "Rëalm €.TEST");
			assert_true(back.created_set && back.expires_set && back.locked && back.whole);
			assert_false(back.changed_set || back.disabled_set);
			assert_int_equal(back.record.created, 0);
			assert_int_equal(back.record.expires, 253402300799);
			assert_int_equal(back.password_len, PASSWORD_BYTES_MAX);
			assert_int_equal(strlen(back.password), PASSWORD_BYTES_MAX);
			assert_string_equal(back.record.secrets[MECH_DIGEST_MD5].text,
			    "0123456789abcdef0123456789abcdef Rëalm €.TEST");
			assert_int_equal(record_property(&back.record, "a")->len, 5);
			assert_memory_equal(record_property(&back.record, "a")->value, "\0\377\n\\ ", 5);
			assert_int_equal(record_property(&back.record, "b")->len, 0);
			assert_string_equal(back.record.unknown, "future 1\n");
			assert_int_equal(b.items[i].prepared, BATCH_PASSWORD);
		} else {
			assert_int_equal(back.line, 78);
			assert_true(back.changed_set && back.disabled_set);
			assert_false(back.created_set || back.expires_set || back.locked || back.whole);
			assert_int_equal(back.password_len, 0);
			assert_int_equal(b.items[i].prepared, BATCH_NO_PASSWORD);
		}
		entry_clear(&back);
	}
	batch_close(&b);
}

static void
finds_each_of_many(void **state)
{
	struct batch b;
	struct name n;
	char user[16];

	(void)state;
	start(&b);
	settle(&b);
	n = named("u1");
	assert_int_equal(batch_find(&b, &n, NULL), ST_NOTFOUND);
	batch_close(&b);
	start(&b);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(user, sizeof user, "u%u", i);
		assert_int_equal(add(&b, i, user, "x", NULL), ST_OK);
	}
	settle(&b);
	assert_int_equal(b.count, 5000);
	assert_int_equal(b.passwords, 5000);
	assert_int_equal(b.bad.count, 0);
	for (unsigned i = 0; i < 5100; i += 7) {
		snprintf(user, sizeof user, "u%u", i);
		n = named(user);
		assert_int_equal(batch_find(&b, &n, NULL), i < 5000 ? ST_OK : ST_NOTFOUND);
	}
	n = named("u1@other.test");
	assert_int_equal(batch_find(&b, &n, NULL), ST_NOTFOUND);
	for (size_t i = 1; i < b.count; i++) {
		struct entry x, y;

		assert_int_equal(batch_load(&b, i - 1, &x, NULL), ST_OK);
		assert_int_equal(batch_load(&b, i, &y, NULL), ST_OK);
		assert_true(store_order(&x.record.name) <= store_order(&y.record.name));
		entry_clear(&x);
		entry_clear(&y);
	}
	batch_close(&b);
}

static void
puts_entries_together(void **state)
{
	struct batch b;
	struct entry e = {.line = 3};
	struct import_sink sink;

	(void)state;
	start(&b);
	sink = batch_sink(&b);
	assert_int_equal(add(&b, 1, "ann", "", NULL), ST_OK);
	assert_int_equal(add(&b, 2, "bob", "x", NULL), ST_OK);
	e.record.name = named("ann@EXAMPLE.test");
	e.locked = true;
	assert_int_equal(sink.entry(sink.arg, &e, NULL), ST_OK);
	assert_int_equal(add(&b, 4, "ann", "y", NULL), ST_OK);
	settle(&b);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.passwords, 2);
	assert_int_equal(b.bad.count, 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(batch_load(&b, i, &e, NULL), ST_OK);
		assert_int_equal(e.line, strcmp(e.record.name.user, "ann") == 0 ? 1 : 2);
		assert_int_equal(e.locked, e.line == 1);
		assert_string_equal(e.password, e.line == 1 ? "y" : "x");
		entry_clear(&e);
	}
	batch_close(&b);
}

static void
names_contradictions(void **state)
{
	struct batch b;

	(void)state;
	start(&b);
	assert_int_equal(add(&b, 1, "ann", "x", NULL), ST_OK);
	assert_int_equal(add(&b, 2, "bob", "x", NULL), ST_OK);
	for (unsigned i = 3; i < 33; i++)
		assert_int_equal(add(&b, i, "ann", "x", NULL), ST_OK);
	settle(&b);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.bad.count, 30);
	assert_string_equal(b.bad.text[0], "line 3: ann@example.test: is there already, in line 1");
	assert_string_equal(b.bad.text[PROBLEMS_KEPT - 1], "line 22: ann@example.test: is there already, in line 1");
	batch_close(&b);
}

/* Names with one key are different users all the same, in whichever order they come. */
static void
tells_twins_apart(void **state)
{
	static const char *const orders[][4] = {
		{twin_a, twin_b, NULL, NULL}, {twin_b, twin_a, NULL, NULL}, {twin_a, twin_b, twin_a, NULL},
		{twin_a, twin_b, twin_b, NULL}, {twin_a, twin_a, twin_b, NULL}, {twin_b, twin_a, twin_a, twin_b},
	};
	struct name a = named(twin_a), b_name = named(twin_b);

	(void)state;
	assert_int_equal(store_order(&a), store_order(&b_name));
	for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
		size_t lines = 0;
		struct batch b;

		start(&b);
		while (lines < 4 && orders[o][lines] != NULL) {
			assert_int_equal(add(&b, lines + 1, orders[o][lines], "x", NULL), ST_OK);
			lines++;
		}
		settle(&b);
		assert_int_equal(b.items[0].key, b.items[1].key);
		assert_int_equal(b.count, 2);
		assert_int_equal(b.bad.count, lines - 2);
		assert_int_equal(batch_find(&b, &a, NULL), ST_OK);
		assert_int_equal(batch_find(&b, &b_name, NULL), ST_OK);
		batch_close(&b);
	}
	/* one of them alone is not the other */
	for (int i = 0; i < 2; i++) {
		struct batch b;

		start(&b);
		assert_int_equal(add(&b, 1, i == 0 ? twin_a : twin_b, "x", NULL), ST_OK);
		settle(&b);
		assert_int_equal(batch_find(&b, &a, NULL), i == 0 ? ST_OK : ST_NOTFOUND);
		assert_int_equal(batch_find(&b, &b_name, NULL), i == 0 ? ST_NOTFOUND : ST_OK);
		batch_close(&b);
	}
}

static void
maps_a_realm(void **state)
{
	static const char digest[] = "0123456789abcdef0123456789abcdef Old.test";
	struct name from = named("x@Old.test"), to = named("x@New.TEST"), n;
	struct import_sink sink;
	struct entry e = {0};
	struct batch b;

	(void)state;
	start(&b);
	b.map_from = &from;
	b.map_to = &to;
	sink = batch_sink(&b);
	assert_int_equal(add(&b, 1, "ann@OLD.test", "x", NULL), ST_OK);
	assert_int_equal(add(&b, 2, "bob@other.test", "x", NULL), ST_OK);
	for (unsigned i = 3; i < 8; i++) {
		e.line = i;
		e.record.name = named(i == 3 ? "cid@other.test" : i == 4 ? "dan@old.test" : i == 5 ? "eve@old.test" :
		    i == 6 ? "fay@old.test" : "gil@old.test");
		e.record.secrets[MECH_DIGEST_MD5].text = strdup(digest);
		if (i == 5)
			e.record.secrets[MECH_CLEARTEXT].text = strdup("x");
		if (i == 6)
			strcpy(e.password, "x");
		e.password_len = i == 6;
		if (i == 7)
			assert_int_equal(record_set_property(&e.record, "a", "b", 1, NULL), ST_OK);
		assert_int_equal(sink.entry(sink.arg, &e, NULL), ST_OK);
	}
	settle(&b);
	assert_int_equal(b.count, 6);
	assert_int_equal(b.lost.count, 4);
	assert_string_equal(b.lost.text[0], "line 4: dan@new.test: DIGEST-MD5 belongs to the old realm");
	n = named("dan@new.test");
	assert_int_equal(batch_find(&b, &n, NULL), ST_NOTFOUND);	/* nothing of him is left */
	n = named("ann@old.test");
	assert_int_equal(batch_find(&b, &n, NULL), ST_NOTFOUND);
	for (size_t i = 0; i < b.count; i++) {
		bool other;

		assert_int_equal(batch_load(&b, i, &e, NULL), ST_OK);
		other = e.line == 2 || e.line == 3;
		assert_string_equal(e.record.name.realm, other ? "other.test" : "new.test");
		assert_string_equal(e.record.name.realm_typed, other ? "other.test" : "New.TEST");
		assert_int_equal(e.record.secrets[MECH_DIGEST_MD5].text != NULL, e.line == 3);
		entry_clear(&e);
	}
	batch_close(&b);
}

static void
add_large(struct batch *b, unsigned long line, const char *property, size_t len)
{
	const struct import_sink sink = batch_sink(b);
	struct entry e = {.line = line};
	char *value = calloc(1, len);

	assert_non_null(value);
	memset(value, 'x', len);
	e.record.name = named("ann");
	assert_int_equal(record_set_property(&e.record, property, value, len, NULL), ST_OK);
	free(value);
	assert_int_equal(sink.entry(sink.arg, &e, NULL), ST_OK);
}

static void
names_what_is_too_large(void **state)
{
	struct batch b;

	(void)state;
	start(&b);
	add_large(&b, 1, "a", 40000);
	add_large(&b, 2, "b", 70000);
	add_large(&b, 3, "c", 40000);
	assert_int_equal(b.bad.count, 1);
	settle(&b);
	assert_int_equal(b.bad.count, 2);
	assert_non_null(strstr(b.bad.text[0], "line 2: record: would be 70"));
	assert_non_null(strstr(b.bad.text[1], "line 3: record: would be 80"));
	batch_close(&b);
}

static void
counts_problems(void **state)
{
	struct import_sink sink;
	struct batch b;

	(void)state;
	start(&b);
	sink = batch_sink(&b);
	for (unsigned i = 0; i < 25; i++)
		sink.bad(sink.arg, i, "wrong: because");
	sink.lost(sink.arg, 0, "ann: OTP");
	assert_int_equal(b.bad.count, 25);
	assert_string_equal(b.bad.text[0], "wrong: because");
	assert_string_equal(b.bad.text[19], "line 19: wrong: because");
	assert_int_equal(b.lost.count, 1);
	assert_string_equal(b.lost.text[0], "ann: OTP");
	batch_close(&b);
}

static enum status
use_all(struct fault *f)
{
	struct name n = named(twin_b);
	struct entry e;
	struct batch b = {0};
	enum status st = batch_open(&b, f);

	if (st == ST_OK)
		st = add(&b, 1, twin_a, "", f);
	if (st == ST_OK)
		st = add(&b, 2, twin_b, "x", f);
	if (st == ST_OK)
		st = add(&b, 3, twin_a, "x", f);
	if (st == ST_OK)
		st = batch_settle(&b, f);
	if (st == ST_OK)
		st = batch_find(&b, &n, f);
	if (st == ST_OK)
		st = batch_load(&b, 0, &e, f);
	if (st == ST_OK)
		entry_clear(&e);
	batch_close(&b);
	return st;
}

static void
without_memory(void **state)
{
	bool failed = true;
	unsigned n;

	(void)state;
	for (n = 1; failed; n++) {
		struct fault f = {0};
		enum status st;

		wrap_fail_allocation(n);
		st = use_all(&f);
		failed = wrap_end_allocation();
		assert_true(st == ST_OK || (failed && (st == ST_NOMEM || st == ST_IO)));
		assert_true(st == ST_OK || f.text[0] != '\0');
	}
	assert_true(n > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_odd_entries),
		cmocka_unit_test(finds_each_of_many),
		cmocka_unit_test(puts_entries_together),
		cmocka_unit_test(names_contradictions),
		cmocka_unit_test(tells_twins_apart),
		cmocka_unit_test(maps_a_realm),
		cmocka_unit_test(names_what_is_too_large),
		cmocka_unit_test(counts_problems),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
