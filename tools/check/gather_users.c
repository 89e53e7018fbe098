/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The database, in one walk: how many users have which secrets, and where.  Keeps names of a few users as
 * examples, and no secret.
 */
#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account.h"
#include "check.h"

struct walk {
	struct check *c;
	int64_t now;
};

static int
compare_realms(const void *a, const void *b)
{
	const struct realm_count *x = a, *y = b;

	return strcmp(x->realm, y->realm);
}

uint64_t
users_in_realm(const struct users *u, const char *realm_key)
{
	const struct realm_count key = {realm_key, 0};
	void *found = tfind(&key, &u->realms, compare_realms);

	return found == NULL ? 0 : (*(struct realm_count **)found)->users;
}

static void
count_realm(struct check *c, const char *realm)
{
	const struct realm_count key = {realm, 0};
	struct realm_count *new;
	void *found = tfind(&key, &c->users.realms, compare_realms);

	if (found != NULL) {
		(*(struct realm_count **)found)->users++;
		return;
	}
	new = check_keep(c, calloc(1, sizeof(*new)));
	if (new == NULL)
		return;
	new->realm = check_text(c, "%s", realm);
	new->users = 1;
	if (tsearch(new, &c->users.realms, compare_realms) == NULL)
		c->no_memory = true;
	c->users.realm_count++;
	c->users.some_realm = new;
}

/* The first of its kind is kept as an example. */
static void
keep(struct check *c, const struct name **example, const struct record *r)
{
	struct name *copy;

	if (*example != NULL)
		return;
	copy = check_keep(c, malloc(sizeof(*copy)));
	if (copy != NULL)
		*copy = r->name;
	*example = copy;
}

/* smtpd's DIGEST-MD5 hashes the realm as it is spelled there, so a hash of another spelling never fits. */
static void
count_digest(struct check *c, const struct record *r, const char *spelling)
{
	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];

		if (!s->auth || strcmp(s->realm_key, r->name.realm) != 0)
			continue;
		if (strcmp(s->realm, spelling) == 0) {
			c->users.digest_same++;
		} else {
			c->users.digest_other++;
			if (c->users.digest_one == NULL) {
				c->users.digest_spelling = check_text(c, "%s", spelling);
				c->users.digest_offered = s->realm;
			}
			keep(c, &c->users.digest_one, r);
		}
		return;
	}
}

static unsigned
count_secrets(struct check *c, const struct record *r)
{
	unsigned set = 0, low = 0;

	for (int m = 0; m < MECH_COUNT; m++) {
		struct secret_facts facts;

		if (r->secrets[m].text == NULL)
			continue;
		set |= 1u << m;
		secret_facts(&facts, (enum mech)m, r->secrets[m].text);
		if (m == MECH_PLAIN && facts.weak)
			set |= SECRETS_WEAK_PLAIN;
		if (facts.iterations != 0 && facts.iterations < mech_info((enum mech)m)->iterations)
			low |= 1u << m;
		if (m == MECH_DIGEST_MD5 && facts.realm != NULL)
			count_digest(c, r, facts.realm);
	}
	if (low != 0) {
		c->users.low_iterations++;
		c->users.low_mechs |= low;
		c->users.low_mixed += (set & ~low & ~SECRETS_WEAK_PLAIN) != 0;
		keep(c, &c->users.low_one, r);
	}
	return set;
}

/* Those of whom PLAIN and LOGIN check no password. */
static void
count_costly(struct check *c, const struct record *r)
{
	struct fault f;

	if (account_check_cost(r, &f) == ST_OK)
		return;
	c->users.costly++;
	if (c->users.costly_one == NULL)
		c->users.costly_why = check_text(c, "%s", f.text);
	keep(c, &c->users.costly_one, r);
}

static enum status
count_user(void *arg, const struct record *r, struct fault *f)
{
	const struct walk *w = arg;
	struct users *u = &w->c->users;
	struct secret_set *set = &u->set[count_secrets(w->c, r)];

	(void)f;
	u->count++;
	set->users++;
	if (record_active(r, w->now))
		set->active++;
	keep(w->c, &set->example, r);
	count_realm(w->c, r->name.realm);
	count_costly(w->c, r);
	if (r->disabled != 0) {
		u->disabled++;
		keep(w->c, &u->disabled_one, r);
	} else if (!record_active(r, w->now)) {
		u->expired++;
		keep(w->c, &u->expired_one, r);
	}
	return ST_OK;
}

void
gather_users(struct check *c)
{
	struct walk w = {c, (int64_t)time(NULL)};

	c->db_status = paths_resolve(&c->paths, c->db, &c->db_fault);
	if (c->db_status == ST_OK)
		c->db_status = store_open(&c->store, c->paths.left, &c->db_fault);
	if (c->db_status == ST_OK)
		c->db_status = store_each(c->store, count_user, &w, &c->db_fault);
}
