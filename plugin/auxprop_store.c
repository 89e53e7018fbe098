/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auxprop_store: stores what sasl_setpass() and programs give.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "account.h"
#include "plugin.h"

#define WRITE_WAIT 10		/* seconds; a program may be waiting with a client */

/* What a program wants to have stored for one user. */
struct change {
	const struct propval *properties;	/* up to a NULL name */
	bool forget;				/* the user goes, with all he has */
	const char *password;			/* NULL: stays as it is */
	size_t password_len;
};

/* Of the requested properties only those with a list of values were set; an empty list empties them. */
static void
read_change(struct change *c, const struct propval *properties)
{
	const struct propval *p;

	c->properties = properties;
	for (p = properties; p->name != NULL; p++) {
		bool password = strcasecmp(p->name, SASL_AUX_PASSWORD_PROP) == 0;

		if (p->values == NULL || (!password && strcmp(p->name, SASL_AUX_ALL) != 0))
			continue;
		if (p->values[0] == NULL) {
			c->forget = true;
		} else if (password) {
			c->password = p->values[0];
			/* with one value, valsize is its length, NULs included */
			c->password_len = p->nvalues == 1 ? p->valsize : strlen(p->values[0]);
		}
	}
}

/* A SCRAM verifier that a stock mechanism made ("SCRAM-SHA-1$..." in authPassword, scram_secret_generate). */
static enum status
take_verifier(struct record *r, bool *changed, const char *value, struct fault *f)
{
	const char *dollar = strchr(value, '$');
	enum mech mech;
	char *text;

	if (dollar == NULL || !mech_find(value, (size_t)(dollar - value), &mech) ||
	    mech_info(mech)->kind != KIND_SCRAM || secret_check(mech, dollar + 1, f) != ST_OK)
		return fault_set(f, ST_BADVALUE, 0, "authPassword: not a SCRAM verifier that can be stored");
	if (secret_check_cost(mech, dollar + 1, f) != ST_OK)
		return ST_COSTLY;
	if (r->secrets[mech].text != NULL && strcmp(r->secrets[mech].text, dollar + 1) == 0)
		return ST_OK;
	text = strdup(dollar + 1);
	if (text == NULL)
		return fault_set(f, ST_NOMEM, 0, "authPassword: out of memory");
	secret_free(&r->secrets[mech]);
	r->secrets[mech].text = text;
	record_drop_unknown_secrets(r);
	r->changed = time(NULL);
	*changed = true;
	return ST_OK;
}

static enum status
take_property(struct record *r, bool *changed, const struct propval *p, struct fault *f)
{
	const struct property *old;
	const char *value;
	size_t len;

	/* '*' names belong to lookups; userPassword is the password, which is no property here */
	if (p->values == NULL || p->name[0] == '*' || strcasecmp(p->name, SASL_AUX_PASSWORD_PROP) == 0)
		return ST_OK;
	value = p->values[0];
	if (auxprop_is_secret(p->name)) {
		if (value == NULL)	/* the stock saslpasswd2 sends these after every change */
			return ST_OK;
		if (strcasecmp(p->name, mech_info(MECH_SCRAM_SHA_1)->property) == 0)
			return take_verifier(r, changed, value, f);
		return fault_set(f, ST_BADVALUE, 0, "%s: is made from the password, not stored", p->name);
	}
	old = record_property(r, p->name);
	if (value == NULL && old == NULL)
		return ST_OK;
	len = value == NULL ? 0 : p->nvalues == 1 ? p->valsize : strlen(value);
	if (value != NULL && old != NULL && old->len == len && memcmp(old->value, value, len) == 0)
		return ST_OK;
	*changed = true;
	return record_set_property(r, p->name, value, len, f);
}

/* Do all secrets stand for this password already, DIGEST-MD5's realm as it is spelled now? */
static enum status
password_is_current(bool *current, const struct record *r, const struct change *c, const struct name *name,
    struct fault *f)
{
	const char *digest = r->secrets[MECH_DIGEST_MD5].text;
	struct secret_facts facts = {0};

	*current = false;
	if (record_secret_count(r) == 0)
		return ST_OK;
	if (digest != NULL) {
		secret_facts(&facts, MECH_DIGEST_MD5, digest);
		if (facts.realm == NULL || strcmp(facts.realm, name->realm_typed) != 0)
			return ST_OK;
	}
	return account_is_current(current, r, NULL, name, c->password, c->password_len, f);
}

/*
 * Makes *out of old (all zeros: there is no such user) and the change.  *changed: is there something to
 * write?
 */
static enum status
prepare(struct record *out, bool *changed, const struct record *old, const struct change *c,
    const struct name *name, struct fault *f)
{
	const struct propval *p;
	int64_t now = time(NULL);
	bool current = true;
	enum status st = ST_OK;

	*changed = false;
	if (old->name.user[0] == '\0')
		record_init(out, name, now);
	else
		st = record_copy(out, old, f);
	if (st == ST_OK && c->password != NULL)
		st = password_is_current(&current, out, c, name, f);
	if (st == ST_OK && !current) {
		st = account_set_password(out, NULL, &plugin.options.mechs, false, name, c->password,
		    c->password_len, now, f);
		*changed = true;
	}
	for (p = c->properties; st == ST_OK && p->name != NULL; p++)
		st = take_property(out, changed, p, f);
	return st;
}

/* Are the two the same entry, byte for byte?  If that cannot be told they are not. */
static bool
same_record(const struct record *a, const struct record *b)
{
	char *bytes_a = NULL, *bytes_b = NULL;
	size_t len_a = 0, len_b = 0;
	bool same = false;

	if (a->name.user[0] == '\0' || b->name.user[0] == '\0')
		return a->name.user[0] == b->name.user[0];
	if (record_format(a, &bytes_a, &len_a, NULL) == ST_OK &&
	    record_format(b, &bytes_b, &len_b, NULL) == ST_OK)
		same = len_a == len_b && memcmp(bytes_a, bytes_b, len_a) == 0;
	record_free_value(bytes_a, len_a);
	record_free_value(bytes_b, len_b);
	return same;
}

static enum status
begin(struct store_txn **out, const sasl_server_params_t *sparams, bool create, struct fault *f)
{
	struct store_write_options options = {
	    .create = create, .group = plugin.options.group, .wait = WRITE_WAIT};
	const char *warning;
	enum status st;

	st = store_begin(out, plugin.options.path, &options, f);
	if (st == ST_OK && (warning = store_txn_warning(*out)) != NULL)
		report(sparams, SASL_LOG_WARN, "%s", warning);
	return st;
}

static enum status
commit(struct store_txn **t, const sasl_server_params_t *sparams, struct fault *f)
{
	enum status st;

	memset(f, 0, sizeof(*f));	/* words on success are a warning */
	st = store_commit(*t, f);
	*t = NULL;
	if (st == ST_OK && f->text[0] != '\0')
		report(sparams, SASL_LOG_WARN, "%s", f->text);
	return st;
}

static enum status
forget_user(const sasl_server_params_t *sparams, const struct name *name, struct fault *f)
{
	struct store_txn *t = NULL;
	struct record r = {0};
	enum status st;

	st = begin(&t, sparams, false, f);
	if (st == ST_OK)
		st = store_txn_get(t, name, &r, f);
	if (st == ST_OK)
		st = store_txn_delete(t, name, f);
	if (st == ST_OK)
		st = commit(&t, sparams, f);
	store_abort(t);
	record_clear(&r);
	return st;
}

/* Hashing takes its time, so it is done before the turn to write, and again only if the entry changed. */
static enum status
change_user(const sasl_server_params_t *sparams, const struct change *c, const struct name *name,
    struct fault *f)
{
	struct record old = {0}, current = {0}, made = {0};
	struct store_txn *t = NULL;
	bool changed = false;
	enum status st;

	st = plugin_get(NULL, name, &old, f);
	if (st == ST_OK || st == ST_NOTFOUND || st == ST_NODB)
		st = prepare(&made, &changed, &old, c, name, f);
	if (st != ST_OK || !changed)
		goto out;
	st = begin(&t, sparams, true, f);
	if (st != ST_OK)
		goto out;
	st = store_txn_get(t, name, &current, f);
	if (st != ST_OK && st != ST_NOTFOUND)
		goto out;
	st = ST_OK;
	if (!same_record(&old, &current)) {
		record_clear(&made);
		st = prepare(&made, &changed, &current, c, name, f);
	}
	if (st == ST_OK && changed)
		st = store_txn_put(t, &made, f);
	if (st == ST_OK && changed)
		st = commit(&t, sparams, f);
out:
	store_abort(t);
	record_clear(&old);
	record_clear(&current);
	record_clear(&made);
	return st;
}

/* Logs how a store went: what is wrong with the request each time, what is wrong with the database once. */
static void
report_store(const sasl_server_params_t *sparams, const struct name *name, bool forgotten, struct fault *f)
{
	char who[REPORT_WHO_MAX];

	if (plugin_store_code(f->status) == SASL_BADPARAM)
		report(sparams, SASL_LOG_ERR, "nothing is stored: %s", f->text);
	else
		report_outcome(&plugin.writing, sparams, plugin.options.path, f);
	if (f->status == ST_OK)
		report(sparams, SASL_LOG_NOTE, "%s: %s", report_who(who, name),
		    forgotten ? "deleted" : "stored");
}

int
auxprop_store(void *glob_context, sasl_server_params_t *sparams, struct propctx *ctx, const char *user,
    unsigned ulen)
{
	const struct propval *properties;
	struct change c = {0};
	struct name name = {0};
	struct fault f = {0};
	enum status st;

	(void)glob_context;
	if (ctx == NULL)
		return SASL_OK;
	if (sparams == NULL || user == NULL)
		return SASL_BADPARAM;
	if (!selection_read(sparams->utils).ours)
		return SASL_CONSTRAINT_VIOLAT;
	if (plugin_misconfigured(sparams))
		return SASL_UNAVAIL;
	properties = sparams->utils->prop_get(ctx);
	if (properties == NULL)
		return SASL_BADPARAM;
	read_change(&c, properties);
	st = plugin_name(&name, sparams, user, ulen, &f);
	if (st == ST_OK)
		st = c.forget ? forget_user(sparams, &name, &f) : change_user(sparams, &c, &name, &f);
	if (c.forget && (st == ST_NOTFOUND || st == ST_NODB))
		st = ST_OK;	/* who is not there is deleted already */
	f.status = st;
	report_store(sparams, &name, c.forget, &f);
	return plugin_store_code(st);
}
