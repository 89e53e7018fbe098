/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apply: one user after the other, in the order in which they lie in the file.
 */
#include "config.h"

#include <string.h>

#include "apply.h"
#include "prepare.h"
#include "rows.h"

#define LOOK_EVERY 256		/* users between two looks at clock and signals */

/* The users of the replaced realm who are not in the batch. */
struct others {
	struct apply *a;
	struct rows users;	/* strings */
};

static enum status
look_up(struct apply *a, const struct name *name, struct record *out, struct fault *f)
{
	if (a->t != NULL)
		return store_txn_get(a->t, name, out, f);
	memset(out, 0, sizeof(*out));
	return a->store != NULL ? store_get(a->store, name, out, f) : ST_NOTFOUND;
}

/* ---- users to remove ---- */

static enum status
take_record(void *arg, const struct record *r, struct fault *f)
{
	struct others *o = arg;
	enum status st;

	if (strcmp(r->name.realm, o->a->replaced) != 0)
		return ST_OK;
	st = batch_find(o->a->batch, &r->name, f);
	return st == ST_NOTFOUND ? rows_add(&o->users, strdup(r->name.user), f) : st;
}

/* What made an input without a user of the realm has failed, more likely than that somebody wants nobody in. */
static enum status
check_not_all(const struct others *o, struct fault *f)
{
	struct batch *b = o->a->batch;
	bool found = false;
	struct entry e;
	enum status st = ST_OK;

	if (o->users.count == 0)
		return ST_OK;
	for (size_t i = 0; st == ST_OK && !found && i < b->count; i++) {
		st = batch_load(b, i, &e, f);
		found = st == ST_OK && strcmp(e.record.name.realm, o->a->replaced) == 0;
		if (st == ST_OK)
			entry_clear(&e);
	}
	if (st != ST_OK || found)
		return st;
	return fault_set(f, ST_BADVALUE, 0, "realm %s: the input has no user of it, so all %zu would be removed: "
	    "nothing was changed (saslpasswd -d removes users)", o->a->replaced, o->users.count);
}

static enum status
find_others(struct others *o, struct fault *f)
{
	struct apply *a = o->a;

	if (a->t != NULL)
		return store_txn_each(a->t, take_record, o, f);
	return a->store != NULL ? store_each(a->store, take_record, o, f) : ST_OK;
}

static enum status
remove_others(struct others *o, struct applied *out, struct fault *f)
{
	struct apply *a = o->a;
	enum status st = ST_OK;
	struct name name = {0};

	strcpy(name.realm, a->replaced);
	strcpy(name.realm_typed, a->replaced);
	for (size_t i = 0; i < o->users.count && st == ST_OK; i++) {
		strcpy(name.user, o->users.row[i]);
		a->told(a->arg, "removed", &name);
		out->removed++;
		if (a->t != NULL)
			st = store_txn_delete(a->t, &name, f);
	}
	return st;
}

/* ---- users of the batch ---- */

static void
count(struct apply *a, const struct merged *m, const struct name *name, struct applied *out)
{
	if (m->outcome == OUTCOME_UNCHANGED) {
		out->unchanged++;
		return;
	}
	a->told(a->arg, m->outcome == OUTCOME_ADDED ? "added" : "changed", name);
	if (m->outcome == OUTCOME_ADDED)
		out->added++;
	else
		out->changed++;
	out->keep_older += m->keeps_older;
}

static enum status
apply_entry(struct apply *a, size_t i, const struct entry *e, struct applied *out, struct fault *f)
{
	struct record old = {0};
	struct merged m = {0};
	enum status st = look_up(a, &e->record.name, &old, f);
	bool found = st == ST_OK;

	if (st == ST_OK || st == ST_NOTFOUND)
		st = prepared_load(&m, a->batch, i, found ? &old : NULL, f);
	if (st == ST_NOTFOUND)
		st = merge(&m, e, found ? &old : NULL, a->rules, f);
	if (st == ST_OK && a->t != NULL && m.outcome != OUTCOME_UNCHANGED)
		st = store_txn_put(a->t, &m.record, f);
	prepare_name_fault(f, st, e);
	if (st == ST_OK)
		count(a, &m, &e->record.name, out);
	record_clear(&m.record);
	record_clear(&old);
	return st;
}

static enum status
check_interrupt(struct apply *a, size_t i, struct fault *f)
{
	/* a password may have to be hashed again, which takes long */
	if (i % LOOK_EVERY != 0 && a->batch->items[i].prepared == BATCH_NO_PASSWORD)
		return ST_OK;
	progress_show(a->progress, i);
	if (!a->interrupted())
		return ST_OK;
	return fault_set(f, ST_BUSY, 0, "interrupted: nothing was changed");
}

static enum status
apply_entries(struct apply *a, struct applied *out, struct fault *f)
{
	enum status st = ST_OK;
	struct entry e;

	for (size_t i = 0; i < a->batch->count && st == ST_OK; i++) {
		st = check_interrupt(a, i, f);
		if (st == ST_OK)
			st = batch_load(a->batch, i, &e, f);
		if (st != ST_OK)
			break;
		st = apply_entry(a, i, &e, out, f);
		entry_clear(&e);
	}
	return st;
}

enum status
apply_batch(struct apply *a, struct applied *out, struct fault *f)
{
	struct others others = {.a = a};
	enum status st = ST_OK;

	memset(out, 0, sizeof(*out));
	if (a->replaced != NULL)
		st = find_others(&others, f);
	if (st == ST_OK)
		st = check_not_all(&others, f);
	if (st == ST_OK)
		st = apply_entries(a, out, f);
	if (st == ST_OK && others.users.count > 0)
		st = remove_others(&others, out, f);
	rows_free(&others.users);
	return st;
}
