/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_record: the format of doc/FORMAT.md read and written, what damages it, and its small encodings.
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

#include "../zero.h"
#include "checksum.h"
#include "record.h"
#include "text.h"
#include "wrap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The checksums of these two were computed by Python's zlib. */
static const char golden[] =
    "gsasldb 1 ef1980d0\n"
    "user j\303\266rg\n"
    "realm example.org\n"
    "created 2026-11-24T03:04:05Z\n"
    "changed 2027-01-01T00:00:00Z\n"
    "disabled 2027-02-28T23:59:59Z\n"
    "expires 2028-02-29T12:00:00Z\n"
    "CLEARTEXT back\\\\slash\\n\n"
    "CRAM-MD5 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
    "DIGEST-MD5 0123456789abcdef0123456789abcdef Example.ORG\n"
    "PLAIN crypt $1$rasmusle$rISCgZzpwk3UhDidwXvin0\n"
    "SCRAM-SHA-1 4096:QQ==$AAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    "property homeDirectory /home/j\303\266rg\n"
    "property note two words\\x00\n"
    "FUTURE-MECH kept as it is\n"
    "later too\n";
static const char golden_key[] = "j\303\266rg\0example.org";
#define GOLDEN_LEN (sizeof golden - 1)
#define GOLDEN_KEY_LEN (sizeof golden_key - 1)

#define HEAD "user a\nrealm r\n"
#define TIMES "created 1970-01-01T00:00:00Z\nchanged 9999-12-31T23:59:59Z\n"
static const char minimal[] = "gsasldb 1 be913175\n" HEAD TIMES;

static bool
is_zero(const struct record *r)
{
	return all_zeros(r, sizeof *r);
}

/* Parses a value that must be refused. */
static enum status
refuse(const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	struct record r;
	char *copy = malloc(len + 1);	/* of the exact size, for AddressSanitizer */
	enum status st;

	assert_non_null(copy);
	memcpy(copy, value, len);
	copy = realloc(copy, len > 0 ? len : 1);
	memset(&r, 'x', sizeof r);
	st = record_parse(&r, key, key_len, copy, len, f);
	assert_true(st == ST_OK || is_zero(&r));
	if (st == ST_OK)
		record_clear(&r);
	free(copy);
	return st;
}

/* ---- reading and writing ---- */

static void
reads_every_line(void **state)
{
	struct record r;
	struct fault f;
	const struct property *p;

	(void)state;
	assert_int_equal(record_parse(&r, golden_key, GOLDEN_KEY_LEN, golden, GOLDEN_LEN, &f), ST_OK);
	assert_string_equal(r.name.user, "j\303\266rg");
	assert_string_equal(r.name.realm, "example.org");
	assert_string_equal(r.name.realm_typed, "example.org");
	assert_int_equal(r.created, 1795489445);	/* date -d ... +%s */
	assert_int_equal(r.changed, 1798761600);
	assert_int_equal(r.disabled, 1803859199);
	assert_int_equal(r.expires, 1835438400);
	assert_string_equal(r.secrets[MECH_CLEARTEXT].text, "back\\\\slash\\n");
	assert_string_equal(r.secrets[MECH_DIGEST_MD5].text, "0123456789abcdef0123456789abcdef Example.ORG");
	assert_null(r.secrets[MECH_SCRAM_SHA_256].text);
	assert_int_equal(record_secret_count(&r), 5);
	assert_int_equal(r.property_count, 2);
	p = record_property(&r, "note");
	assert_int_equal(p->len, 10);
	assert_memory_equal(p->value, "two words\0", 11);
	assert_string_equal(r.unknown, "FUTURE-MECH kept as it is\nlater too\n");
	record_clear(&r);
	assert_true(is_zero(&r));
	record_clear(&r);
}

struct later_case {
	const char *before, *secrets, *names;	/* with, and then without secrets */
	const char *after;
};

static const struct later_case later_cases[] = {
	{NULL, NULL, "", NULL},
	{"future x\n", NULL, "", "future x\n"},
	{"NEW s\n", "NEW s\n", "NEW", NULL},
	{"A s\na x\nSCRAM-SHA3_512 s\nB2 \nlast A b\n", "A s\nSCRAM-SHA3_512 s\nB2 \n", "A SCRAM-SHA3_512 B2",
	    "a x\nlast A b\n"},
	/* no names of mechanisms */
	{"New s\nNEW.s x\n2NEW x\n-NEW x\n_NEW x\nNEW+ x\nNEW\tx x\n\303\204 x\n", NULL, "",
	    "New s\nNEW.s x\n2NEW x\n-NEW x\n_NEW x\nNEW+ x\nNEW\tx x\n\303\204 x\n"},
};

static void
assert_text(const char *text, const char *expected)
{
	if (expected == NULL)
		assert_null(text);
	else
		assert_string_equal(text, expected);
}

static void
tells_secrets_of_later_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(later_cases); i++) {
		const struct later_case *c = &later_cases[i];
		struct record r = {.unknown = c->before != NULL ? strdup(c->before) : NULL};
		char names[64], expected[256];

		assert_int_equal(record_has_unknown_secrets(&r), c->secrets != NULL);
		assert_string_equal(record_unknown_names(&r, names, sizeof names), c->names);
		snprintf(names, sizeof names, "%.3s", c->names);
		assert_string_equal(record_unknown_names(&r, expected, 4), names);
		assert_int_equal(record_set_unknown(&r, "OTHER s\nx y\n", true, NULL), ST_OK);
		snprintf(expected, sizeof expected, "x y\n%s", c->secrets != NULL ? c->secrets : "");
		assert_text(r.unknown, expected);
		assert_int_equal(record_set_unknown(&r, c->before, false, NULL), ST_OK);
		assert_text(r.unknown, c->before);
		record_drop_unknown_secrets(&r);
		assert_text(r.unknown, c->after);
		assert_false(record_has_unknown_secrets(&r));
		assert_int_equal(record_set_unknown(&r, NULL, false, NULL), ST_OK);
		assert_null(r.unknown);
	}
	wrap_fail_allocation(1);
	assert_int_equal(record_set_unknown(&(struct record){0}, "a b\n", false, NULL), ST_NOMEM);
	wrap_end_allocation();
}

static void
writes_what_it_read(void **state)
{
	struct record r, copy;
	char *value;
	size_t len;

	(void)state;
	assert_int_equal(record_parse(&r, golden_key, GOLDEN_KEY_LEN, golden, GOLDEN_LEN, NULL), ST_OK);
	assert_int_equal(record_copy(&copy, &r, NULL), ST_OK);
	record_clear(&r);
	assert_int_equal(record_format(&copy, &value, &len, NULL), ST_OK);
	assert_int_equal(len, GOLDEN_LEN);
	assert_memory_equal(value, golden, len);
	record_free_value(value, len);
	record_free_value(NULL, 0);
	record_clear(&copy);
}

/* The bytes of a record that was read for a lookup are its own: what is copied, replaced or removed does not need
 * them, and a byte behind them would be found (ASan). */
static void
reads_without_copying(void **state)
{
	struct record parsed, r, copy;
	char *value = malloc(GOLDEN_LEN);
	bool same;

	(void)state;
	assert_non_null(value);
	memcpy(value, golden, GOLDEN_LEN);
	assert_int_equal(record_parse(&parsed, golden_key, GOLDEN_KEY_LEN, golden, GOLDEN_LEN, NULL), ST_OK);
	assert_int_equal(record_read(&r, golden_key, GOLDEN_KEY_LEN, value, GOLDEN_LEN, NULL), ST_OK);
	assert_int_equal(record_same(&same, &parsed, &r, NULL), ST_OK);
	assert_true(same);
	assert_int_equal(record_copy(&copy, &r, NULL), ST_OK);
	secret_free(&r.secrets[MECH_PLAIN]);
	assert_null(r.secrets[MECH_PLAIN].text);
	r.secrets[MECH_PLAIN].text = strdup("crypt x");
	record_clear(&r);
	assert_true(is_zero(&r));
	assert_int_equal(record_same(&same, &parsed, &copy, NULL), ST_OK);
	assert_true(same);
	record_clear(&copy);
	record_clear(&parsed);

	value = malloc(GOLDEN_LEN - 1);
	assert_non_null(value);
	memcpy(value, golden, GOLDEN_LEN - 1);
	assert_int_equal(record_read(&r, golden_key, GOLDEN_KEY_LEN, value, GOLDEN_LEN - 1, NULL), ST_CORRUPT);
	assert_true(is_zero(&r));
}

static void
writes_a_new_record(void **state)
{
	struct name name;
	struct record r;
	char *value;
	size_t len;

	(void)state;
	assert_int_equal(name_parse(&name, "a@R", NULL, NULL, NULL), ST_OK);
	record_init(&r, &name, 0);
	assert_string_equal(r.name.realm_typed, "r");
	assert_int_equal(r.changed, 0);
	r.changed = INT64_MAX;	/* the last moment that can be written */
	assert_int_equal(record_format(&r, &value, &len, NULL), ST_OK);
	assert_int_equal(len, sizeof minimal - 1);
	assert_memory_equal(value, minimal, len);
	record_free_value(value, len);
	record_clear(&r);
}

/* A time before 1970 is disabled, or expired, too. */
static void
never_writes_never_by_accident(void **state)
{
	struct name name;
	struct record r, again;
	char *value, key[NAME_KEY_MAX];
	size_t len;

	(void)state;
	assert_int_equal(name_parse(&name, "a@r", NULL, NULL, NULL), ST_OK);
	record_init(&r, &name, 5);
	r.disabled = r.expires = -1;
	assert_int_equal(record_format(&r, &value, &len, NULL), ST_OK);
	assert_int_equal(record_parse(&again, key, name_key(&name, key), value, len, NULL), ST_OK);
	assert_int_equal(again.disabled, 1);
	assert_int_equal(again.expires, 1);
	record_free_value(value, len);
	record_clear(&again);
	record_clear(&r);
}

/* ---- damage ---- */

static void
refuses_a_cut_record(void **state)
{
	struct fault f;

	(void)state;
	for (size_t len = 0; len < GOLDEN_LEN; len++) {
		enum status st = refuse(golden_key, GOLDEN_KEY_LEN, golden, len, &f);

		assert_int_equal(st, len < strlen("gsasldb ") ? ST_FOREIGN : ST_CORRUPT);
		assert_int_equal(f.status, st);
	}
}

static void
refuses_a_flipped_bit(void **state)
{
	char value[sizeof golden];
	struct fault f;

	(void)state;
	memcpy(value, golden, sizeof golden);
	for (size_t bit = 0; bit < 8 * GOLDEN_LEN; bit++) {
		enum status st;

		value[bit / 8] ^= (char)(1 << bit % 8);
		st = refuse(golden_key, GOLDEN_KEY_LEN, value, GOLDEN_LEN, &f);
		if (bit < 8 * strlen("gsasldb "))
			assert_int_equal(st, ST_FOREIGN);
		else
			assert_true(st == ST_CORRUPT || (st == ST_FOREIGN && bit / 8 < 10));
		value[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void
refuses_the_record_of_another(void **state)
{
	static const struct {
		const char *key;
		size_t len;
	} keys[] = {
		{"b\0r", 3}, {"a\0s", 3}, {"a\0r\0", 4}, {"a\0r", 2}, {"a@r", 3}, {"", 0},
		{"A\0r", 3}, {"a\0R", 3},
	};
	struct fault f;

	(void)state;
	assert_int_equal(refuse("a\0r", 3, minimal, sizeof minimal - 1, &f), ST_OK);
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(refuse(keys[i].key, keys[i].len, minimal, sizeof minimal - 1, &f),
		    ST_CORRUPT);
	}
	refuse("b\n\0r\344", 5, minimal, sizeof minimal - 1, &f);
	assert_string_equal(f.text, "record of b\\x0a@r\\xe4: the checksum is wrong");
}

struct foreign_case {
	const char *value;
	enum status status;
	const char *words;
};

static const struct foreign_case foreign_cases[] = {
	{"", ST_FOREIGN, "record of a@r: not a record of gsasldb"},
	{"secret", ST_FOREIGN, "not a record of gsasldb"},
	{"gsasldb", ST_FOREIGN, "not a record of gsasldb"},
	{"Gsasldb 1 be913175\n" HEAD TIMES, ST_FOREIGN, "not a record of gsasldb"},
	{"gsasldb 2 be913175\n" HEAD TIMES, ST_FOREIGN, "written by a later version of gsasldb (format 2)"},
	{"gsasldb 10\n", ST_FOREIGN, "(format 10)"},
	{"gsasldb 2", ST_FOREIGN, "(format 2)"},
	{"gsasldb 999999999999999999999", ST_FOREIGN, "(format 999999999)"},
	{"gsasldb 0 be913175\n" HEAD TIMES, ST_CORRUPT, "the first line is wrong"},
	{"gsasldb x be913175\n" HEAD TIMES, ST_CORRUPT, "the first line is wrong"},
	{"gsasldb 1 be913175", ST_CORRUPT, "the first line is wrong"},
	{"gsasldb 1 BE913175\n" HEAD TIMES, ST_CORRUPT, "the first line is wrong"},
	{"gsasldb 1 be913175 \n" HEAD TIMES, ST_CORRUPT, "the first line is wrong"},
	{"gsasldb 1 00000000\n" HEAD TIMES, ST_CORRUPT, "the checksum is wrong"},
};

static void
tells_foreign_from_corrupt(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(foreign_cases); i++) {
		const struct foreign_case *c = &foreign_cases[i];
		struct fault f;

		assert_int_equal(refuse("a\0r", 3, c->value, strlen(c->value), &f), c->status);
		assert_non_null(strstr(f.text, c->words));
	}
}

/* ---- lines: each with a right checksum ---- */

struct body_case {
	const char *body;
	const char *words;	/* NULL: fine */
};

#define D32 "0123456789abcdef0123456789abcdef"
static const struct body_case body_cases[] = {
	{HEAD TIMES, NULL},
	{TIMES HEAD, NULL},
	{"", "a line is missing"},
	{"user a\n" TIMES, "a line is missing"},
	{"realm r\n" TIMES, "a line is missing"},
	{HEAD "created 2026-11-24T03:04:05Z\n", "a line is missing"},
	{HEAD "changed 2026-11-24T03:04:05Z\n", "a line is missing"},
	{HEAD TIMES "user a\n", "a line is there twice"},
	{HEAD TIMES "realm r\n", "a line is there twice"},
	{HEAD TIMES TIMES, "a line is there twice"},
	{"user b\nrealm r\n" TIMES, "it is another user's"},
	{"user a\nrealm s\n" TIMES, "it is another user's"},
	{"user a\nrealm R\n" TIMES, "the user or realm cannot be one"},
	{"user a@r\nrealm r\n" TIMES, "the user or realm cannot be one"},
	{"user a \nrealm r\n" TIMES, "the user or realm cannot be one"},
	{"user \nrealm r\n" TIMES, "the user or realm cannot be one"},
	{"user a\nrealm r\001\n" TIMES, "the user or realm cannot be one"},
	{"user\nrealm r\n" TIMES, "a line is not NAME VALUE"},
	{" user a\nrealm r\n" TIMES, "a line is not NAME VALUE"},
	{"\n" HEAD TIMES, "a line is not NAME VALUE"},
	{HEAD TIMES "\n", "a line is not NAME VALUE"},
	{HEAD TIMES "later", "a line is not NAME VALUE"},
	{HEAD TIMES "later x", "a line is not NAME VALUE"},
	{HEAD TIMES "later\n", "a line is not NAME VALUE"},
	{HEAD TIMES "later \n", NULL},
	{HEAD TIMES "later x\nlater x\n", NULL},
	{HEAD TIMES "Later \\q\n", NULL},
	{HEAD "created 2026-11-24T03:04:05\nchanged 2026-11-24T03:04:05Z\n", "a time is wrong"},
	{HEAD TIMES "disabled 1970-01-01T00:00:01Z\n", NULL},
	{HEAD TIMES "disabled 1970-01-01T00:00:00Z\n", "a time is wrong"},
	{HEAD TIMES "expires 2026-11-24T03:04:05Z\n", NULL},
	{HEAD TIMES "expires 1970-01-01T00:00:00Z\n", "a time is wrong"},
	{HEAD TIMES "expires never\n", "a time is wrong"},
	{HEAD TIMES "CRAM-MD5 " D32 D32 "\n", NULL},
	{HEAD TIMES "CRAM-MD5 " D32 "\n", "CRAM-MD5: not 64"},
	{HEAD TIMES "CRAM-MD5 " D32 D32 "\nCRAM-MD5 " D32 D32 "\n", "a mechanism is there twice"},
	{HEAD TIMES "cram-md5 anything: it is none of ours\n", NULL},
	{HEAD TIMES "DIGEST-MD5 " D32 " r\n", NULL},
	{HEAD TIMES "DIGEST-MD5 " D32 "\n", "DIGEST-MD5: not 32"},
	{HEAD TIMES "PLAIN crypt *\n", "PLAIN: not a string"},
	{HEAD TIMES "SCRAM-SHA-512 4096:QQ==$QQ==:QQ==\n", "SCRAM-SHA-512: not"},
	{HEAD TIMES "CLEARTEXT \n", "CLEARTEXT: not"},
	{HEAD TIMES "property a \n", NULL},
	{HEAD TIMES "property a\n", "a property has no name"},
	{HEAD TIMES "property  a\n", "a property has no name"},
	{HEAD TIMES "property \303\266 a\n", "a property has no name"},
	{HEAD TIMES "property a \\\n", "a property is wrong"},
	{HEAD TIMES "property a \tx\n", "a property is wrong"},
	{HEAD TIMES "property a 1\nproperty b 1\n", NULL},
	{HEAD TIMES "property b 1\nproperty a 1\n", "a property is wrong, out of order"},
	{HEAD TIMES "property a 1\nproperty a 1\n", "or there twice"},
};

/* A value for a@r with a right checksum; malloc. */
static char *
value_of(const char *body, size_t len)
{
	char *value = malloc(20 + len);
	uint32_t crc = checksum(checksum(0, "a\0r", 4), body, len);

	assert_non_null(value);
	snprintf(value, 20, "gsasldb 1 %08x\n", (unsigned)crc);
	memcpy(value + 19, body, len);
	return value;
}

static void
reads_lines_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(body_cases); i++) {
		const struct body_case *c = &body_cases[i];
		size_t len = strlen(c->body);
		char *value = value_of(c->body, len);
		struct fault f = {0};
		enum status st = refuse("a\0r", 3, value, 19 + len, &f);

		assert_int_equal(st, c->words == NULL ? ST_OK : ST_CORRUPT);
		assert_true(c->words == NULL || strstr(f.text, c->words) != NULL);
		free(value);
	}
}

/* Every byte of a line, with a right checksum: refused, or read as something that is written the same. */
static void
reads_nothing_that_it_would_not_write(void **state)
{
	static const char body[] = HEAD TIMES "disabled 2027-02-28T23:59:59Z\nCLEARTEXT a\\x01\n"
	    "DIGEST-MD5 " D32 " r\nSCRAM-SHA-1 4096:QQ==$AAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nproperty p v\\n\nlater x\n";
	size_t read = 0, len = sizeof body - 1;

	(void)state;
	for (size_t i = 0; i < 256 * len; i++) {
		char changed[sizeof body], *value, *again;
		struct record r;
		size_t again_len;

		memcpy(changed, body, sizeof body);
		changed[i / 256] = (char)(i % 256);
		value = value_of(changed, len);
		if (record_parse(&r, "a\0r", 3, value, 19 + len, NULL) == ST_OK) {
			read++;
			assert_int_equal(record_format(&r, &again, &again_len, NULL), ST_OK);
			assert_int_equal(again_len, 19 + len);
			/* lines that became unknown are written at the end: look at their letters only */
			if (r.unknown != NULL && strcmp(r.unknown, "later x\n") == 0)
				assert_memory_equal(again, value, again_len);
			record_free_value(again, again_len);
			record_clear(&r);
		}
		free(value);
	}
	assert_in_range(read, len, 128 * len);
}

/* What a string cannot hold: a NUL, and names that are too long. */
static void
refuses_bytes_that_do_not_fit(void **state)
{
	static const struct {
		const char *body;
		size_t len;
	} bodies[] = {
#define BODY(text) {text, sizeof(text) - 1}
		BODY("user a\0x\nrealm r\n" TIMES),
		BODY("user a\nrealm r\0\n" TIMES),
		BODY(HEAD TIMES "CLEARTEXT a\0b\n"),
		BODY(HEAD TIMES "property a b\0\n"),
		BODY(HEAD TIMES "later x\0\n"),
		BODY(HEAD TIMES "la\0er x\n"),
	};
	char name[306], *value;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		value = value_of(bodies[i].body, bodies[i].len);
		assert_int_equal(refuse("a\0r", 3, value, 19 + bodies[i].len, &f), ST_CORRUPT);
		assert_null(strstr(f.text, "checksum"));
		free(value);
	}
	memset(name, 'a', sizeof name);
	memcpy(name, "user ", 5);
	for (size_t i = 255; i < 300; i++) {
		name[5 + i] = '\n';
		value = value_of(name, 6 + i);
		assert_int_equal(refuse("a\0r", 3, value, 19 + 6 + i, &f), ST_CORRUPT);
		assert_non_null(strstr(f.text, i == 255 ? "missing" : "cannot be one"));
		free(value);
		name[5 + i] = 'a';
	}
}

static void
bounds_the_size(void **state)
{
	struct name name;
	struct record r, again;
	struct fault f;
	char *value, key[NAME_KEY_MAX], *big = malloc(RECORD_BYTES_MAX);
	size_t len, room = RECORD_BYTES_MAX - (sizeof minimal - 1) - strlen("property p \n");

	(void)state;
	assert_non_null(big);
	memset(big, 'v', RECORD_BYTES_MAX);
	assert_int_equal(name_parse(&name, "a@r", NULL, NULL, NULL), ST_OK);
	record_init(&r, &name, 1);
	assert_int_equal(record_set_property(&r, "p", big, room, NULL), ST_OK);
	assert_int_equal(record_format(&r, &value, &len, &f), ST_OK);
	assert_int_equal(len, RECORD_BYTES_MAX);
	assert_int_equal(record_parse(&again, key, name_key(&name, key), value, len, &f), ST_OK);
	assert_int_equal(again.properties[0].len, room);
	record_clear(&again);
	record_free_value(value, len);

	assert_int_equal(record_set_property(&r, "p", big, room + 1, NULL), ST_OK);
	assert_int_equal(record_format(&r, &value, &len, &f), ST_TOOBIG);
	assert_null(value);
	assert_int_equal(len, 0);
	memcpy(big, minimal, sizeof minimal);
	assert_int_equal(refuse("a\0r", 3, big, RECORD_BYTES_MAX, &f), ST_CORRUPT);
	assert_non_null(strstr(f.text, "checksum"));
	big = realloc(big, RECORD_BYTES_MAX + 1);
	assert_int_equal(refuse("a\0r", 3, big, RECORD_BYTES_MAX + 1, &f), ST_CORRUPT);
	assert_non_null(strstr(f.text, "longer than a record can be"));
	record_clear(&r);
	free(big);
}

/* ---- in memory ---- */

static void
keeps_properties_sorted(void **state)
{
	static const char *const order[] = {"b", "d", "a", "c", "b"};
	struct record r = {0};
	char long_name[258];

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++)
		assert_int_equal(record_set_property(&r, order[i], order[i], i % 2, NULL), ST_OK);
	assert_int_equal(r.property_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(r.properties[i].name[0], 'a' + (char)i);
	assert_string_equal(record_property(&r, "d")->value, "d");
	assert_int_equal(record_property(&r, "b")->len, 0);	/* set again, to nothing */
	assert_null(record_property(&r, "bb"));
	assert_null(record_property(&r, "e"));
	assert_int_equal(record_set_property(&r, "e", NULL, 0, NULL), ST_OK);
	assert_int_equal(record_set_property(&r, "b", NULL, 0, NULL), ST_OK);
	assert_int_equal(record_set_property(&r, "d", NULL, 0, NULL), ST_OK);
	assert_int_equal(r.property_count, 2);
	assert_null(record_property(&r, "b"));
	assert_string_equal(record_property(&r, "c")->name, "c");

	memset(long_name, 'n', sizeof long_name);
	long_name[256] = '\0';
	assert_int_equal(record_set_property(&r, long_name, "", 0, NULL), ST_BADVALUE);
	assert_int_equal(record_set_property(&r, long_name + 1, "", 0, NULL), ST_OK);
	assert_int_equal(record_set_property(&r, "", "", 0, NULL), ST_BADVALUE);
	assert_int_equal(record_set_property(&r, "a b", "", 0, NULL), ST_BADVALUE);
	assert_int_equal(record_set_property(&r, "a\n", "", 0, NULL), ST_BADVALUE);
	assert_int_equal(record_set_property(&r, "\303\266", "", 0, NULL), ST_BADVALUE);
	assert_int_equal(record_set_property(&r, "\303\266", NULL, 0, NULL), ST_BADVALUE);
	assert_int_equal(r.property_count, 3);
	record_clear(&r);
}

static void
names_its_mechanisms(void **state)
{
	struct record r = {0};
	char out[64] = "before";

	(void)state;
	assert_string_equal(record_mech_names(&r, out, sizeof out), "");
	assert_int_equal(record_secret_count(&r), 0);
	r.secrets[MECH_SCRAM_SHA_256].text = strdup("x");
	r.secrets[MECH_PLAIN].text = strdup("x");
	assert_int_equal(record_secret_count(&r), 2);
	assert_string_equal(record_mech_names(&r, out, sizeof out), "PLAIN SCRAM-SHA-256");
	assert_string_equal(record_mech_names(&r, out, 8), "PLAIN S");
	assert_string_equal(record_mech_names(&r, out, 1), "");
	record_clear(&r);
}

static void
knows_who_may_log_in(void **state)
{
	struct record r = {0};

	(void)state;
	assert_true(record_active(&r, 1000));
	r.expires = 1001;
	assert_true(record_active(&r, 1000));
	r.expires = 1000;
	assert_false(record_active(&r, 1000));
	r.expires = 0;
	r.disabled = 2000;
	assert_false(record_active(&r, 1000));
}

/* ---- failed allocations ---- */

static enum status
read_copy_write(struct fault *f)
{
	struct record r = {0}, copy = {0};
	char *value = NULL;
	size_t len = 0;
	enum status st = record_parse(&r, golden_key, GOLDEN_KEY_LEN, golden, GOLDEN_LEN, f);

	assert_true(st == ST_OK || is_zero(&r));
	if (st == ST_OK)
		st = record_copy(&copy, &r, f);
	assert_true(st == ST_OK || is_zero(&copy));
	if (st == ST_OK)
		st = record_format(&copy, &value, &len, f);
	assert_true((st == ST_OK) == (value != NULL));
	if (st == ST_OK)
		st = record_set_property(&copy, "homeDirectory", "/", 1, f);
	assert_true(st == ST_OK || copy.property_count != 2 || copy.properties[0].len == 11);
	if (st == ST_OK)
		st = record_set_property(&copy, "a", "/", 1, f);
	assert_true(copy.property_count != 3 || st == ST_OK);
	record_free_value(value, len);
	record_clear(&copy);
	record_clear(&r);
	return st;
}

static void
survives_failed_allocations(void **state)
{
	enum status st = ST_NOMEM;
	struct fault f;
	unsigned n = 0;

	(void)state;
	while (st != ST_OK) {
		wrap_fail_allocation(++n);
		st = read_copy_write(&f);
		assert_int_equal(st, wrap_end_allocation() ? ST_NOMEM : ST_OK);
	}
	assert_in_range(n, 20, 60);
}

/* ---- checksum.c and text.c ---- */

static void
computes_crc32(void **state)
{
	(void)state;
	assert_int_equal(checksum(0, "123456789", 9), 0xcbf43926);	/* the check value of CRC-32 */
	assert_int_equal(checksum(checksum(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(checksum(0, "", 0), 0);
	assert_int_not_equal(checksum(0, "123456788", 9), 0xcbf43926);
}

struct time_case {
	const char *text;
	int64_t seconds;	/* -1: refused */
};

/* From date -u -d TEXT +%s. */
static const struct time_case time_cases[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1969-12-31T23:59:59Z", -1},
	{"1999-12-31T23:59:59Z", 946684799},
	{"2000-02-29T12:34:56Z", 951827696},
	{"2001-02-29T00:00:00Z", -1},
	{"2100-02-28T23:59:59Z", 4107542399},
	{"2100-02-29T00:00:00Z", -1},
	{"2100-03-01T00:00:00Z", 4107542400},
	{"2026-11-24T03:04:05Z", 1795489445},
	{"2026-12-31T23:59:59Z", 1798761599},
	{"9999-12-31T23:59:59Z", 253402300799},
	{"2026-00-01T00:00:00Z", -1},
	{"2026-13-01T00:00:00Z", -1},
	{"2026-01-00T00:00:00Z", -1},
	{"2026-01-32T00:00:00Z", -1},
	{"2026-04-31T00:00:00Z", -1},
	{"2026-01-01T24:00:00Z", -1},
	{"2026-01-01T00:60:00Z", -1},
	{"2026-01-01T00:00:60Z", -1},
	{"2026-01-01 00:00:00Z", -1},
	{"2026-01-01T00:00:00z", -1},
	{"2026-01-01T00:00:00Z ", -1},
	{"2026-01-01T00:00:00", -1},
	{"2026-1-001T00:00:00Z", -1},
	{"+026-01-01T00:00:00Z", -1},
	{"", -1},
};

static void
reads_and_writes_times(void **state)
{
	char text[TEXT_TIME_SIZE];
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < COUNT(time_cases); i++) {
		const struct time_case *c = &time_cases[i];

		assert_int_equal(text_untime(&seconds, c->text, strlen(c->text)), c->seconds >= 0);
		if (c->seconds < 0)
			continue;
		assert_int_equal(seconds, c->seconds);
		text_time(text, c->seconds);
		assert_string_equal(text, c->text);
	}
	for (int64_t t = 0; t <= 253402300799; t += 1234567) {	/* both directions agree on many days */
		text_time(text, t);
		assert_true(text_untime(&seconds, text, TEXT_TIME_SIZE - 1));
		assert_int_equal(seconds, t);
	}
	text_time(text, 253402300800);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	text_time(text, -5);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
}

static void
escapes_every_byte(void **state)
{
	char in[256], out[4 * 256], back[256];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (char)i;
	len = text_escape(out, in, sizeof in);
	assert_int_equal(len, text_escape(NULL, in, sizeof in));
	assert_int_equal(len, 223 - 1 + 2 + 2 + 32 * 4);	/* raw; \\ and \n; the other controls */
	for (size_t i = 0; i < len; i++)
		assert_false((unsigned char)out[i] < 0x20 || out[i] == 0x7f);
	assert_int_equal(text_unescape(back, out, len), sizeof in);
	assert_memory_equal(back, in, sizeof in);
	for (size_t cut = 1; cut < 4; cut++)	/* each part of \x00, which out begins with */
		assert_int_equal(text_unescape(NULL, out, cut), -1);
}

struct base64_case {
	const char *bytes, *text;
};

static const struct base64_case base64_cases[] = {	/* RFC 4648 section 10 */
	{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"}, {"\373\377\376", "+//+"},
};
static const char *const not_base64[] = {
	"Zg", "Zg=", "Zg===", "Zh==", "Zo==", "Zm9=", "Zm+=", "Z===", "====", "=", "Zm9v\n", "Zm 9v", "Zm9v====", "Zg==Zg==",
	"Zm-_",
	"Z\3449v",
};

static void
reads_and_writes_base64(void **state)
{
	char text[TEXT_BASE64_SIZE(8)];
	unsigned char bytes[8];

	(void)state;
	for (size_t i = 0; i < COUNT(base64_cases); i++) {
		const struct base64_case *c = &base64_cases[i];
		size_t len = strlen(c->bytes), text_len = strlen(c->text);

		assert_int_equal(text_base64(text, c->bytes, len), text_len);
		assert_string_equal(text, c->text);
		assert_int_equal(text_len + 1, TEXT_BASE64_SIZE(len));
		assert_int_equal(text_unbase64(bytes, len, c->text, text_len), len);
		assert_memory_equal(bytes, c->bytes, len);
		if (len > 0)
			assert_int_equal(text_unbase64(bytes, len - 1, c->text, text_len), -1);
	}
	for (size_t i = 0; i < COUNT(not_base64); i++) {
		const char *c = not_base64[i];

		assert_int_equal(text_unbase64(bytes, sizeof bytes, c, strlen(c)), -1);
	}
}

static void
reads_and_writes_hex(void **state)
{
	char text[9];
	unsigned char bytes[4];

	(void)state;
	text_hex(text, "\000\177\200\377", 4);
	assert_string_equal(text, "007f80ff");
	assert_true(text_unhex(bytes, 4, text, 8));
	assert_memory_equal(bytes, "\000\177\200\377", 4);
	assert_false(text_unhex(bytes, 3, text, 8));
	assert_false(text_unhex(bytes, 4, text, 7));
	assert_false(text_unhex(bytes, 4, "007F80ff", 8));
	assert_false(text_unhex(bytes, 4, "007g80ff", 8));
	assert_true(text_unhex(bytes, 0, "", 0));
}

/* ---- shortcuts ---- */

static void
compares_all_that_is_stored(void **state)
{
	struct record a, b;
	struct fault f;
	bool same;

	(void)state;
	assert_int_equal(record_parse(&a, golden_key, GOLDEN_KEY_LEN, golden, GOLDEN_LEN, NULL), ST_OK);
	for (int part = 0; part < 8; part++) {
		assert_int_equal(record_copy(&b, &a, NULL), ST_OK);
		assert_int_equal(record_same(&same, &a, &b, NULL), ST_OK);
		assert_true(same);
		strcpy(b.name.realm_typed, "Example.ORG");	/* is not stored */
		assert_int_equal(record_same(&same, &a, &b, NULL), ST_OK);
		assert_true(same);
		if (part < 4)
			(*(int64_t *[]){&b.created, &b.changed, &b.disabled, &b.expires}[part])++;
		else if (part == 4)
			secret_free(&b.secrets[MECH_PLAIN]);
		else if (part == 5)
			assert_int_equal(record_set_property(&b, "note", "two words", 9, NULL), ST_OK);
		else if (part == 6)
			b.unknown[0] = 'f';
		else
			strcpy(b.name.user, "other");
		assert_int_equal(record_same(&same, &a, &b, NULL), ST_OK);
		assert_false(same);
		record_clear(&b);
	}
	b = (struct record){.unknown = calloc(1, RECORD_BYTES_MAX + 1)};
	assert_non_null(b.unknown);
	memset(b.unknown, 'x', RECORD_BYTES_MAX);
	same = true;
	assert_int_equal(record_same(&same, &a, &b, &f), ST_TOOBIG);
	assert_false(same);
	record_clear(&a);
	record_clear(&b);
}

/* What was just written is read without another look at its checksum and secrets; who else may have written it
 * is what the other functions are for. */
static void
rereads_its_own(void **state)
{
	char *value;
	size_t len;
	struct record r, again;
	bool same;

	(void)state;
	assert_int_equal(record_parse(&r, golden_key, GOLDEN_KEY_LEN, golden, GOLDEN_LEN, NULL), ST_OK);
	assert_int_equal(record_format(&r, &value, &len, NULL), ST_OK);
	assert_int_equal(record_reread(&again, golden_key, GOLDEN_KEY_LEN, value, len, NULL), ST_OK);
	assert_int_equal(record_same(&same, &r, &again, NULL), ST_OK);
	assert_true(same);
	record_clear(&again);
	assert_int_equal(record_reread(&again, "other\0example.org", 17, value, len, NULL), ST_CORRUPT);
	assert_true(is_zero(&again));
	record_free_value(value, len);
	record_clear(&r);
}

static void
sees_whether_it_is_whole(void **state)
{
	char copy[GOLDEN_LEN];

	(void)state;
	memcpy(copy, golden, GOLDEN_LEN);
	assert_true(record_is_whole(golden_key, GOLDEN_KEY_LEN, copy, GOLDEN_LEN));
	assert_false(record_is_whole("other\0example.org", 17, copy, GOLDEN_LEN));
	for (size_t i = 0; i < GOLDEN_LEN; i++) {
		assert_false(record_is_whole(golden_key, GOLDEN_KEY_LEN, copy, i));
		copy[i] ^= 1;
		assert_false(record_is_whole(golden_key, GOLDEN_KEY_LEN, copy, GOLDEN_LEN));
		copy[i] ^= 1;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_line),
		cmocka_unit_test(tells_secrets_of_later_versions),
		cmocka_unit_test(writes_what_it_read),
		cmocka_unit_test(reads_without_copying),
		cmocka_unit_test(writes_a_new_record),
		cmocka_unit_test(never_writes_never_by_accident),
		cmocka_unit_test(refuses_a_cut_record),
		cmocka_unit_test(refuses_a_flipped_bit),
		cmocka_unit_test(refuses_the_record_of_another),
		cmocka_unit_test(tells_foreign_from_corrupt),
		cmocka_unit_test(reads_lines_strictly),
		cmocka_unit_test(reads_nothing_that_it_would_not_write),
		cmocka_unit_test(refuses_bytes_that_do_not_fit),
		cmocka_unit_test(bounds_the_size),
		cmocka_unit_test(keeps_properties_sorted),
		cmocka_unit_test(names_its_mechanisms),
		cmocka_unit_test(knows_who_may_log_in),
		cmocka_unit_test(survives_failed_allocations),
		cmocka_unit_test(computes_crc32),
		cmocka_unit_test(reads_and_writes_times),
		cmocka_unit_test(escapes_every_byte),
		cmocka_unit_test(reads_and_writes_base64),
		cmocka_unit_test(reads_and_writes_hex),
		cmocka_unit_test(compares_all_that_is_stored),
		cmocka_unit_test(rereads_its_own),
		cmocka_unit_test(sees_whether_it_is_whole),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
