/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mech: the tables of mechanisms and schemes, and the lists that name them.
 */
#include <config.h>

#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mech.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct mech_case {
	enum mech mech;
	const char *name, *property, *digest;
	unsigned bytes, iterations;
	bool weak, readable;
};

static const struct mech_case mech_cases[] = {
	{MECH_CLEARTEXT, "CLEARTEXT", "userPassword", NULL, 0, 0, true, true},
	{MECH_CRAM_MD5, "CRAM-MD5", "cmusaslsecretCRAM-MD5", NULL, 0, 0, true, false},
	{MECH_DIGEST_MD5, "DIGEST-MD5", "cmusaslsecretDIGEST-MD5", NULL, 0, 0, true, false},
	{MECH_PLAIN, "PLAIN", "cmusaslsecretPLAIN", NULL, 0, 0, false, false},
	{MECH_SCRAM_SHA_1, "SCRAM-SHA-1", "authPassword", "SHA1", 20, 4096, false, false},
	{MECH_SCRAM_SHA_224, "SCRAM-SHA-224", "authPassword", "SHA224", 28, 10000, false, false},
	{MECH_SCRAM_SHA_256, "SCRAM-SHA-256", "authPassword", "SHA256", 32, 10000, false, false},
	{MECH_SCRAM_SHA_384, "SCRAM-SHA-384", "authPassword", "SHA384", 48, 10000, false, false},
	{MECH_SCRAM_SHA_512, "SCRAM-SHA-512", "authPassword", "SHA512", 64, 10000, false, false},
};

static void
has_the_table(void **state)
{
	(void)state;
	assert_int_equal(COUNT(mech_cases), MECH_COUNT);
	for (size_t i = 0; i < COUNT(mech_cases); i++) {
		const struct mech_case *c = &mech_cases[i];
		const struct mech_info *info = mech_info(c->mech);

		assert_int_equal(c->mech, i);
		assert_string_equal(info->name, c->name);
		assert_string_equal(info->property, c->property);
		if (c->digest != NULL)
			assert_string_equal(info->digest, c->digest);
		assert_int_equal(info->digest_bytes, c->bytes);
		assert_int_equal(info->iterations, c->iterations);
		assert_int_equal(info->weak, c->weak);
		assert_int_equal(info->readable, c->readable);
	}
}

static void
finds_names(void **state)
{
	enum mech mech;

	(void)state;
	for (size_t i = 0; i < MECH_COUNT; i++) {
		assert_true(mech_find(mech_cases[i].name, strlen(mech_cases[i].name), &mech));
		assert_int_equal(mech, i);
	}
	assert_true(mech_find("scram-sha-1", 11, &mech));
	assert_int_equal(mech, MECH_SCRAM_SHA_1);
	assert_true(mech_find("Login", 5, &mech));
	assert_int_equal(mech, MECH_PLAIN);
	assert_true(mech_find("PLAIN:x", 5, &mech));
	assert_false(mech_find("PLAIN", 4, &mech));
	assert_false(mech_find("PLAINS", 6, &mech));
	assert_false(mech_find("", 0, &mech));
	assert_false(mech_find("GSSAPI", 6, &mech));
}

struct scheme_case {
	const char *text, *name;
	bool makes, weak;
	unsigned password_max;
};

static const struct scheme_case scheme_cases[] = {
	{"$y$j9T$salt$hash", "yescrypt", true, false, 511},
	{"$gy$j9T$salt$hash", "gost-yescrypt", true, false, 511},
	{"$7$CU..../....salt$hash", "scrypt", true, false, 511},
	{"$2b$10$x", "bcrypt", true, false, 72},
	{"$2y$10$x", "bcrypt", false, false, 72},
	{"$2a$10$x", "bcrypt", false, false, 72},
	{"$6$salt$hash", "sha512crypt", true, false, 511},
	{"$5$salt$hash", "sha256crypt", true, false, 511},
	{"$1$salt$hash", "md5crypt", false, true, 511},
	{"ab0123456789.", "descrypt", false, true, 8},
	{"_J9..rasmBYk8r9AiWNc", "crypt", false, true, 511},
	{"$3$$hash", "crypt", false, true, 511},
	{"", "crypt", false, true, 511},
};

static void
knows_schemes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(scheme_cases); i++) {
		const struct scheme_case *c = &scheme_cases[i];
		const struct scheme_info *scheme = mech_scheme_of(c->text);

		assert_string_equal(scheme->name, c->name);
		assert_int_equal(scheme->makes, c->makes);
		assert_int_equal(scheme->weak, c->weak);
		assert_int_equal(scheme->password_max, c->password_max);
	}
	assert_string_equal(mech_scheme_find("BCRYPT", 6)->prefix, "$2b$");
	assert_null(mech_scheme_find("smd5", 4)->prefix);
	assert_true(mech_scheme_find("smd5", 4)->weak);
	assert_null(mech_scheme_find("bcrypt", 5));
	assert_null(mech_scheme_find("crypt", 5));
	assert_string_equal(mech_scheme_default()->prefix, crypt_preferred_method());
	assert_true(mech_scheme_default()->makes);
}

static void
gives_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < MECH_COUNT; i++) {
		struct mech_spec spec = mech_spec_default((enum mech)i);

		assert_int_equal(spec.mech, i);
		assert_int_equal(spec.iterations, mech_cases[i].iterations);
		assert_ptr_equal(spec.scheme, i == MECH_PLAIN ? mech_scheme_default() : NULL);
	}
}

struct list_case {
	const char *list;
	size_t count;			/* 0: refused ... */
	struct {
		enum mech mech;
		const char *scheme;	/* NULL: the default, or none */
		unsigned iterations;
	} spec[5];
	const char *words;		/* ... and the fault says this */
};

static const struct list_case list_cases[] = {
	{"SCRAM-SHA-256 SCRAM-SHA-1 PLAIN DIGEST-MD5 CRAM-MD5", 5,
	    {{MECH_SCRAM_SHA_256, NULL, 10000}, {MECH_SCRAM_SHA_1, NULL, 4096}, {MECH_PLAIN, NULL, 0},
	    {MECH_DIGEST_MD5, NULL, 0}, {MECH_CRAM_MD5, NULL, 0}}, NULL},
	{" plain , cram-md5\t\n", 2, {{MECH_PLAIN, NULL, 0}, {MECH_CRAM_MD5, NULL, 0}}, NULL},
	{"", 0, {{0}}, "names no mechanism"},
	{" ,, ", 0, {{0}}, "names no mechanism"},
	{"LOGIN", 1, {{MECH_PLAIN, NULL, 0}}, NULL},
	{"LOGIN PLAIN", 0, {{0}}, "\"PLAIN\": named twice"},
	{"CLEARTEXT,CLEARTEXT", 0, {{0}}, "named twice"},
	{"PLAIN:bcrypt", 1, {{MECH_PLAIN, "bcrypt", 0}}, NULL},
	{"PLAIN:SHA512crypt", 1, {{MECH_PLAIN, "sha512crypt", 0}}, NULL},
	{"login:smd5", 1, {{MECH_PLAIN, "smd5", 0}}, NULL},
	{"PLAIN:rot13", 0, {{0}}, "\"PLAIN:rot13\": no such scheme; there are: yescrypt gost-yescrypt scrypt "
	    "bcrypt sha512crypt sha256crypt smd5"},
	{"PLAIN:", 0, {{0}}, "no such scheme"},
	{"PLAIN:descrypt", 0, {{0}}, "\"PLAIN:descrypt\": an old scheme"},
	{"PLAIN:md5crypt", 0, {{0}}, "an old scheme"},
	{"SCRAM-SHA-256:15000", 1, {{MECH_SCRAM_SHA_256, NULL, 15000}}, NULL},
	{"SCRAM-SHA-512:4096", 1, {{MECH_SCRAM_SHA_512, NULL, 4096}}, NULL},
	{"SCRAM-SHA-512:4095", 0, {{0}}, "iterations must be 4096 to 10000000"},
	{"SCRAM-SHA-512:10000000", 1, {{MECH_SCRAM_SHA_512, NULL, 10000000}}, NULL},
	{"SCRAM-SHA-512:10000001", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:5000x", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:-5000", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:18446744073709556616", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:4294977296", 0, {{0}}, "iterations must be"},
	{"CRAM-MD5:x", 0, {{0}}, "\"CRAM-MD5:x\": CRAM-MD5 takes nothing after a colon"},
	{"DIGEST-MD5:", 0, {{0}}, "takes nothing"},
	{"CLEARTEXT:x", 0, {{0}}, "takes nothing"},
	{"PLAIN GSSAPI", 0, {{0}}, "\"GSSAPI\": unknown; there are: CLEARTEXT CRAM-MD5 DIGEST-MD5 PLAIN "
	    "SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512"},
	{"PLAIN;CRAM-MD5", 0, {{0}}, "unknown"},
	{"X\033[2J", 0, {{0}}, "\"X\\x1b[2J\": unknown"},
	{":bcrypt", 0, {{0}}, "unknown"},
};

static void
check_specs(const struct list_case *c, const struct mech_specs *specs)
{
	assert_int_equal(specs->count, c->count);
	for (size_t i = 0; i < c->count; i++) {
		const struct scheme_info *scheme = mech_scheme_default();

		assert_int_equal(specs->spec[i].mech, c->spec[i].mech);
		assert_int_equal(specs->spec[i].iterations, c->spec[i].iterations);
		if (c->spec[i].scheme != NULL)
			scheme = mech_scheme_find(c->spec[i].scheme, strlen(c->spec[i].scheme));
		assert_ptr_equal(specs->spec[i].scheme, c->spec[i].mech == MECH_PLAIN ? scheme : NULL);
	}
}

/* What libxcrypt calls its preferred method; the real one unless it is another library's turn. */
static const char *preferred;
static bool other_library;
const char *__real_crypt_preferred_method(void);
const char *__wrap_crypt_preferred_method(void);

const char *
__wrap_crypt_preferred_method(void)
{
	return other_library ? preferred : __real_crypt_preferred_method();
}

static void
default_scheme_is_the_preferred_one(void **state)
{
	static const struct {
		const char *prefix, *scheme;
	} cases[] = {
		{"$6$", "sha512crypt"},
		{"$2b$", "bcrypt"},
		{"$1$", "yescrypt"},	/* one that we do not make */
		{"$new$", "yescrypt"},	/* nor know */
		{NULL, "yescrypt"},	/* none, says a library without any */
	};

	(void)state;
	other_library = true;
	for (size_t i = 0; i < COUNT(cases); i++) {
		preferred = cases[i].prefix;
		assert_string_equal(mech_scheme_default()->name, cases[i].scheme);
		assert_string_equal(mech_spec_default(MECH_PLAIN).scheme->name, cases[i].scheme);
	}
	other_library = false;
}

static void
parses_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(list_cases); i++) {
		const struct list_case *c = &list_cases[i];
		struct mech_specs specs;
		struct fault f = {0};
		enum status st;

		memset(&specs, 'x', sizeof specs);
		st = mech_specs_parse(&specs, c->list, &f);
		assert_int_equal(st, c->count > 0 ? ST_OK : ST_BADVALUE);
		check_specs(c, &specs);
		if (c->count == 0)
			assert_non_null(strstr(f.text, c->words));
	}
	assert_int_equal(mech_specs_parse(&(struct mech_specs){0}, "x", NULL), ST_BADVALUE);
}

static void
default_list_is_the_promised_one(void **state)
{
	struct mech_specs specs;

	(void)state;
	assert_string_equal(mech_default_list, list_cases[0].list);
	assert_int_equal(mech_specs_parse(&specs, mech_default_list, NULL), ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_table),
		cmocka_unit_test(finds_names),
		cmocka_unit_test(knows_schemes),
		cmocka_unit_test(gives_defaults),
		cmocka_unit_test(default_scheme_is_the_preferred_one),
		cmocka_unit_test(parses_lists),
		cmocka_unit_test(default_list_is_the_promised_one),
	};

	return cmocka_run_group_tests_name("mech", tests, NULL, NULL);
}
