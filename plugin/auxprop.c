/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auxprop: hands the secrets of a user to libsasl2's stock mechanisms.  Checks no passwords; that is plain.c.
 */
#include <config.h>

#include <string.h>
#include <strings.h>
#include <time.h>

#include "plugin.h"

bool
auxprop_is_secret(const char *property)
{
	int i;

	for (i = 0; i < MECH_COUNT; i++)
		if (strcasecmp(property, mech_info((enum mech)i)->property) == 0)
			return true;
	return false;
}

struct lookup {
	sasl_server_params_t *sparams;
	unsigned flags;
	bool secret_wanted;

	bool mech_known;	/* the next three are known: find_mechanism() */
	const char *mech_name;	/* the running mechanism; NULL: none, this is sasl_checkpass() */
	enum mech mech;		/* its row */
	bool has_row;		/* false: a mechanism that only knows userPassword (NTLM), or nothing of ours */

	bool own_known;		/* the next three are known: find_own() */
	bool own;		/* the user has a secret that the running mechanism can use ... */
	unsigned char *value;	/* ... and as what: SECRET_PROPERTY_MAX bytes, len of them used */
	size_t len;

	bool secret_served;
	struct fault why;	/* why there is no such secret, if there is more to say than that */
};

/*
 * The property's name, without the '*' of the authentication identity, if this lookup is to fill it; else
 * NULL.  A value that is there stays, but userPassword under VERIFY_AGAINST_HASH is what the client typed.
 */
static const char *
wanted(const struct propval *p, unsigned flags)
{
	bool authzid = (flags & SASL_AUXPROP_AUTHZID) != 0;
	const char *name = p->name + (authzid ? 0 : 1);

	if (authzid == (p->name[0] == '*') || *name == '\0')
		return NULL;
	if (p->values == NULL || (flags & SASL_AUXPROP_OVERRIDE) ||
	    ((flags & SASL_AUXPROP_VERIFY_AGAINST_HASH) && strcasecmp(name, SASL_AUX_PASSWORD_PROP) == 0))
		return name;
	return NULL;
}

/* Is there something to do?  Empties what will be filled, so that nothing stays if it is not found. */
static bool
clear_wanted(const sasl_server_params_t *sparams, unsigned flags, bool *secret_wanted)
{
	const sasl_utils_t *utils = sparams->utils;
	const struct propval *p = utils->prop_get(sparams->propctx);
	bool any = false;

	for (; p != NULL && p->name != NULL; p++) {
		const char *name = wanted(p, flags);

		if (name == NULL)
			continue;
		any = true;
		*secret_wanted = *secret_wanted || auxprop_is_secret(name);
		if (p->values != NULL)
			utils->prop_erase(sparams->propctx, p->name);
	}
	return any;
}

/*
 * Asks libsasl2, and does not guess by what is asked for: on one connection it goes on asking for all that it ever
 * asked for.  Only where it matters: for sasl_checkpass() the answer is an error that libsasl2 puts into words.
 */
static void
find_mechanism(struct lookup *l)
{
	const sasl_utils_t *utils = l->sparams->utils;
	const void *name = NULL;

	if (l->mech_known)
		return;
	l->mech_known = true;
	if (utils->getprop(utils->conn, SASL_MECHNAME, &name) == SASL_OK)
		l->mech_name = name;
	l->mech = MECH_PLAIN;
	l->has_row = l->mech_name == NULL || mech_find(l->mech_name, strlen(l->mech_name), &l->mech);
}

/*
 * A DIGEST-MD5 hash holds user and realm as the client must spell them (RFC 2831 section 2.1.2.1).  libsasl2
 * does not tell us how it spelled the user: "hoge" and "hoge@realm" both arrive as hoge@realm.
 */
static bool
digest_fits(struct lookup *l, const struct name *name, const char *text)
{
	char who[REPORT_WHO_MAX], shown[REPORT_NAME_MAX];
	struct secret_facts facts;

	secret_facts(&facts, MECH_DIGEST_MD5, text);
	if (facts.realm == NULL || strcmp(facts.realm, name->realm_typed) != 0) {
		fault_set(&l->why, ST_NOTFOUND, 0, "%s has a DIGEST-MD5 secret for the realm spelled %s, "
		    "not as it is asked for here; set the password again with the realm spelled as here",
		    report_who(who, name),
		    report_name(shown, facts.realm == NULL ? "" : facts.realm));
		return false;
	}
	if (!atomic_flag_test_and_set(&plugin.digest_told))
		report(l->sparams, SASL_LOG_WARN, "DIGEST-MD5 is served from stored hashes: a client that "
		    "writes user@realm as its user name cannot log in by it; use the bare name or another "
		    "mechanism, see gsasldb(5)");
	return true;
}

/* Has the user a secret that the running mechanism can use?  Errors: ST_CORRUPT. */
static enum status
find_own(struct lookup *l, const struct name *name, const struct record *r, struct fault *f)
{
	const char *text;
	enum status st;

	if (l->own_known)
		return ST_OK;
	l->own_known = true;
	find_mechanism(l);
	text = l->has_row ? r->secrets[l->mech].text : NULL;
	if (text == NULL || (l->mech == MECH_DIGEST_MD5 && !digest_fits(l, name, text)))
		return ST_OK;
	st = secret_property(l->mech, text, l->value, &l->len, f);
	l->own = st == ST_OK;
	return st == ST_OK || st == ST_NOTFOUND ? ST_OK : ST_CORRUPT;
}

static enum status
set_value(const struct lookup *l, const char *full_name, const char *value, size_t len, struct fault *f)
{
	if (l->sparams->utils->prop_set(l->sparams->propctx, full_name, value, (int)len) == SASL_OK)
		return ST_OK;
	return fault_set(f, ST_NOMEM, 0, "property %s: libsasl2 did not take it", full_name);
}

static enum status
set_secret(struct lookup *l, const char *full_name, enum mech mech, const struct record *r, struct fault *f)
{
	unsigned char value[SECRET_PROPERTY_MAX];
	const char *text = r->secrets[mech].text;
	enum status st;
	size_t len;

	st = text == NULL ? ST_NOTFOUND : secret_property(mech, text, value, &len, f);
	if (st == ST_OK)
		st = set_value(l, full_name, (const char *)value, len, f);
	explicit_bzero(value, sizeof(value));
	if (st == ST_OK)
		l->secret_served = true;
	return st == ST_NOTFOUND ? ST_OK : st;
}

/*
 * Only what the running mechanism uses leaves the database.  userPassword is kept from a mechanism that has
 * its own secret: SCRAM would compute from it and ignore the verifier.  cmusaslsecretPLAIN is asked for by
 * sasl_checkpass() alone, which may run after a mechanism that libsasl2 still names.
 */
static enum status
set_property(struct lookup *l, const char *full_name, const char *property, const struct name *name,
    const struct record *r, struct fault *f)
{
	bool readable = strcasecmp(property, SASL_AUX_PASSWORD_PROP) == 0;
	const struct property *p;
	enum status st;

	if (readable && r->secrets[MECH_CLEARTEXT].text == NULL)
		return ST_OK;
	if (strcasecmp(property, mech_info(MECH_PLAIN)->property) == 0)
		return set_secret(l, full_name, MECH_PLAIN, r, f);
	if (!auxprop_is_secret(property)) {
		p = record_property(r, property);
		return p == NULL ? ST_OK : set_value(l, full_name, p->value, p->len, f);
	}
	st = find_own(l, name, r, f);
	if (st != ST_OK)
		return st;
	if (readable)
		return l->own ? ST_OK : set_secret(l, full_name, MECH_CLEARTEXT, r, f);
	if (!l->own || strcasecmp(property, mech_info(l->mech)->property) != 0)
		return ST_OK;
	l->secret_served = true;
	return set_value(l, full_name, (const char *)l->value, l->len, f);
}

static enum status
set_wanted(struct lookup *l, const struct name *name, const struct record *r, struct fault *f)
{
	const struct propval *p = l->sparams->utils->prop_get(l->sparams->propctx);
	enum status st = ST_OK;

	for (; st == ST_OK && p->name != NULL; p++) {
		const char *property = wanted(p, l->flags);

		if (property != NULL)
			st = set_property(l, p->name, property, name, r, f);
	}
	return st;
}

static void
report_no_secret(const struct lookup *l, const struct name *name, const struct record *r)
{
	char who[REPORT_WHO_MAX], mechs[256];

	if (l->why.status != ST_OK) {
		report(l->sparams, SASL_LOG_FAIL, "%s", l->why.text);
		return;
	}
	report(l->sparams, SASL_LOG_FAIL, "%s has no secret for %s; he has: %s", report_who(who, name),
	    l->mech_name == NULL ? "sasl_checkpass (PLAIN:smd5 or CLEARTEXT)" : l->mech_name,
	    record_mech_names(r, mechs, sizeof(mechs)));
}

/* ST_NOTFOUND for one who may not log in: a client has proved nothing yet, so it must not hear more. */
static enum status
check_active(const struct name *name, const struct record *r, struct fault *f)
{
	char who[REPORT_WHO_MAX];
	const char *reason;
	int code;

	reason = plugin_inactive(r, &code);
	if (reason == NULL)
		return ST_OK;
	return fault_set(f, ST_NOTFOUND, 0, "%s %s", report_who(who, name), reason);
}

/*
 * What there is to say of a lookup that found no user or no secret.  Nothing where no secret was asked for
 * (Kerberos users need no entry here), and nothing for our own PLAIN and LOGIN, which look up by themselves.
 */
static void
report_lookup(struct lookup *l, enum status st, const struct name *name, const struct record *r,
    const struct fault *f)
{
	if (!l->secret_wanted || l->secret_served || (l->flags & SASL_AUXPROP_AUTHZID))
		return;
	find_mechanism(l);
	if (plugin.options.plain && l->mech_name != NULL && l->has_row && l->mech == MECH_PLAIN)
		return;
	if (st == ST_OK)
		report_no_secret(l, name, r);
	else if (plugin_lookup_code(st) == SASL_NOUSER)
		report(l->sparams, selection_read(l->sparams->utils).other_plugins ? SASL_LOG_NOTE :
		    SASL_LOG_FAIL, "%s", f->text);
}

static enum status
serve(sasl_server_params_t *sparams, unsigned flags, bool secret_wanted, const char *user, unsigned ulen)
{
	unsigned char value[SECRET_PROPERTY_MAX];
	struct lookup l = {.sparams = sparams, .flags = flags, .secret_wanted = secret_wanted, .value = value};
	struct record r = {0};
	struct name name;
	struct fault f = {0};
	enum status st;

	st = plugin_name(&name, sparams, user, ulen, &f);
	if (st == ST_OK)
		st = plugin_get(sparams, &name, &r, &f);
	if (st == ST_OK)
		st = check_active(&name, &r, &f);
	if (st == ST_OK && (st = set_wanted(&l, &name, &r, &f)) != ST_OK)
		report(sparams, SASL_LOG_ERR, "%s", f.text);
	report_lookup(&l, st, &name, &r, &f);
	explicit_bzero(value, sizeof(value));
	record_clear(&r);
	return st;
}

static int
auxprop_lookup(void *glob_context, sasl_server_params_t *sparams, unsigned flags, const char *user,
    unsigned ulen)
{
	bool secret_wanted = false;
	int result;

	(void)glob_context;
	if (sparams == NULL || user == NULL)
		return SASL_BADPARAM;
	if (!selection_read(sparams->utils).ours)
		return SASL_NOMECH;
	if (!clear_wanted(sparams, flags, &secret_wanted))
		return SASL_OK;
	if (plugin_misconfigured(sparams))
		return SASL_UNAVAIL;
	result = plugin_lookup_code(serve(sparams, flags, secret_wanted, user, ulen));
	/* libsasl2 cannot handle SASL_NOUSER for an authorization identity (as the stock plugins have it). */
	return result == SASL_NOUSER && (flags & SASL_AUXPROP_AUTHZID) ? SASL_OK : result;
}

static void
auxprop_free(void *glob_context, const sasl_utils_t *utils)
{
	(void)glob_context;
	(void)utils;
	plugin_leave(SIDE_AUXPROP);
}

static char auxprop_name[] = "gsasldb";

sasl_auxprop_plug_t auxprop_plug = {
	.auxprop_free = auxprop_free,
	.auxprop_lookup = auxprop_lookup,
	.name = auxprop_name,
	.auxprop_store = auxprop_store,
};
