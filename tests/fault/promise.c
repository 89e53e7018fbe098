/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../txn.h"
#include "promise.h"
#include "side.h"
#include "support.h"

static unsigned user_count;	/* that are looked up */

void
promise_users(unsigned count)
{
	user_count = count;
}

uint64_t
hash_bytes(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t word, hash = seed + len;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	word = 0;
	if (len > 0)
		memcpy(&word, at, len);
	return mix(hash ^ word);
}

static uint64_t
hash_record(const struct record *r)
{
	uint64_t hash;
	char *value;
	size_t len;

	if (record_format(r, &value, &len, NULL) != ST_OK)
		bail("record_format");
	hash = hash_bytes(1, value, len);
	record_free_value(value, len);
	return hash;
}

static void
user_name(struct name *out, unsigned user)
{
	char text[32];

	snprintf(text, sizeof(text), "user%u", user);
	if (name_parse(out, text, PROMISE_REALM, NULL, NULL) != ST_OK)
		bail("name_parse");
}

bool
set_get(struct set *out, struct fault *f)
{
	struct store *s;
	struct name name;
	struct record r;
	enum status status;

	memset(out, 0, sizeof(*out));
	status = store_open(&s, path, f);
	if (status == ST_NODB)
		return true;
	for (unsigned i = 0; status == ST_OK && i < user_count; i++) {
		user_name(&name, i);
		status = store_get(s, &name, &r, f);
		if (status == ST_OK)
			out->users[i] = hash_record(&r);
		else if (status == ST_NOTFOUND)
			status = ST_OK;
		record_clear(&r);
	}
	if (status == ST_OK && store_trouble(s, f))
		status = f->status;
	store_close(s);
	return status == ST_OK;
}

static enum status
add_record(void *arg, const struct record *r, struct fault *f)
{
	(void)f;
	*(uint64_t *)arg += hash_record(r);
	return ST_OK;
}

static enum status
add_value(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	(void)f;
	*(uint64_t *)arg += hash_bytes(hash_bytes(1, key, key_len), value, len);
	return ST_OK;
}

/* ---- after a power cut ---- */

/* Nobody reads beside us, so a write need not wait for readers. */
int __wrap_nanosleep(const struct timespec *t, struct timespec *left);

int
__wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
	(void)t;
	(void)left;
	return 0;
}

/* The words for what is wrong; NULL: nothing. */
static const char *
wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *
wrong(const char *format, ...)
{
	static char words[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	return words;
}

/* Adds one user more.  *sum: what a listing must give then. */
static const char *
write_next(uint64_t *sum)
{
	const struct store_write_options o = {.create = true};
	struct store_txn *t;
	struct fault f = {0};
	struct name name;
	struct record r;
	enum status status;

	user_name(&name, USERS_MAX - 1);
	record_init(&r, &name, 1);
	status = store_begin(&t, path, &o, &f);
	if (status == ST_OK)
		status = txn_end(t, store_txn_put(t, &r, &f), &f);
	*sum += hash_record(&r);
	record_clear(&r);
	return status != ST_OK || f.text[0] != '\0' ? wrong("the next write: %s", f.text) : NULL;
}

static const char *
check_listing(uint64_t expected)
{
	struct store *s;
	struct fault f = {0};
	uint64_t sum = 0;
	enum status status;

	status = store_open(&s, path, &f);
	if (status == ST_OK)
		status = store_each(s, add_record, &sum, &f);
	store_close(s);
	if (status != ST_OK)
		return wrong("the listing: %s", f.text);
	return sum == expected ? NULL : wrong("the listing is another");
}

static enum status
sum_side(const char *name, uint64_t *sum, struct fault *f)
{
	struct side *side = NULL;
	enum status status;
	int fd = open(name, O_RDONLY);

	*sum = 0;
	status = side_open(&side, fd, SIDE_READ, name, f);
	if (status == ST_OK)
		status = side_each(side, add_value, sum, f);
	side_close(side);
	close(fd);
	return status;
}

/* The database alone, as gdbmtool would see it, and its twin. */
static const char *
check_sides(void)
{
	char twin[320];
	struct fault f = {0};
	uint64_t left, right;

	snprintf(twin, sizeof(twin), "%.*s.db.twin", (int)(strrchr(path, '/') + 1 - path), path);
	if (sum_side(path, &left, &f) != ST_OK || sum_side(twin, &right, &f) != ST_OK)
		return wrong("a side: %s", f.text);
	return left == right ? NULL : wrong("the sides differ");
}

const char *
promise_check(const struct set *const *allowed, unsigned allowed_count)
{
	static struct set now;
	struct fault f = {0};
	const char *words;
	uint64_t sum = 0;
	bool good = false;

	if (!set_get(&now, &f))
		return wrong("a lookup: %s", f.text);
	for (unsigned i = 0; !good && i < allowed_count; i++)
		good = memcmp(&now, allowed[i], sizeof(now)) == 0;
	if (!good)
		return wrong("other users than those that may be there");
	for (unsigned i = 0; i < user_count; i++)
		sum += now.users[i];
	words = write_next(&sum);
	if (words == NULL)
		words = check_listing(sum);
	return words == NULL ? check_sides() : words;
}
