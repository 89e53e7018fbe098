/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * account: sets and checks the password of a record: which secrets are made, which are asked, in which
 * order.  Knows no database.
 */
#include <config.h>

#include <string.h>

#include "account.h"

/* The same kind of secret again, at today's cost. */
static struct mech_spec
spec_of_existing(const struct record *r, enum mech mech)
{
	struct mech_spec spec = mech_spec_default(mech);
	struct secret_facts facts;

	secret_facts(&facts, mech, r->secrets[mech].text);
	if (facts.iterations > spec.iterations)
		spec.iterations = facts.iterations < SCRAM_ITERATIONS_MAX ? facts.iterations : SCRAM_ITERATIONS_MAX;
	if (facts.scheme != NULL) {
		/* by name: an imported $2y$ stays bcrypt and becomes $2b$ */
		const struct scheme_info *scheme =
		    mech_scheme_find(facts.scheme->name, strlen(facts.scheme->name));

		if (scheme != NULL && scheme->makes)
			spec.scheme = scheme;
	}
	return spec;
}

static void
specs_of_record(struct mech_specs *out, const struct record *r)
{
	out->count = 0;
	for (size_t i = 0; i < MECH_COUNT; i++) {
		if (r->secrets[i].text != NULL)
			out->spec[out->count++] = spec_of_existing(r, (enum mech)i);
	}
}

enum status
account_check_length(const struct record *r, const struct mech_specs *specs, const struct mech_specs *defaults,
    size_t len, struct fault *f)
{
	struct mech_specs existing;

	if (specs == NULL) {
		specs_of_record(&existing, r);
		specs = existing.count > 0 ? &existing : defaults;
	}
	for (size_t i = 0; i < specs->count; i++) {
		const struct scheme_info *scheme = specs->spec[i].scheme;

		if (scheme != NULL && len > scheme->password_max)
			return fault_set(f, ST_BADVALUE, 0, "password: longer than %u bytes, and %s would cut it",
			    scheme->password_max, scheme->name);
	}
	return ST_OK;
}

enum status
account_set_password(struct record *r, const struct mech_specs *specs, const struct mech_specs *defaults,
    bool only, const struct name *name, const char *password, size_t len, int64_t now, struct fault *f)
{
	struct secret made[MECH_COUNT] = {{0}};
	struct mech_specs existing;
	enum status st = password_check(password, len, f);

	if (specs == NULL) {
		specs_of_record(&existing, r);
		specs = existing.count > 0 ? &existing : defaults;
	}
	for (size_t i = 0; st == ST_OK && i < specs->count; i++)
		st = secret_make(&made[specs->spec[i].mech], &specs->spec[i], name, password, len, f);
	if (st != ST_OK)
		goto out;
	for (size_t i = 0; i < MECH_COUNT; i++) {
		if (made[i].text == NULL && !only)
			continue;
		secret_free(&r->secrets[i]);
		r->secrets[i] = made[i];
		made[i].text = NULL;
	}
	record_drop_unknown_secrets(r);	/* a later version would go on to serve the old password */
	r->changed = now;
out:
	for (size_t i = 0; i < MECH_COUNT; i++)
		secret_free(&made[i]);
	return st;
}

/* The secret that a password is checked against; MECH_COUNT: there is none. */
static enum mech
find_asked(const struct record *r)
{
	static const enum mech order[] = {MECH_PLAIN, MECH_SCRAM_SHA_512, MECH_SCRAM_SHA_384,
	    MECH_SCRAM_SHA_256, MECH_SCRAM_SHA_224, MECH_SCRAM_SHA_1, MECH_CLEARTEXT};

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		if (r->secrets[order[i]].text != NULL)
			return order[i];
	}
	return MECH_COUNT;
}

enum status
account_check_password(bool *match, const struct record *r, const char *password, size_t len,
    struct fault *f)
{
	enum mech asked = find_asked(r);

	*match = false;
	if (asked == MECH_COUNT)
		return fault_set(f, ST_NOTFOUND, 0, "no secret that a password can be checked against");
	return secret_verify(match, asked, r->secrets[asked].text, &r->name, password, len, f);
}

enum status
account_check_cost(const struct record *r, struct fault *f)
{
	enum mech asked = find_asked(r);

	return asked != MECH_COUNT ? secret_check_cost(asked, r->secrets[asked].text, f) : ST_OK;
}

/* Is the password one that the secret's scheme looks at as a whole?  crypt(3) cuts what is longer. */
static bool
is_wholly_hashed(enum mech mech, const char *text, size_t len)
{
	struct secret_facts facts;

	secret_facts(&facts, mech, text);
	return facts.scheme == NULL || len <= facts.scheme->password_max;
}

/* A secret that cannot be checked against within its bound: a new one cures that. */
static bool
is_too_costly(enum mech mech, const char *text)
{
	return secret_check(mech, text, NULL) == ST_OK && secret_check_cost(mech, text, NULL) != ST_OK;
}

/* Looks at no more than so many secrets. */
static enum status
check_secrets(bool *current, size_t limit, const struct record *r, const struct mech_specs *specs,
    const struct name *name, const char *password, size_t len, struct fault *f)
{
	/* by cost: one hash, then thousands, then the one that is made to be slow */
	static const enum mech order[] = {MECH_CLEARTEXT, MECH_DIGEST_MD5, MECH_CRAM_MD5,
	    MECH_SCRAM_SHA_1, MECH_SCRAM_SHA_224, MECH_SCRAM_SHA_256, MECH_SCRAM_SHA_384,
	    MECH_SCRAM_SHA_512, MECH_PLAIN};
	_Static_assert(sizeof order / sizeof order[0] == MECH_COUNT, "each mechanism has its place");
	bool wanted[MECH_COUNT] = {false};
	size_t verified = 0;

	*current = false;
	for (size_t i = 0; i < MECH_COUNT; i++)
		wanted[i] = specs == NULL && r->secrets[i].text != NULL;
	for (size_t i = 0; specs != NULL && i < specs->count; i++) {
		wanted[specs->spec[i].mech] = true;
		if (r->secrets[specs->spec[i].mech].text == NULL)
			return ST_OK;
	}
	for (size_t i = 0; i < MECH_COUNT; i++) {
		if (wanted[i] && is_too_costly((enum mech)i, r->secrets[i].text))
			return ST_OK;
	}
	for (size_t i = 0; i < MECH_COUNT && verified < limit; i++) {
		const char *text = r->secrets[order[i]].text;
		bool match;
		enum status st;

		if (!wanted[order[i]])
			continue;
		st = secret_verify(&match, order[i], text, name, password, len, f);
		if (st != ST_OK || !match || !is_wholly_hashed(order[i], text, len))
			return st;
		verified++;
	}
	*current = verified > 0;
	return ST_OK;
}

enum status
account_is_current(bool *current, const struct record *r, const struct mech_specs *specs,
    const struct name *name, const char *password, size_t len, struct fault *f)
{
	return check_secrets(current, MECH_COUNT, r, specs, name, password, len, f);
}

enum status
account_seems_current(bool *current, const struct record *r, const struct mech_specs *specs,
    const struct name *name, const char *password, size_t len, struct fault *f)
{
	return check_secrets(current, 1, r, specs, name, password, len, f);
}
