/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_account: what setting and checking a password does to, and reads from, a record.
 */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "account.h"
#include "wrap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct name tim = {"tim", "example.org", "Example.ORG"};

static const struct mech_specs *
specs_of(const char *list)
{
	static struct mech_specs specs[4];
	static size_t next;
	struct mech_specs *out = &specs[next++ % COUNT(specs)];

	assert_int_equal(mech_specs_parse(out, list, NULL), ST_OK);
	return out;
}

/* Sets a password that must be accepted. */
static void
set(struct record *r, const char *list, bool only, const char *password)
{
	struct fault f;

	assert_int_equal(account_set_password(r, list != NULL ? specs_of(list) : NULL, specs_of("CRAM-MD5"),
	    only, &tim, password, strlen(password), 77, &f), ST_OK);
}

static void
put_secret(struct record *r, enum mech mech, const char *text)
{
	assert_int_equal(secret_check(mech, text, NULL), ST_OK);
	secret_free(&r->secrets[mech]);
	r->secrets[mech].text = strdup(text);
	assert_non_null(r->secrets[mech].text);
}

static bool
current(const struct record *r, const char *list, const char *password)
{
	bool answer = true;

	assert_int_equal(account_is_current(&answer, r, list != NULL ? specs_of(list) : NULL, &tim, password,
	    strlen(password), NULL), ST_OK);
	return answer;
}

static const char *
mechs_of(const struct record *r)
{
	static char names[128];

	return record_mech_names(r, names, sizeof names);
}

/* ---- account_set_password ---- */

static void
sets_what_was_asked(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &tim, 5);
	set(&r, "CLEARTEXT DIGEST-MD5 SCRAM-SHA-1", false, "one");
	assert_string_equal(mechs_of(&r), "CLEARTEXT DIGEST-MD5 SCRAM-SHA-1");
	assert_int_equal(r.created, 5);
	assert_int_equal(r.changed, 77);
	assert_string_equal(strchr(r.secrets[MECH_DIGEST_MD5].text, ' '), " Example.ORG");
	assert_true(current(&r, NULL, "one"));
	assert_false(current(&r, NULL, "two"));

	set(&r, "CLEARTEXT CRAM-MD5", false, "two");	/* the others keep the older one */
	assert_string_equal(mechs_of(&r), "CLEARTEXT CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1");
	assert_true(current(&r, "CLEARTEXT CRAM-MD5", "two"));
	assert_true(current(&r, "DIGEST-MD5 SCRAM-SHA-1", "one"));
	assert_false(current(&r, "DIGEST-MD5 SCRAM-SHA-1", "two"));
	assert_false(current(&r, NULL, "two"));

	set(&r, "DIGEST-MD5", true, "three");		/* or lose theirs */
	assert_string_equal(mechs_of(&r), "DIGEST-MD5");
	assert_true(current(&r, NULL, "three"));
	record_clear(&r);
}

static void
renews_what_is_there(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &tim, 5);
	set(&r, NULL, false, "one");			/* nothing there: the defaults */
	assert_string_equal(mechs_of(&r), "CRAM-MD5");
	set(&r, "SCRAM-SHA-1:5000 DIGEST-MD5", true, "one");
	set(&r, NULL, false, "two");
	assert_string_equal(mechs_of(&r), "DIGEST-MD5 SCRAM-SHA-1");
	assert_true(current(&r, NULL, "two"));
	record_clear(&r);
}

#define BCRYPT(cost) "crypt $2b$" cost "$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde"

/* Whatever is asked for, a later version must not go on to serve the old password. */
static void
forgets_secrets_of_later_versions(void **state)
{
	static const struct {
		const char *list;
		bool only;
	} cases[] = {{NULL, false}, {"CRAM-MD5", false}, {"DIGEST-MD5", false}, {"CRAM-MD5", true}};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct record r;

		record_init(&r, &tim, 5);
		set(&r, "CRAM-MD5", false, "one");
		r.unknown = strdup("NEW-MECH s\nfuture x\n");
		assert_int_equal(account_set_password(&r, specs_of("PLAIN:bcrypt"), NULL, false, &tim, "", 0, 77, &f),
		    ST_BADVALUE);
		assert_string_equal(r.unknown, "NEW-MECH s\nfuture x\n");
		set(&r, cases[i].list, cases[i].only, "two");
		assert_string_equal(r.unknown, "future x\n");
		record_clear(&r);
	}
}

struct renew_case {
	enum mech mech;
	const char *before;	/* stored form */
	const char *after;	/* how the new one begins */
};

#define B64_20 "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B64_28 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define B64_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
static const struct renew_case renew_cases[] = {
	{MECH_SCRAM_SHA_1, "5000:QQ==$" B64_20 ":" B64_20, "5000:"},	/* more than the default: kept */
	{MECH_SCRAM_SHA_256, "4096:QQ==$" B64_32 ":" B64_32, "10000:"},	/* fewer: today's default */
	{MECH_SCRAM_SHA_1, "10000000:QQ==$" B64_20 ":" B64_20, "1000000:"},	/* more than the bound */
	{MECH_PLAIN, BCRYPT("31"), "crypt $2b$10$"},
	{MECH_PLAIN, "crypt _zzzzsaltabcdefghijk", "crypt $y$"},
	{MECH_PLAIN, "smd5 303132333435363738396162636465660030313233343536373839616263646566", "smd5 "},
	{MECH_PLAIN, "crypt $5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
	    "crypt $5$rounds=100000$"},
	{MECH_PLAIN, "crypt $2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "crypt $2b$10$"},
	{MECH_PLAIN, "crypt $1$rasmusle$rISCgZzpwk3UhDidwXvin0", "crypt $y$"},	/* no longer made */
	{MECH_PLAIN, "crypt rl.3StKT.4T8M", "crypt $y$"},
	{MECH_PLAIN, "crypt $3$$8846f7eaee8fb117ad06bdd830b7586c", "crypt $y$"},
};

static void
renews_with_the_same_scheme_or_better(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(renew_cases); i++) {
		const struct renew_case *c = &renew_cases[i];
		struct record r;

		record_init(&r, &tim, 5);
		put_secret(&r, c->mech, c->before);
		set(&r, NULL, true, "one");
		assert_int_equal(record_secret_count(&r), 1);
		assert_int_equal(strncmp(r.secrets[c->mech].text, c->after, strlen(c->after)), 0);
		record_clear(&r);
	}
}

/* Nothing changes unless everything was made. */
static void
check_refused(const char *list, const char *password, size_t len, enum status expected)
{
	struct record r;
	struct fault f = {0};
	char cleartext[] = "old";

	record_init(&r, &tim, 5);
	put_secret(&r, MECH_CLEARTEXT, cleartext);
	assert_int_equal(account_set_password(&r, specs_of(list), NULL, true, &tim, password, len, 77, &f),
	    expected);
	assert_int_equal(f.status, expected);
	assert_string_equal(mechs_of(&r), "CLEARTEXT");
	assert_string_equal(r.secrets[MECH_CLEARTEXT].text, "old");
	assert_int_equal(r.changed, 5);
	record_clear(&r);
}

static void
changes_nothing_on_error(void **state)
{
	char big[512];

	(void)state;
	memset(big, 'a', sizeof big);
	check_refused("CLEARTEXT", "", 0, ST_BADVALUE);
	check_refused("CLEARTEXT", "\344", 1, ST_BADVALUE);
	check_refused("CLEARTEXT", big, sizeof big, ST_BADVALUE);
	check_refused("CLEARTEXT CRAM-MD5 PLAIN:bcrypt", big, 73, ST_BADVALUE);
	wrap_fail_entropy = true;
	check_refused("CLEARTEXT SCRAM-SHA-1", "one", 3, ST_IO);
	wrap_fail_entropy = false;
}

static void
survives_failed_allocations(void **state)
{
	enum status st = ST_NOMEM;

	(void)state;
	for (unsigned n = 1; st != ST_OK; n++) {
		struct record r;
		struct fault f;

		record_init(&r, &tim, 5);
		put_secret(&r, MECH_CLEARTEXT, "old");
		wrap_fail_allocation(n);
		st = account_set_password(&r, specs_of("CLEARTEXT CRAM-MD5 SCRAM-SHA-1 PLAIN:smd5"), NULL,
		    false, &tim, "one", 3, 77, &f);
		assert_int_equal(st, wrap_end_allocation() ? ST_NOMEM : ST_OK);
		assert_int_equal(record_secret_count(&r), st == ST_OK ? 4 : 1);
		assert_string_equal(r.secrets[MECH_CLEARTEXT].text, st == ST_OK ? "one" : "old");
		record_clear(&r);
	}
}

/* ---- account_check_password ---- */

/* Every mechanism has a password of its own here, so that the answer tells which was asked. */
static void
asks_the_strongest_secret(void **state)
{
	static const struct {
		const char *mech, *password;
	} order[] = {
		{"CRAM-MD5", NULL}, {"DIGEST-MD5", NULL},	/* cannot be asked */
		{"CLEARTEXT", "clear"}, {"SCRAM-SHA-1", "1"}, {"SCRAM-SHA-224:4096", "224"},
		{"SCRAM-SHA-256:4096", "256"}, {"SCRAM-SHA-384:4096", "384"}, {"SCRAM-SHA-512:4096", "512"},
		{"PLAIN:smd5", "plain"},
	};
	struct record r;
	struct fault f;
	bool match = true;

	(void)state;
	record_init(&r, &tim, 5);
	assert_int_equal(account_check_password(&match, &r, "x", 1, &f), ST_NOTFOUND);
	for (size_t i = 0; i < COUNT(order); i++) {
		const char *password = order[i].password != NULL ? order[i].password : "x";

		set(&r, order[i].mech, false, password);
		match = true;
		assert_int_equal(account_check_password(&match, &r, "x", 1, &f),
		    order[i].password != NULL ? ST_OK : ST_NOTFOUND);
		assert_false(match);
		if (order[i].password == NULL)
			continue;
		assert_int_equal(account_check_password(&match, &r, password, strlen(password), &f), ST_OK);
		assert_true(match);
	}
	record_clear(&r);
}

/* Nothing is hashed, and no other secret is asked instead, not even one that knows the password. */
static void
refuses_what_costs_too_much(void **state)
{
	struct record r;
	struct fault f;
	bool match = true;

	(void)state;
	record_init(&r, &tim, 5);
	assert_int_equal(account_check_cost(&r, &f), ST_OK);
	set(&r, "SCRAM-SHA-1 CLEARTEXT", false, "one");
	assert_int_equal(account_check_cost(&r, &f), ST_OK);
	put_secret(&r, MECH_SCRAM_SHA_224, "1000001:QQ==$" B64_28 ":" B64_28);
	assert_int_equal(account_check_cost(&r, &f), ST_COSTLY);
	wrap_crypt_calls = wrap_pbkdf2_calls = 0;
	assert_int_equal(account_check_password(&match, &r, "one", 3, &f), ST_COSTLY);
	assert_false(match);
	assert_int_equal(wrap_crypt_calls + wrap_pbkdf2_calls, 0);
	put_secret(&r, MECH_PLAIN, "crypt rl.3StKT.4T8M");	/* it is asked before SCRAM */
	assert_int_equal(account_check_cost(&r, &f), ST_OK);
	put_secret(&r, MECH_PLAIN, BCRYPT("14"));
	assert_int_equal(account_check_cost(&r, &f), ST_COSTLY);
	assert_string_equal(f.text, "PLAIN: bcrypt cost 14 is above the bound of 13");
	put_secret(&r, MECH_PLAIN, BCRYPT("13"));
	assert_int_equal(account_check_cost(&r, &f), ST_OK);
	record_clear(&r);
}

static void
check_passes_errors_on(enum mech mech, const char *text, enum status expected)
{
	struct record r;
	struct fault f;
	bool match = true, answer = true;

	record_init(&r, &tim, 5);
	r.secrets[mech].text = strdup(text);
	assert_int_equal(account_check_password(&match, &r, "one", 3, &f), expected);
	assert_false(match);
	assert_int_equal(account_is_current(&answer, &r, NULL, &tim, "one", 3, &f), expected);
	assert_false(answer);
	record_clear(&r);
}

static void
passes_errors_on(void **state)
{
	(void)state;
	check_passes_errors_on(MECH_PLAIN, "no stored form", ST_BADVALUE);
	wrap_fail_digest = true;
	check_passes_errors_on(MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20 ":" B64_20, ST_IO);
	wrap_fail_digest = false;
	wrap_fail_crypt = ENOMEM;
	check_passes_errors_on(MECH_PLAIN, "crypt rl.3StKT.4T8M", ST_NOMEM);
	wrap_fail_crypt = 0;
}

/* ---- account_is_current ---- */

static void
is_current_only_if_all_are(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &tim, 5);
	assert_false(current(&r, NULL, "one"));		/* no secret at all */
	set(&r, "CLEARTEXT DIGEST-MD5", false, "one");
	assert_true(current(&r, "CLEARTEXT", "one"));
	assert_true(current(&r, "CLEARTEXT DIGEST-MD5", "one"));
	assert_false(current(&r, "CLEARTEXT CRAM-MD5", "one"));	/* none for CRAM-MD5 */
	assert_false(current(&r, "CLEARTEXT", "One"));
	set(&r, "CRAM-MD5", false, "two");
	assert_false(current(&r, NULL, "one"));
	assert_true(current(&r, "CLEARTEXT DIGEST-MD5", "one"));
	record_clear(&r);
}

/* crypt(3) looks at 8 characters here, and at 72 of bcrypt. */
static void
is_not_current_if_cut(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &tim, 5);
	put_secret(&r, MECH_PLAIN, "crypt rl.3StKT.4T8M");
	assert_true(current(&r, NULL, "rasmusle"));
	assert_false(current(&r, NULL, "rasmuslerdorf"));
	record_clear(&r);
}

static void
asks_the_cheap_ones_first(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &tim, 5);
	set(&r, "CLEARTEXT SCRAM-SHA-512:4096", false, "one");
	put_secret(&r, MECH_PLAIN, "crypt rl.3StKT.4T8M");
	wrap_crypt_calls = wrap_pbkdf2_calls = 0;
	assert_false(current(&r, NULL, "rasmusle"));
	assert_int_equal(wrap_crypt_calls + wrap_pbkdf2_calls, 0);
	assert_false(current(&r, "PLAIN SCRAM-SHA-512", "rasmusle"));
	assert_int_equal(wrap_pbkdf2_calls, 1);
	assert_int_equal(wrap_crypt_calls, 0);
	assert_false(current(&r, "PLAIN SCRAM-SHA-512 CRAM-MD5", "one"));	/* one is missing */
	assert_int_equal(wrap_pbkdf2_calls, 1);
	record_clear(&r);
}

/* ---- account_seems_current ---- */

static bool
seems_current(const struct record *r, const char *list, const char *password)
{
	bool answer = true;

	assert_int_equal(account_seems_current(&answer, r, list != NULL ? specs_of(list) : NULL, &tim, password,
	    strlen(password), NULL), ST_OK);
	return answer;
}

static void
seems_current_if_the_cheapest_is(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &tim, 5);
	assert_false(seems_current(&r, NULL, "one"));	/* no secret at all */
	set(&r, "CRAM-MD5 SCRAM-SHA-512:4096", false, "one");
	put_secret(&r, MECH_PLAIN, "crypt rl.3StKT.4T8M");
	wrap_crypt_calls = wrap_pbkdf2_calls = 0;
	assert_true(seems_current(&r, NULL, "one"));	/* PLAIN is of another one, and not asked */
	assert_false(seems_current(&r, NULL, "two"));
	assert_false(seems_current(&r, "CRAM-MD5 DIGEST-MD5", "one"));	/* one is missing */
	assert_int_equal(wrap_crypt_calls + wrap_pbkdf2_calls, 0);
	assert_true(seems_current(&r, "PLAIN SCRAM-SHA-512", "one"));
	assert_false(seems_current(&r, "PLAIN SCRAM-SHA-512", "rasmusle"));
	assert_int_equal(wrap_pbkdf2_calls, 2);
	assert_int_equal(wrap_crypt_calls, 0);
	assert_true(seems_current(&r, "PLAIN", "rasmusle"));
	assert_false(seems_current(&r, "PLAIN", "rasmuslerdorf"));	/* crypt(3) looks at 8 characters */
	record_clear(&r);
}

/* A new secret is what such a user needs. */
static void
is_not_current_if_one_costs_too_much(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, &tim, 5);
	set(&r, "CRAM-MD5", false, "one");
	put_secret(&r, MECH_PLAIN, BCRYPT("31"));
	wrap_crypt_calls = 0;
	assert_false(current(&r, NULL, "one"));
	assert_false(seems_current(&r, NULL, "one"));
	assert_true(seems_current(&r, "CRAM-MD5", "one"));
	assert_int_equal(wrap_crypt_calls, 0);
	set(&r, "CRAM-MD5 PLAIN:smd5", false, "one");
	assert_true(seems_current(&r, NULL, "one"));
	record_clear(&r);
}

/* ---- account_check_length ---- */

static void
checks_the_length(void **state)
{
	static const char bcrypt[] = "crypt $2b$04$abcdefghijklmnopqrstuu5s/.cAtoYkYNnVgbIVLQe6CmqFkxFzC";
	struct mech_specs defaults = *specs_of("PLAIN:bcrypt");
	struct record r;
	struct fault f;

	(void)state;
	record_init(&r, &tim, 5);
	assert_int_equal(account_check_length(&r, NULL, &defaults, 72, &f), ST_OK);
	assert_int_equal(account_check_length(&r, NULL, &defaults, 73, &f), ST_BADVALUE);
	assert_string_equal(f.text, "password: longer than 72 bytes, and bcrypt would cut it");
	assert_int_equal(account_check_length(&r, specs_of("CRAM-MD5 PLAIN"), &defaults, 511, &f), ST_OK);
	put_secret(&r, MECH_PLAIN, bcrypt);
	defaults = *specs_of("CRAM-MD5");
	assert_int_equal(account_check_length(&r, NULL, &defaults, 73, &f), ST_BADVALUE);
	assert_int_equal(account_check_length(&r, specs_of("CRAM-MD5"), &defaults, 73, &f), ST_OK);
	record_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_what_was_asked),
		cmocka_unit_test(renews_what_is_there),
		cmocka_unit_test(forgets_secrets_of_later_versions),
		cmocka_unit_test(renews_with_the_same_scheme_or_better),
		cmocka_unit_test(changes_nothing_on_error),
		cmocka_unit_test(survives_failed_allocations),
		cmocka_unit_test(asks_the_strongest_secret),
		cmocka_unit_test(refuses_what_costs_too_much),
		cmocka_unit_test(passes_errors_on),
		cmocka_unit_test(is_current_only_if_all_are),
		cmocka_unit_test(is_not_current_if_cut),
		cmocka_unit_test(asks_the_cheap_ones_first),
		cmocka_unit_test(seems_current_if_the_cheapest_is),
		cmocka_unit_test(is_not_current_if_one_costs_too_much),
		cmocka_unit_test(checks_the_length),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
