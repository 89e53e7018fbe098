/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge: puts together what is there and what is said.  Knows no database and no input.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "merge.h"

/* *said: the mechanisms that the password speaks for. */
static enum status
take_password(struct merged *out, const struct entry *e, const struct merge_rules *rules, unsigned *said,
    struct fault *f)
{
	struct record *r = &out->record;
	const struct name *name = &e->record.name;
	bool current = false;
	enum status st = ST_OK;

	*said = rules->specs != NULL ? mech_specs_bits(rules->specs) : record_secret_bits(r);
	if (*said == 0)
		*said = mech_specs_bits(rules->defaults);
	if (record_secret_count(r) > 0)
		st = account_seems_current(&current, r, rules->specs, name, e->password, e->password_len, f);
	if (st != ST_OK || current)
		return st;
	if (out->outcome == OUTCOME_UNCHANGED)
		out->outcome = OUTCOME_CHANGED;
	if (rules->judge)
		return account_check_length(r, rules->specs, rules->defaults, e->password_len, f);
	return account_set_password(r, rules->specs, rules->defaults, false, name, e->password, e->password_len,
	    rules->now, f);
}

static enum status
set_secret(struct record *r, int mech, const char *text, struct fault *f)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	if (text != NULL && copy == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	secret_free(&r->secrets[mech]);
	r->secrets[mech].text = copy;
	return ST_OK;
}

/* The verifiers of the input, where the password has not spoken. */
static enum status
take_secrets(struct merged *out, const struct entry *e, unsigned said, struct fault *f)
{
	enum status st = ST_OK;

	for (int m = 0; m < MECH_COUNT && st == ST_OK; m++)
		if (e->record.secrets[m].text != NULL && (said & 1u << m) == 0)
			st = set_secret(&out->record, m, e->record.secrets[m].text, f);
	return st;
}

static enum status
take_properties(struct record *r, const struct entry *e, struct fault *f)
{
	enum status st = ST_OK;

	while (e->whole && r->property_count > 0)
		record_set_property(r, r->properties[0].name, NULL, 0, NULL);
	for (size_t i = 0; i < e->record.property_count && st == ST_OK; i++) {
		const struct property *p = &e->record.properties[i];

		st = record_set_property(r, p->name, p->value, p->len, f);
	}
	/* beside a password, such lines may be those of an export from before it */
	if (st == ST_OK && (e->whole || e->record.unknown != NULL))
		st = record_set_unknown(r, e->record.unknown, e->password_len > 0, f);
	return st;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The mechanisms whose secret is another one than before. */
static unsigned
changed_bits(const struct record *r, const struct record *old)
{
	unsigned bits = 0;

	for (int m = 0; m < MECH_COUNT; m++)
		if (!same_text(r->secrets[m].text, old->secrets[m].text))
			bits |= 1u << m;
	return bits;
}

/* The secrets that the input has nothing for. */
static void
remove_others(struct record *r, unsigned said)
{
	for (int m = 0; m < MECH_COUNT; m++)
		if ((said & 1u << m) == 0)
			secret_free(&r->secrets[m]);
	record_drop_unknown_secrets(r);
}

static void
take_times(struct record *r, const struct entry *e, bool secrets_changed, int64_t now)
{
	if (e->created_set)
		r->created = e->record.created;
	if (e->disabled_set)
		r->disabled = e->record.disabled;
	else if (e->locked && r->disabled == 0)
		r->disabled = now;
	if (e->expires_set)
		r->expires = e->record.expires;
	if (e->changed_set)
		r->changed = e->record.changed;
	else if (secrets_changed)
		r->changed = now;
}

static enum status
start(struct merged *out, const struct entry *e, const struct record *old, const struct merge_rules *rules,
    struct fault *f)
{
	memset(out, 0, sizeof(*out));
	if (old != NULL)
		return record_copy(&out->record, old, f);
	record_init(&out->record, &e->record.name, rules->now);
	out->outcome = OUTCOME_ADDED;
	return ST_OK;
}

enum status
merge(struct merged *out, const struct entry *e, const struct record *old, const struct merge_rules *rules,
    struct fault *f)
{
	struct record *r = &out->record;
	unsigned said = 0, changed;
	enum status st = start(out, e, old, rules, f);
	bool same = false;

	if (st == ST_OK && e->password_len > 0)
		st = take_password(out, e, rules, &said, f);
	if (st == ST_OK)
		st = take_secrets(out, e, said, f);
	if (st != ST_OK)
		return st;
	said |= record_secret_bits(&e->record);
	if (old != NULL && changed_bits(r, old) != 0)
		record_drop_unknown_secrets(r);
	if (e->whole || (rules->only && said != 0))
		remove_others(r, said);
	st = take_properties(r, e, f);
	if (st != ST_OK || old == NULL) {
		take_times(r, e, false, rules->now);
		return st;
	}
	changed = changed_bits(r, old);
	take_times(r, e, changed != 0, rules->now);
	out->keeps_older = (changed != 0 || out->outcome == OUTCOME_CHANGED) && (record_secret_bits(r) & ~said) != 0;
	st = record_same(&same, r, old, f);
	if (st == ST_OK && !same)
		out->outcome = OUTCOME_CHANGED;
	return st;
}

/* ---- two entries of one user ---- */

static bool
contradict(const struct entry *a, const struct entry *b)
{
	if (a->whole || b->whole || (a->password_len > 0 && b->password_len > 0) ||
	    (record_secret_bits(&a->record) & record_secret_bits(&b->record)) != 0)
		return true;
	if ((a->disabled_set && (b->disabled_set || b->locked)) || (a->locked && b->disabled_set))
		return true;
	if ((a->record.unknown != NULL && b->record.unknown != NULL) || (a->expires_set && b->expires_set) ||
	    (a->created_set && b->created_set) || (a->changed_set && b->changed_set))
		return true;
	for (size_t i = 0; i < b->record.property_count; i++)
		if (record_property(&a->record, b->record.properties[i].name) != NULL)
			return true;
	return false;
}

static void
move_times(struct entry *a, const struct entry *b)
{
	if (b->created_set)
		a->record.created = b->record.created;
	if (b->changed_set)
		a->record.changed = b->record.changed;
	if (b->disabled_set)
		a->record.disabled = b->record.disabled;
	if (b->expires_set)
		a->record.expires = b->record.expires;
	a->created_set |= b->created_set;
	a->changed_set |= b->changed_set;
	a->disabled_set |= b->disabled_set;
	a->expires_set |= b->expires_set;
	a->locked |= b->locked;
}

enum status
merge_entries(struct entry *a, struct entry *b, struct fault *f)
{
	enum status st = ST_OK;

	if (contradict(a, b)) {
		entry_clear(b);
		return ST_EXISTS;
	}
	for (size_t i = 0; i < b->record.property_count && st == ST_OK; i++) {
		const struct property *p = &b->record.properties[i];

		st = record_set_property(&a->record, p->name, p->value, p->len, f);
	}
	for (int m = 0; m < MECH_COUNT && st == ST_OK; m++) {
		if (b->record.secrets[m].text == NULL)
			continue;
		a->record.secrets[m] = b->record.secrets[m];
		b->record.secrets[m].text = NULL;
	}
	if (st == ST_OK && b->record.unknown != NULL) {
		a->record.unknown = b->record.unknown;
		b->record.unknown = NULL;
	}
	if (b->password_len > 0) {
		memcpy(a->password, b->password, sizeof(a->password));
		a->password_len = b->password_len;
	}
	move_times(a, b);
	entry_clear(b);
	return st;
}
