/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_gdbm: a database file of which nothing is certain: lookups and listings, and if a listing finds nothing
 * wrong, a write.  The input is the file; in make_seeds.py's every record has a property "owner".
 */
#include <config.h>

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../txn.h"
#include "fuzz.h"
#include "store.h"

const char fuzz_name[] = "gdbm";

#define NEWCOMER "newcomer"

static const char *const users[] = {"tim", "hoge", "anna", "b", "c", "d", "j\303\266rg", "gone", "nobody"};

/* Everything but an answer must be a fault that people can read. */
static bool
is_answer(enum status status, const struct fault *f)
{
	if (status == ST_OK || status == ST_NOTFOUND)
		return true;
	FUZZ_EXPECT(status == ST_CORRUPT || status == ST_FOREIGN || status == ST_IO || status == ST_NOMEM ||
	    status == ST_TOOBIG);
	FUZZ_EXPECT(f->status == status);
	fuzz_expect_words(f->text);
	return false;
}

/* Is it whole, and the record of this name? */
static void
expect_own(const struct record *r, const struct name *name)
{
	const struct property *owner = record_property(r, "owner");
	char who[sizeof r->name.user + sizeof r->name.realm];

	FUZZ_EXPECT(strcmp(r->name.user, name->user) == 0 && strcmp(r->name.realm, name->realm) == 0);
	snprintf(who, sizeof who, "%s@%s", name->user, name->realm);
	FUZZ_EXPECT(owner != NULL && strcmp(owner->value, who) == 0);
}

static void
look_up(struct store *s, const char *user, bool expected)
{
	struct name name;
	struct record r;
	struct fault f;
	enum status status;

	FUZZ_EXPECT(name_parse(&name, user, "example.org", NULL, NULL) == ST_OK);
	status = store_get(s, &name, &r, &f);
	if (is_answer(status, &f) && status == ST_OK)
		expect_own(&r, &name);
	FUZZ_EXPECT(status == ST_OK || !expected);
	record_clear(&r);
}

static enum status
take_record(void *arg, const struct record *r, struct fault *f)
{
	size_t *count = arg;

	(void)f;
	expect_own(r, &r->name);
	++*count;
	return ST_OK;
}

/* Did a listing find nothing wrong? */
static bool
read_all(const char *path, bool with_newcomer, size_t *count)
{
	struct store *s;
	struct fault f;
	enum status status = store_open(&s, path, &f);

	*count = 0;
	if (!is_answer(status, &f)) {
		FUZZ_EXPECT(s == NULL);
		return false;
	}
	for (size_t i = 0; i < sizeof users / sizeof users[0]; i++)
		look_up(s, users[i], false);
	if (with_newcomer)
		look_up(s, NEWCOMER, true);
	status = store_each(s, take_record, count, &f);
	store_close(s);
	return is_answer(status, &f);
}

static bool
write_one(const char *path)
{
	static const char more[1000];	/* more than there is free space for in a small file */
	const struct store_write_options options = {.wait = 1};
	struct store_txn *t;
	struct record r;
	struct name name;
	struct fault f = {0};
	enum status status;

	struct stat before_st, after_st;

	FUZZ_EXPECT(stat(path, &before_st) == 0);
	FUZZ_EXPECT(name_parse(&name, NEWCOMER, "example.org", NULL, NULL) == ST_OK);
	record_init(&r, &name, 1);
	FUZZ_EXPECT(record_set_property(&r, "owner", NEWCOMER "@example.org", strlen(NEWCOMER "@example.org"),
	    NULL) == ST_OK);
	FUZZ_EXPECT(record_set_property(&r, "more", more, sizeof more, NULL) == ST_OK);
	status = store_begin(&t, path, &options, &f);
	if (status == ST_OK)
		status = txn_end(t, store_txn_put(t, &r, &f), &f);
	record_clear(&r);
	FUZZ_EXPECT(stat(path, &after_st) == 0 && after_st.st_size <= 2 * before_st.st_size + (1 << 20));
	return is_answer(status, &f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char left[96], right[96], state[96];
	size_t before, after;

	if (left[0] == '\0') {
		snprintf(left, sizeof left, "%s/sasldb", fuzz_folder());
		snprintf(right, sizeof right, "%s/.sasldb.twin", fuzz_folder());
		snprintf(state, sizeof state, "%s/.sasldb.state", fuzz_folder());
	}
	fuzz_write_file(left, data, size);
	if (!read_all(left, false, &before) || !write_one(left))
		return 0;
	/* what it says of its free space may have been wrong, and a write then lands in other records */
	if (read_all(left, true, &after))
		FUZZ_EXPECT(after == before || after == before + 1);
	unlink(right);
	unlink(state);
	return 0;
}
