/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_name: names, keys, UTF-8, and the words of a fault.
 */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "name.h"
#include "status.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A255 A50 A50 A50 A50 A50 "aaaaa"

static bool
is_zero(const struct name *name)
{
	static const struct name zero;

	return memcmp(name, &zero, sizeof zero) == 0;
}

/* ---- name_parse ---- */

struct parse_case {
	const char *spec, *realm, *default_realm;
	const char *user, *folded, *typed;	/* NULL: refused ... */
	const char *words;			/* ... and the fault says this */
};

static const struct parse_case parse_cases[] = {
	{"hoge", NULL, "r", "hoge", "r", "r", NULL},
	{"hoge", NULL, NULL, NULL, NULL, NULL, "realm: none was given"},
	{"hoge@Zdnet.hoge.ORG", NULL, "r", "hoge", "zdnet.hoge.org", "Zdnet.hoge.ORG", NULL},
	{"hoge@", NULL, "r", NULL, NULL, NULL, "realm: is empty"},
	{"@r", NULL, NULL, NULL, NULL, NULL, "user: is empty"},
	{"", NULL, "r", NULL, NULL, NULL, "user: is empty"},
	{"hoge", "R", "s", "hoge", "r", "R", NULL},
	{"hoge", "", "s", NULL, NULL, NULL, "realm: is empty"},
	{"hoge", NULL, "", NULL, NULL, NULL, "realm: is empty"},
	{"hoge@a.b", "A.B", NULL, "hoge", "a.b", "A.B", NULL},
	{"hoge@a.b", "a.c", NULL, NULL, NULL, NULL, "\"a.c\" was asked for, but the user name says \"a.b\""},
	{"hoge@", "a.c", NULL, NULL, NULL, NULL, "realm: is empty"},
	{"a@b@c", NULL, NULL, "a", "b@c", "b@c", NULL},
	{"a@b@c", "c", NULL, NULL, NULL, NULL, "asked for"},
	{"John Doe", "My Realm", NULL, "John Doe", "my realm", "My Realm", NULL},
	{" John", "r", NULL, NULL, NULL, NULL, "user \" John\": begins or ends with a space"},
	{"John ", "r", NULL, NULL, NULL, NULL, "space"},
	{"John", " r", NULL, NULL, NULL, NULL, "realm \" r\": begins or ends with a space"},
	{"John", NULL, "r ", NULL, NULL, NULL, "space"},
	{"HOGE", "r", NULL, "HOGE", "r", "r", NULL},
	{"j\303\266rg", "\303\234BER", NULL, "j\303\266rg", "\303\234ber", "\303\234BER", NULL},
	{"j\366rg", "r", NULL, NULL, NULL, NULL, "user \"j\\xf6rg\": is not UTF-8"},
	{"joerg", "\374ber", NULL, NULL, NULL, NULL, "is not UTF-8"},
	{"a\tb", "r", NULL, NULL, NULL, NULL, "user \"a\\x09b\": holds a control character"},
	{"a\nb", "r", NULL, NULL, NULL, NULL, "control"},
	{"a\177b", "r", NULL, NULL, NULL, NULL, "control"},
	{"a\302\237b", "r", NULL, NULL, NULL, NULL, "control"},
	{"a\302\240b", "r", NULL, "a\302\240b", "r", "r", NULL},
	{"a", "r\033[m", NULL, NULL, NULL, NULL, "control"},
	{A255, "r", NULL, A255, "r", "r", NULL},
	{A255 "a", "r", NULL, NULL, NULL, NULL, "user: longer than 255 bytes"},
	{"a", A255, NULL, "a", A255, A255, NULL},
	{"a", A255 "a", NULL, NULL, NULL, NULL, "realm: longer than 255 bytes"},
};

static void
parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(parse_cases); i++) {
		const struct parse_case *c = &parse_cases[i];
		struct name name;
		struct fault f = {0};
		enum status st;

		memset(&name, 'x', sizeof name);
		st = name_parse(&name, c->spec, c->realm, c->default_realm, &f);
		if (c->user == NULL) {
			assert_int_equal(st, ST_BADNAME);
			assert_int_equal(f.status, ST_BADNAME);
			assert_non_null(strstr(f.text, c->words));
			assert_true(is_zero(&name));
			continue;
		}
		assert_int_equal(st, ST_OK);
		assert_string_equal(name.user, c->user);
		assert_string_equal(name.realm, c->folded);
		assert_string_equal(name.realm_typed, c->typed);
	}
}

static void
parses_without_fault(void **state)
{
	struct name name;

	(void)state;
	assert_int_equal(name_parse(&name, "a\001", "r", NULL, NULL), ST_BADNAME);
}

static void
folds_realm(void **state)
{
	char out[NAME_BYTES_MAX + 1] = "before";
	struct fault f;

	(void)state;
	assert_int_equal(name_fold_realm(out, "", &f), ST_BADNAME);
	assert_int_equal(name_fold_realm(out, "a ", &f), ST_BADNAME);
	assert_string_equal(out, "before");
	assert_int_equal(name_fold_realm(out, "AZ[\303\204@", &f), ST_OK);
	assert_string_equal(out, "az[\303\204@");
}

static void
makes_key(void **state)
{
	struct name name;
	char key[NAME_KEY_MAX];

	(void)state;
	assert_int_equal(name_parse(&name, "hoge@R.Org", NULL, NULL, NULL), ST_OK);
	assert_int_equal(name_key(&name, key), 10);
	assert_memory_equal(key, "hoge\0r.org", 10);
	assert_int_equal(name_parse(&name, A255, A255, NULL, NULL), ST_OK);
	assert_int_equal(name_key(&name, key), NAME_KEY_MAX);
}

/* ---- UTF-8 ---- */

struct utf8_case {
	const char *text;
	bool valid;
};

static const struct utf8_case utf8_cases[] = {
	{"", true},
	{"plain", true},
	{"\302\200", true}, {"\301\277", false},	/* overlong U+007F */
	{"\337\277", true}, {"\337", false},
	{"\340\240\200", true}, {"\340\237\277", false},	/* overlong U+07FF */
	{"\355\237\277", true}, {"\355\240\200", false},	/* a surrogate */
	{"\356\200\200", true}, {"\356\200", false},
	{"\357\277\277", true}, {"\357\277\300", false},
	{"\360\220\200\200", true}, {"\360\217\277\277", false},	/* overlong U+FFFF */
	{"\364\217\277\277", true}, {"\364\220\200\200", false},	/* past U+10FFFF */
	{"\365\200\200\200", false},
	{"\361\200\200\200", true}, {"\361\200\200", false},
	{"\361\200\200\101", false}, {"\200", false}, {"a\377", false},
};

static void
knows_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(utf8_cases); i++) {
		const char *text = utf8_cases[i].text;

		assert_int_equal(utf8_valid(text, strlen(text)), utf8_cases[i].valid);
	}
	assert_true(utf8_valid("a\0b", 3));
	assert_false(utf8_valid("\303\244", 1));
}

static void
converts_to_latin1(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(utf8_to_latin1(out, "p\303\244\303\277\302\200", 7), 4);
	assert_memory_equal(out, "p\344\377\200", 4);
	assert_int_equal(utf8_to_latin1(out, "\304\200", 2), -1);	/* U+0100 */
	assert_int_equal(utf8_to_latin1(out, "a\342\202\254", 4), -1);	/* the euro sign */
	assert_int_equal(utf8_to_latin1(out, "\344", 1), -1);		/* no UTF-8 */
	assert_int_equal(utf8_to_latin1(out, "", 0), 0);
}

/* ---- status.c ---- */

struct escape_case {
	const char *text;
	size_t size;
	const char *out;
};

static const struct escape_case escape_cases[] = {
	{"plain text", 64, "plain text"},
	{"j\303\266rg", 64, "j\303\266rg"},
	{"j\366rg", 64, "j\\xf6rg"},
	{"a\nb\177", 64, "a\\x0ab\\x7f"},
	{"\302\233m", 64, "\\xc2\\x9bm"},	/* a C1 control: it would start a terminal sequence */
	{"\302", 64, "\\xc2"},
	{"a\342\200\250b\342\200\251c", 64, "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9c"},	/* Unicode's line ends */
	{"\342\200\252\342\200\256", 64, "\\xe2\\x80\\xaa\\xe2\\x80\\xae"},	/* changes of direction */
	{"\342\201\246\342\201\251", 64, "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
	{"\342\200\247\342\200\257\342\201\245\342\201\252\342\200", 64,
	    "\342\200\247\342\200\257\342\201\245\342\201\252\\xe2\\x80"},	/* their neighbours are none */
	{"abcdef", 4, "abc"},
	{"abc\303\266", 5, "abc"},	/* never half a character */
	{"abc\303\266", 6, "abc\303\266"},
	{"abc\n", 7, "abc"},
	{"abc\n", 8, "abc\\x0a"},
	{"abc", 1, ""},
};

static void
escapes_for_log(void **state)
{
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(escape_cases); i++) {
		const struct escape_case *c = &escape_cases[i];

		memset(out, 'x', sizeof out);
		assert_ptr_equal(escape_for_log(out, c->size, c->text), out);
		assert_string_equal(out, c->out);
	}
	out[0] = 'x';
	escape_for_log(out, 0, "abc");
	assert_int_equal(out[0], 'x');
}

static void
sets_faults(void **state)
{
	struct fault f;
	char big[2000];

	(void)state;
	assert_int_equal(fault_set(&f, ST_IO, ENOSPC, "%s", "/etc/sasldb"), ST_IO);
	assert_int_equal(f.status, ST_IO);
	assert_int_equal(f.sys, ENOSPC);
	assert_string_equal(f.text, "/etc/sasldb: No space left on device");
	assert_int_equal(fault_set(&f, ST_BUSY, 0, "outer: %s", f.text), ST_BUSY);
	assert_string_equal(f.text, "outer: /etc/sasldb: No space left on device");
	assert_int_equal(f.sys, 0);
	assert_int_equal(fault_set(NULL, ST_PERM, EPERM, "x"), ST_PERM);

	memset(big, 'y', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	fault_set(&f, ST_IO, EIO, "%s", big);
	assert_int_equal(strlen(f.text), sizeof f.text - 1);
}

static void
has_words_for_each_status(void **state)
{
	(void)state;
	for (int i = ST_OK; i <= ST_CONFIG; i++) {
		assert_string_not_equal(status_text((enum status)i), "unknown status");
		for (int j = ST_OK; j < i; j++)
			assert_string_not_equal(status_text((enum status)i), status_text((enum status)j));
	}
	assert_string_equal(status_text((enum status)(ST_CONFIG + 1)), "unknown status");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(parses_without_fault),
		cmocka_unit_test(folds_realm),
		cmocka_unit_test(makes_key),
		cmocka_unit_test(knows_utf8),
		cmocka_unit_test(converts_to_latin1),
		cmocka_unit_test(escapes_for_log),
		cmocka_unit_test(sets_faults),
		cmocka_unit_test(has_words_for_each_status),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
