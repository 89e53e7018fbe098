/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * batch: gathers entries.  Knows no database; the order of the items is the one that is fast to store.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "checksum.h"
#include "merge.h"
#include "store.h"

/* ---- problems ---- */

static void
add_problem(struct problems *p, unsigned long line, const char *what)
{
	char *text = NULL;

	if (p->count < PROBLEMS_KEPT) {
		if (line == 0 ? asprintf(&text, "%s", what) < 0 : asprintf(&text, "line %lu: %s", line, what) < 0)
			text = NULL;	/* still counted */
		p->text[p->count] = text;
	}
	p->count++;
}

static void
free_problems(struct problems *p)
{
	for (size_t i = 0; i < PROBLEMS_KEPT; i++)
		free(p->text[i]);
}

/* ---- an entry as bytes ---- */

/* Followed by the password, the realm as it was typed, the key and the record's value. */
struct packed {
	unsigned long line;
	size_t password_len, typed_len, key_len, value_len;
	bool created_set, changed_set, disabled_set, expires_set, locked, whole;
};

static enum status
pack(struct batch *b, const struct entry *e, uint64_t *at, struct fault *f)
{
	struct packed p = {.line = e->line, .password_len = e->password_len, .created_set = e->created_set,
	    .changed_set = e->changed_set, .disabled_set = e->disabled_set, .expires_set = e->expires_set,
	    .locked = e->locked, .whole = e->whole};
	const char *typed = e->record.name.realm_typed;
	char key[NAME_KEY_MAX], *value;
	enum status st = record_format(&e->record, &value, &p.value_len, f);

	if (st != ST_OK)
		return st;
	p.typed_len = strlen(typed);
	p.key_len = name_key(&e->record.name, key);
	st = spool_append_parts(b->spool, (const struct iovec[]){{&p, sizeof(p)},
	    {(void *)(uintptr_t)e->password, p.password_len}, {(void *)(uintptr_t)typed, p.typed_len},
	    {key, p.key_len}, {value, p.value_len}}, 5, at, f);
	record_free_value(value, p.value_len);
	return st;
}

static enum status
unpack(struct entry *e, const char *data, struct fault *f)
{
	struct packed p;
	const char *typed, *key;
	enum status st;

	memset(e, 0, sizeof(*e));
	memcpy(&p, data, sizeof(p));
	e->line = p.line;
	e->created_set = p.created_set;
	e->changed_set = p.changed_set;
	e->disabled_set = p.disabled_set;
	e->expires_set = p.expires_set;
	e->locked = p.locked;
	e->whole = p.whole;
	memcpy(e->password, data + sizeof(p), p.password_len);
	e->password_len = p.password_len;
	typed = data + sizeof(p) + p.password_len;
	key = typed + p.typed_len;
	st = record_reread(&e->record, key, p.key_len, key + p.key_len, p.value_len, f);
	memcpy(e->record.name.realm_typed, typed, p.typed_len);
	e->record.name.realm_typed[p.typed_len] = '\0';
	if (st != ST_OK)
		entry_clear(e);
	return st;
}

/* ---- gathering ---- */

static uint64_t
item_key(const struct name *name)
{
	char key[NAME_KEY_MAX];

	return (uint64_t)store_order(name) << 32 | checksum(0, key, name_key(name, key));
}

/* --map-realm.  A DIGEST-MD5 secret is of the realm that it was made for.  False: nothing is left. */
static bool
map_realm(struct batch *b, struct entry *e)
{
	struct name *name = &e->record.name;
	struct secret *digest = &e->record.secrets[MECH_DIGEST_MD5];
	char what[2 * NAME_BYTES_MAX + 128];

	if (b->map_from == NULL || strcmp(name->realm, b->map_from->realm) != 0)
		return true;
	strcpy(name->realm, b->map_to->realm);
	strcpy(name->realm_typed, b->map_to->realm_typed);
	if (digest->text == NULL)
		return true;
	secret_free(digest);
	snprintf(what, sizeof(what), "%s@%s: DIGEST-MD5 belongs to the old realm", name->user, name->realm);
	add_problem(&b->lost, e->line, what);
	return e->password_len > 0 || e->record.property_count > 0 || record_secret_count(&e->record) > 0;
}

static enum status
make_room(struct batch *b, struct fault *f)
{
	size_t room = b->room + b->room / 2 + 1024;
	struct batch_item *items;

	if (b->count < b->room)
		return ST_OK;
	items = reallocarray(b->items, room, sizeof(*items));
	if (items == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	b->items = items;
	b->room = room;
	return ST_OK;
}

/* As pack(), but an entry that is too large is a problem of that line, and ST_TOOBIG the answer. */
static enum status
pack_line(struct batch *b, const struct entry *e, unsigned long line, uint64_t *at, struct fault *f)
{
	struct fault why;
	enum status st = pack(b, e, at, &why);

	if (st == ST_TOOBIG)
		add_problem(&b->bad, line, why.text);
	else if (st != ST_OK && f != NULL)
		*f = why;
	return st;
}

static enum status
take_entry(void *arg, struct entry *e, struct fault *f)
{
	struct batch *b = arg;
	struct batch_item *item;
	enum status st;

	if (!map_realm(b, e)) {
		entry_clear(e);
		return ST_OK;
	}
	st = make_room(b, f);
	if (st == ST_OK) {
		item = &b->items[b->count];
		item->key = item_key(&e->record.name);
		item->prepared = e->password_len > 0 ? BATCH_PASSWORD : BATCH_NO_PASSWORD;
		st = pack_line(b, e, e->line, &item->at, f);
	}
	if (st == ST_OK)
		b->count++;
	entry_clear(e);
	return st == ST_TOOBIG ? ST_OK : st;
}

static void
take_bad(void *arg, unsigned long line, const char *why)
{
	struct batch *b = arg;

	add_problem(&b->bad, line, why);
}

static void
take_lost(void *arg, unsigned long line, const char *what)
{
	struct batch *b = arg;

	add_problem(&b->lost, line, what);
}

struct import_sink
batch_sink(struct batch *b)
{
	return (struct import_sink){b, take_entry, take_bad, take_lost};
}

/* ---- settling ---- */

static enum status
load(struct batch *b, const struct batch_item *item, struct entry *e, struct fault *f)
{
	const char *data;
	size_t len;
	enum status st = spool_read(b->spool, item->at, &data, &len, f);

	memset(e, 0, sizeof(*e));
	return st == ST_OK ? unpack(e, data, f) : st;
}

/* Those of one user in the order of the input. */
static int
compare_items(const void *a, const void *b)
{
	const struct batch_item *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void
add_contradiction(struct batch *b, const struct name *name, unsigned long line, unsigned long first)
{
	char what[2 * NAME_BYTES_MAX + 128];

	snprintf(what, sizeof(what), "%s@%s: is there already, in line %lu", name->user, name->realm, first);
	add_problem(&b->bad, line, what);
}

/* If both entries are of one user, puts the second to the first: *joined. */
static enum status
join(struct batch *b, struct batch_item *first, const struct batch_item *second, bool *joined, struct fault *f)
{
	struct entry e = {0}, next = {0};
	const struct name *x = &e.record.name, *y = &next.record.name;
	unsigned long line;
	enum status st = load(b, first, &e, f);

	*joined = false;
	if (st == ST_OK)
		st = load(b, second, &next, f);
	if (st != ST_OK)
		goto out;
	*joined = strcmp(x->user, y->user) == 0 && strcmp(x->realm, y->realm) == 0;
	if (!*joined)
		goto out;
	line = next.line;
	st = merge_entries(&e, &next, f);
	if (st == ST_EXISTS)
		add_contradiction(b, x, line, e.line);
	else if (st == ST_OK)
		st = pack_line(b, &e, line, &first->at, f);
	if (st == ST_EXISTS || st == ST_TOOBIG)
		st = ST_OK;
	if (e.password_len > 0)
		first->prepared = BATCH_PASSWORD;
out:
	entry_clear(&e);
	entry_clear(&next);
	return st;
}

/* Puts the item to an earlier one of the same user, if there is one: *joined.  kept: how many are there.  Names of
 * other users with the same key can be made on purpose. */
static enum status
join_any(struct batch *b, size_t kept, const struct batch_item *item, bool *joined, struct fault *f)
{
	enum status st = ST_OK;

	*joined = false;
	while (st == ST_OK && !*joined && kept > 0 && b->items[kept - 1].key == item->key)
		st = join(b, &b->items[--kept], item, joined, f);
	return st;
}

enum status
batch_settle(struct batch *b, struct fault *f)
{
	size_t kept = 0;
	enum status st = ST_OK;
	bool joined;

	if (b->count > 0)
		qsort(b->items, b->count, sizeof(*b->items), compare_items);
	for (size_t i = 0; i < b->count && st == ST_OK; i++) {
		st = join_any(b, kept, &b->items[i], &joined, f);
		if (!joined)
			b->items[kept++] = b->items[i];
	}
	b->count = kept;
	b->passwords = 0;
	for (size_t i = 0; i < kept; i++)
		b->passwords += b->items[i].prepared == BATCH_PASSWORD;
	return st;
}

/* ---- the interface ---- */

enum status
batch_open(struct batch *b, struct fault *f)
{
	return spool_open(&b->spool, f);
}

void
batch_close(struct batch *b)
{
	spool_close(b->spool);
	free(b->items);
	free_problems(&b->bad);
	free_problems(&b->lost);
	memset(b, 0, sizeof(*b));
}

enum status
batch_load(struct batch *b, size_t i, struct entry *e, struct fault *f)
{
	return load(b, &b->items[i], e, f);
}

/* The first item whose key is not less. */
static size_t
find_key(const struct batch *b, uint64_t key)
{
	size_t low = 0, high = b->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (b->items[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum status
batch_find(struct batch *b, const struct name *name, struct fault *f)
{
	uint64_t key = item_key(name);
	bool same = false;

	for (size_t i = find_key(b, key); !same && i < b->count && b->items[i].key == key; i++) {
		struct entry e;
		enum status st = load(b, &b->items[i], &e, f);

		if (st != ST_OK)
			return st;
		same = strcmp(e.record.name.user, name->user) == 0 && strcmp(e.record.name.realm, name->realm) == 0;
		entry_clear(&e);
	}
	return same ? ST_OK : ST_NOTFOUND;
}
