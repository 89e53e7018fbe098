/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a user, in one table: what is there, what the input says, the rules, and what comes of it.
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

#include "merge.h"
#include "wrap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW 5000

/* ---- what the tables say, in words ---- */

static void
add_secret(struct record *r, const char *mech_name, const char *password)
{
	struct mech_specs specs;

	assert_int_equal(mech_specs_parse(&specs, mech_name, NULL), ST_OK);
	assert_int_equal(secret_make(&r->secrets[specs.spec[0].mech], &specs.spec[0], &r->name, password,
	    strlen(password), NULL), ST_OK);
}

#define LATER_LINE "future"
#define LATER_SECRET "NEW_MECH-2"

static void
add_unknown(struct entry *e, const char *name, const char *value)
{
	char *before = e->record.unknown;

	assert_true(asprintf(&e->record.unknown, "%s%s %s\n", before != NULL ? before : "", name, value) > 0);
	free(before);
}

/* "MECH=password", "pw=password", "created=1" (0: never), "locked", "whole", ".property=value",
 * "unknown=value", "UNKNOWN=value": a secret of a mechanism that we do not know */
static void
add_word(struct entry *e, const char *word)
{
	static const char *const times[] = {"created", "changed", "disabled", "expires"};
	bool *const set[] = {&e->created_set, &e->changed_set, &e->disabled_set, &e->expires_set};
	int64_t *const where[] = {&e->record.created, &e->record.changed, &e->record.disabled, &e->record.expires};
	char name[128], *value;

	snprintf(name, sizeof name, "%s", word);
	value = strchr(name, '=');
	if (value != NULL)
		*value++ = '\0';
	for (size_t i = 0; i < COUNT(times); i++) {
		if (strcmp(name, times[i]) != 0)
			continue;
		*set[i] = true;
		*where[i] = atoi(value);
		return;
	}
	if (strcmp(name, "locked") == 0)
		e->locked = true;
	else if (strcmp(name, "whole") == 0)
		e->whole = true;
	else if (strcasecmp(name, "unknown") == 0)
		add_unknown(e, name[0] == 'U' ? LATER_SECRET : LATER_LINE, value);
	else if (name[0] == '.')
		assert_int_equal(record_set_property(&e->record, name + 1, value, strlen(value), NULL), ST_OK);
	else if (strcmp(name, "pw") == 0) {
		e->password_len = strlen(value);
		strcpy(e->password, value);
	} else
		add_secret(&e->record, name, value);
}

static void
read_entry(struct entry *e, const char *words)
{
	char copy[512], *at = copy, *word;

	memset(e, 0, sizeof *e);
	assert_int_equal(name_parse(&e->record.name, "ann@Example.test", NULL, NULL, NULL), ST_OK);
	snprintf(copy, sizeof copy, "%s", words);
	while ((word = strsep(&at, " ")) != NULL)
		if (*word != '\0')
			add_word(e, word);
}

static char said[1024];

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *format, ...)
{
	size_t used = strlen(said);
	va_list ap;

	va_start(ap, format);
	vsnprintf(said + used, sizeof said - used, format, ap);
	va_end(ap);
}

/* The passwords of the tables. */
static void
say_secret(const struct record *r, enum mech mech)
{
	static const char *const passwords[] = {"old", "new"};
	const char *found = "?";

	for (size_t i = 0; i < COUNT(passwords); i++) {
		bool match;

		assert_int_equal(secret_verify(&match, mech, r->secrets[mech].text, &r->name, passwords[i],
		    strlen(passwords[i]), NULL), ST_OK);
		if (match)
			found = passwords[i];
	}
	say(" %s=%s", mech_info(mech)->name, found);
}

static void
say_unknown(const struct record *r)
{
	assert_true(r->unknown == NULL || r->unknown[0] != '\0');
	for (const char *line = r->unknown; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
		const char *value = strchr(line, ' ') + 1;

		say(" %s=%.*s", line[0] == 'N' ? "UNKNOWN" : "unknown", (int)strcspn(value, "\n"), value);
	}
}

static void
say_record(const struct record *r)
{
	for (int m = 0; m < MECH_COUNT; m++)
		if (r->secrets[m].text != NULL)
			say_secret(r, (enum mech)m);
	for (size_t i = 0; i < r->property_count; i++)
		say(" .%s=%s", r->properties[i].name, r->properties[i].value);
	say(" created=%d changed=%d", (int)r->created, (int)r->changed);
	if (r->disabled != 0)
		say(" disabled=%d", (int)r->disabled);
	if (r->expires != 0)
		say(" expires=%d", (int)r->expires);
	say_unknown(r);
}

/* ---- merge ---- */

#define ONLY 1
#define JUDGE 2

struct row {
	const char *old;	/* NULL: there is none */
	const char *entry;
	const char *specs;	/* or NULL */
	int rules;
	const char *out;
};

static const struct row rows[] = {
	/* somebody new */
	{NULL, "", NULL, 0, "added created=5000 changed=5000"},
	{NULL, "pw=new", NULL, 0, "added CRAM-MD5=new DIGEST-MD5=new created=5000 changed=5000"},
	{NULL, "pw=new", "CLEARTEXT", 0, "added CLEARTEXT=new created=5000 changed=5000"},
	{NULL, "CRAM-MD5=new", "CLEARTEXT", 0, "added CRAM-MD5=new created=5000 changed=5000"},
	{NULL, "pw=new CRAM-MD5=old CLEARTEXT=old", NULL, 0,
	    "added CLEARTEXT=old CRAM-MD5=new DIGEST-MD5=new created=5000 changed=5000"},
	{NULL, "pw=new created=1 changed=2 expires=9 .a=b unknown=x", "CRAM-MD5", ONLY,
	    "added CRAM-MD5=new .a=b created=1 changed=2 expires=9 unknown=x"},
	{NULL, "locked", NULL, 0, "added created=5000 changed=5000 disabled=5000"},
	{NULL, "disabled=7 locked", NULL, 0, "added created=5000 changed=5000 disabled=7"},
	{NULL, "whole CRAM-MD5=new created=0", NULL, 0, "added CRAM-MD5=new created=0 changed=5000"},
	{NULL, "pw=new", NULL, JUDGE, "added created=5000 changed=5000"},
	/* a password */
	{"CRAM-MD5=old", "pw=old", NULL, 0, "unchanged CRAM-MD5=old created=1 changed=1"},
	{"CRAM-MD5=old", "pw=old changed=1", NULL, 0, "unchanged CRAM-MD5=old created=1 changed=1"},
	{"CRAM-MD5=old", "pw=new", NULL, 0, "changed CRAM-MD5=new created=1 changed=5000"},
	{"CRAM-MD5=old CLEARTEXT=old", "pw=new", NULL, 0, "changed CLEARTEXT=new CRAM-MD5=new created=1 changed=5000"},
	{"CRAM-MD5=old CLEARTEXT=old", "pw=new", "CRAM-MD5", 0,
	    "changed older CLEARTEXT=old CRAM-MD5=new created=1 changed=5000"},
	{"CRAM-MD5=old CLEARTEXT=old", "pw=new", "CRAM-MD5", ONLY, "changed CRAM-MD5=new created=1 changed=5000"},
	{"CRAM-MD5=old CLEARTEXT=old", "pw=old", "CRAM-MD5", 0,
	    "unchanged CLEARTEXT=old CRAM-MD5=old created=1 changed=1"},
	{"CRAM-MD5=old CLEARTEXT=old", "pw=old", "CRAM-MD5", ONLY, "changed CRAM-MD5=old created=1 changed=5000"},
	{"CRAM-MD5=old", "pw=old", "CLEARTEXT", ONLY, "changed CLEARTEXT=old created=1 changed=5000"},
	{"", "pw=new", NULL, 0, "changed CRAM-MD5=new DIGEST-MD5=new created=1 changed=5000"},
	{"CRAM-MD5=old", "pw=new changed=7", NULL, 0, "changed CRAM-MD5=new created=1 changed=7"},
	{"CRAM-MD5=old", "pw=new", NULL, JUDGE, "changed CRAM-MD5=old created=1 changed=1"},
	{"CRAM-MD5=old", "pw=old", NULL, JUDGE, "unchanged CRAM-MD5=old created=1 changed=1"},
	{"CRAM-MD5=old CLEARTEXT=old", "pw=new", "CRAM-MD5", JUDGE,
	    "changed older CLEARTEXT=old CRAM-MD5=old created=1 changed=1"},
	{"CRAM-MD5=old CLEARTEXT=old", "pw=new", "CRAM-MD5", JUDGE | ONLY, "changed CRAM-MD5=old created=1 changed=5000"},
	/* verifiers */
	{"CRAM-MD5=old", "CRAM-MD5=old", NULL, 0, "unchanged CRAM-MD5=old created=1 changed=1"},
	{"CRAM-MD5=old", "CRAM-MD5=new", NULL, 0, "changed CRAM-MD5=new created=1 changed=5000"},
	{"CLEARTEXT=old", "CRAM-MD5=new", NULL, 0, "changed older CLEARTEXT=old CRAM-MD5=new created=1 changed=5000"},
	{"CLEARTEXT=old", "CRAM-MD5=new", NULL, ONLY, "changed CRAM-MD5=new created=1 changed=5000"},
	{"CLEARTEXT=old CRAM-MD5=new", "CRAM-MD5=new", NULL, 0,
	    "unchanged CLEARTEXT=old CRAM-MD5=new created=1 changed=1"},
	{"CLEARTEXT=old", "", NULL, ONLY, "unchanged CLEARTEXT=old created=1 changed=1"},
	{"CLEARTEXT=old", "whole", NULL, 0, "changed created=1 changed=5000"},
	{"CLEARTEXT=old CRAM-MD5=old", "whole CRAM-MD5=old", NULL, 0, "changed CRAM-MD5=old created=1 changed=5000"},
	{"CRAM-MD5=old", "whole CRAM-MD5=old created=1 changed=1 disabled=0 expires=0", NULL, 0,
	    "unchanged CRAM-MD5=old created=1 changed=1"},
	/* times */
	{"disabled=7 expires=8", "locked", NULL, 0, "unchanged created=1 changed=1 disabled=7 expires=8"},
	{"", "locked", NULL, 0, "changed created=1 changed=1 disabled=5000"},
	{"disabled=7", "disabled=9", NULL, 0, "changed created=1 changed=1 disabled=9"},
	{"disabled=7", "disabled=0", NULL, 0, "changed created=1 changed=1"},
	{"disabled=7", "pw=new", "CRAM-MD5", 0, "changed CRAM-MD5=new created=1 changed=5000 disabled=7"},
	{"expires=8", "expires=0", NULL, 0, "changed created=1 changed=1"},
	{"expires=8", "expires=8 created=1 changed=1", NULL, 0, "unchanged created=1 changed=1 expires=8"},
	{"", "created=4", NULL, 0, "changed created=4 changed=1"},
	/* properties and later lines */
	{".a=1 .b=2", ".b=3 .c=4", NULL, 0, "changed .a=1 .b=3 .c=4 created=1 changed=1"},
	{".a=1 .b=2", "whole .b=2", NULL, 0, "changed .b=2 created=1 changed=1"},
	{".a=1 .b=2", "whole .b=2 .a=1", NULL, 0, "unchanged .a=1 .b=2 created=1 changed=1"},
	{".a=1", "whole", NULL, 0, "changed created=1 changed=1"},
	{"unknown=x", "pw=new", "CRAM-MD5", ONLY, "changed CRAM-MD5=new created=1 changed=5000 unknown=x"},
	{"unknown=x", "unknown=y", NULL, 0, "changed created=1 changed=1 unknown=y"},
	{"unknown=x", "whole", NULL, 0, "changed created=1 changed=1"},
	{"unknown=x", "whole unknown=x", NULL, 0, "unchanged created=1 changed=1 unknown=x"},
	/* secrets of mechanisms that we do not know go with the password that they were made from */
	{"CRAM-MD5=old UNKNOWN=s unknown=x", "pw=new", NULL, 0,
	    "changed CRAM-MD5=new created=1 changed=5000 unknown=x"},
	{"CRAM-MD5=old unknown=x UNKNOWN=s UNKNOWN=t", "pw=new", "CLEARTEXT", 0,
	    "changed older CLEARTEXT=new CRAM-MD5=old created=1 changed=5000 unknown=x"},
	{"UNKNOWN=s", "pw=new", "CRAM-MD5", 0, "changed CRAM-MD5=new created=1 changed=5000"},
	{"CRAM-MD5=old UNKNOWN=s", "CRAM-MD5=new", NULL, 0, "changed CRAM-MD5=new created=1 changed=5000"},
	{"CRAM-MD5=old UNKNOWN=s", "CLEARTEXT=new", NULL, 0,
	    "changed older CLEARTEXT=new CRAM-MD5=old created=1 changed=5000"},
	{"CRAM-MD5=old UNKNOWN=s unknown=x", "whole CRAM-MD5=new unknown=x", NULL, 0,
	    "changed CRAM-MD5=new created=1 changed=5000 unknown=x"},
	{"CRAM-MD5=old UNKNOWN=s", "pw=old", NULL, ONLY, "changed CRAM-MD5=old created=1 changed=1"},
	/* and stay with it */
	{"CRAM-MD5=old UNKNOWN=s unknown=x", "pw=old", NULL, 0,
	    "unchanged CRAM-MD5=old created=1 changed=1 UNKNOWN=s unknown=x"},
	{"CRAM-MD5=old UNKNOWN=s", "CRAM-MD5=old", NULL, 0, "unchanged CRAM-MD5=old created=1 changed=1 UNKNOWN=s"},
	{"UNKNOWN=s", "locked expires=9 .a=b", NULL, 0,
	    "changed .a=b created=1 changed=1 disabled=5000 expires=9 UNKNOWN=s"},
	/* an export brings them, in their order, and a later one changes nothing */
	{NULL, "whole CRAM-MD5=old UNKNOWN=s unknown=x UNKNOWN=t", NULL, 0,
	    "added CRAM-MD5=old created=5000 changed=5000 UNKNOWN=s unknown=x UNKNOWN=t"},
	{"CRAM-MD5=old UNKNOWN=s unknown=x", "whole CRAM-MD5=old UNKNOWN=s unknown=x", NULL, 0,
	    "unchanged CRAM-MD5=old created=1 changed=1 UNKNOWN=s unknown=x"},
	{"CRAM-MD5=old UNKNOWN=s", "whole CRAM-MD5=new UNKNOWN=t", NULL, 0,
	    "changed CRAM-MD5=new created=1 changed=5000 UNKNOWN=t"},
	{"UNKNOWN=s", "UNKNOWN=t unknown=x", NULL, 0, "changed created=1 changed=1 UNKNOWN=t unknown=x"},
	/* beside a password they are of another one */
	{NULL, "pw=new UNKNOWN=s unknown=x", "CRAM-MD5", 0,
	    "added CRAM-MD5=new created=5000 changed=5000 unknown=x"},
	{"CRAM-MD5=old UNKNOWN=s", "pw=new UNKNOWN=s unknown=x", NULL, 0,
	    "changed CRAM-MD5=new created=1 changed=5000 unknown=x"},
	{"CRAM-MD5=old UNKNOWN=s unknown=x", "pw=old UNKNOWN=t unknown=y", NULL, 0,
	    "changed CRAM-MD5=old created=1 changed=1 unknown=y UNKNOWN=s"},
	{"CRAM-MD5=old UNKNOWN=s", "pw=old UNKNOWN=t", NULL, 0,
	    "unchanged CRAM-MD5=old created=1 changed=1 UNKNOWN=s"},
};

static enum status
run_row(const struct row *row, struct merged *out, struct fault *f, unsigned failing)
{
	struct mech_specs specs, defaults;
	struct merge_rules rules = {NULL, &defaults, row->rules & ONLY, row->rules & JUDGE, NOW};
	struct entry e, old;
	enum status st;

	assert_int_equal(mech_specs_parse(&defaults, "CRAM-MD5,DIGEST-MD5", NULL), ST_OK);
	if (row->specs != NULL) {
		assert_int_equal(mech_specs_parse(&specs, row->specs, NULL), ST_OK);
		rules.specs = &specs;
	}
	read_entry(&e, row->entry);
	read_entry(&old, row->old != NULL ? row->old : "");
	strcpy(old.record.name.realm_typed, old.record.name.realm);
	old.record.created = old.record.changed = 1;
	if (failing != 0)
		wrap_fail_allocation(failing);
	st = merge(out, &e, row->old != NULL ? &old.record : NULL, &rules, f);
	entry_clear(&e);
	entry_clear(&old);
	return st;
}

static void
merges(void **state)
{
	static const char *const outcomes[] = {"unchanged", "changed", "added"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct merged m;

		assert_int_equal(run_row(&rows[i], &m, NULL, 0), ST_OK);
		said[0] = '\0';
		say("%s%s", outcomes[m.outcome], m.keeps_older ? " older" : "");
		say_record(&m.record);
		if (strcmp(said, rows[i].out) != 0)
			fail_msg("%s + %s: %s, and not %s", rows[i].old != NULL ? rows[i].old : "nobody",
			    rows[i].entry, said, rows[i].out);
		record_clear(&m.record);
	}
}

/* Also when nothing is made of it: --dry-run says what would be said. */
static void
refuses_what_cannot_be_stored(void **state)
{
	static const char eighty[] = "pw=12345678901234567890123456789012345678901234567890123456789012345678901234567890";
	static const struct row refused[] = {
		{NULL, eighty, "PLAIN:bcrypt", 0, NULL},
		{NULL, eighty, "PLAIN:bcrypt", JUDGE, NULL},
		{"CRAM-MD5=old", eighty, "CRAM-MD5,PLAIN:bcrypt", JUDGE, NULL},
		{"CRAM-MD5=old", eighty, "CRAM-MD5,PLAIN:bcrypt", 0, NULL},
	};
	static const struct row taken = {"CRAM-MD5=old", eighty, NULL, JUDGE, NULL};
	struct merged m;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct fault f;

		assert_int_equal(run_row(&refused[i], &m, &f, 0), ST_BADVALUE);
		assert_string_equal(f.text, "password: longer than 72 bytes, and bcrypt would cut it");
		record_clear(&m.record);
	}
	assert_int_equal(run_row(&taken, &m, NULL, 0), ST_OK);
	record_clear(&m.record);
}

/* The scheme that the record itself has counts when nobody says another. */
static void
judges_by_what_is_there(void **state)
{
	static const char hash[] = "crypt $2b$04$abcdefghijklmnopqrstuu5s/.cAtoYkYNnVgbIVLQe6CmqFkxFzC";
	struct mech_specs defaults;
	struct merge_rules rules = {NULL, &defaults, false, true, NOW};
	struct entry e;
	struct record old;
	struct merged m;

	(void)state;
	assert_int_equal(mech_specs_parse(&defaults, "CRAM-MD5", NULL), ST_OK);
	read_entry(&e, "");
	memset(e.password, 'x', 73);
	e.password_len = 73;
	record_init(&old, &e.record.name, 1);
	old.secrets[MECH_PLAIN].text = strdup(hash);
	assert_int_equal(secret_check(MECH_PLAIN, hash, NULL), ST_OK);
	assert_int_equal(merge(&m, &e, &old, &rules, NULL), ST_BADVALUE);
	record_clear(&m.record);
	e.password_len = 72;
	assert_int_equal(merge(&m, &e, &old, &rules, NULL), ST_OK);
	assert_int_equal(m.outcome, OUTCOME_CHANGED);
	record_clear(&m.record);
	record_clear(&old);
	entry_clear(&e);
}

static void
merge_without_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool failed = true;

		for (unsigned n = 1; failed; n++) {
			struct fault f = {0};
			struct merged m;
			enum status st = run_row(&rows[i], &m, &f, n);

			failed = wrap_end_allocation();
			assert_true(failed ? st == ST_NOMEM : st == ST_OK);
			assert_true(!failed || strstr(f.text, "out of memory") != NULL);
			record_clear(&m.record);
		}
	}
}

/* ---- two entries of one user ---- */

static const struct {
	const char *a, *b, *out;	/* NULL: they contradict each other */
} pairs[] = {
	{"", "", ""},
	{"pw=new", "CRAM-MD5=old", "pw=new CRAM-MD5=old"},
	{"pw=new", "pw=new", NULL},
	{"CRAM-MD5=old", "CLEARTEXT=new", "CLEARTEXT=new CRAM-MD5=old"},
	{"CRAM-MD5=old", "CRAM-MD5=old", NULL},
	{"CRAM-MD5=old DIGEST-MD5=old", "CLEARTEXT=old DIGEST-MD5=new", NULL},
	{"whole", "", NULL},
	{"", "whole", NULL},
	{"created=1", "changed=2", "created=1 changed=2"},
	{"created=1", "created=1", NULL},
	{"changed=1", "changed=0", NULL},
	{"disabled=3", "expires=4", "disabled=3 expires=4"},
	{"disabled=0", "disabled=0", NULL},
	{"expires=0", "expires=9", NULL},
	{"locked", "locked", "locked"},
	{"locked", "pw=new", "pw=new locked"},
	{"pw=new", "locked", "pw=new locked"},
	{"locked", "disabled=0", NULL},
	{"disabled=0", "locked", NULL},
	{".a=1", ".b=2", ".a=1 .b=2"},
	{".b=1", ".a=", ".a= .b=1"},
	{".a=1", ".a=1", NULL},
	{"unknown=x", "pw=new", "pw=new unknown=x"},
	{"pw=new", "unknown=x", "pw=new unknown=x"},
	{"unknown=x", "unknown=x", NULL},
};

static void
say_entry(const struct entry *e)
{
	const char *at = said;

	said[0] = '\0';
	if (e->password_len > 0)
		say(" pw=%s", e->password);
	for (int m = 0; m < MECH_COUNT; m++)
		if (e->record.secrets[m].text != NULL)
			say_secret(&e->record, (enum mech)m);
	for (size_t i = 0; i < e->record.property_count; i++)
		say(" .%s=%s", e->record.properties[i].name, e->record.properties[i].value);
	if (e->created_set)
		say(" created=%d", (int)e->record.created);
	if (e->changed_set)
		say(" changed=%d", (int)e->record.changed);
	if (e->disabled_set)
		say(" disabled=%d", (int)e->record.disabled);
	if (e->expires_set)
		say(" expires=%d", (int)e->record.expires);
	say("%s", e->locked ? " locked" : "");
	say("%s", e->whole ? " whole" : "");
	say_unknown(&e->record);
	memmove(said, *at == ' ' ? at + 1 : at, strlen(at) + (*at != ' '));
}

static void
merges_entries(void **state)
{
	static const struct entry nothing;

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct entry a, b;
		enum status st;

		read_entry(&a, pairs[i].a);
		read_entry(&b, pairs[i].b);
		a.line = 1;
		b.line = 2;
		st = merge_entries(&a, &b, NULL);
		assert_memory_equal(&b, &nothing, sizeof b);
		assert_int_equal(a.line, 1);
		say_entry(&a);
		if (st != (pairs[i].out != NULL ? ST_OK : ST_EXISTS) ||
		    strcmp(said, pairs[i].out != NULL ? pairs[i].out : pairs[i].a) != 0)
			fail_msg("%s + %s: %d %s", pairs[i].a, pairs[i].b, (int)st, said);
		entry_clear(&a);
	}
}

static void
merge_entries_without_memory(void **state)
{
	bool failed = true;

	(void)state;
	for (unsigned n = 1; failed; n++) {
		struct fault f = {0};
		struct entry a, b;
		enum status st;

		read_entry(&a, "pw=new .b=1");
		read_entry(&b, "CRAM-MD5=old .a=2 .c=3 unknown=x");
		wrap_fail_allocation(n);
		st = merge_entries(&a, &b, &f);
		failed = wrap_end_allocation();
		assert_int_equal(st, failed ? ST_NOMEM : ST_OK);
		assert_true(!failed || strstr(f.text, "out of memory") != NULL);
		entry_clear(&a);
		entry_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges),
		cmocka_unit_test(refuses_what_cannot_be_stored),
		cmocka_unit_test(judges_by_what_is_there),
		cmocka_unit_test(merge_without_memory),
		cmocka_unit_test(merges_entries),
		cmocka_unit_test(merge_entries_without_memory),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
