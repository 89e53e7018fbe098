/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin: the two functions that libsasl2 looks for, the life of the one struct plugin, and the way from a
 * name to a record that lookups and mechanisms share.
 *
 * libsasl2 calls the server entry first, then the auxprop entry; Postfix does all that as root and before
 * it goes into its jail, which is why the database is opened here and not at the first lookup.
 */
#include <config.h>

#include <string.h>
#include <time.h>

#include "plugin.h"

struct plugin plugin = {.config_told = ATOMIC_FLAG_INIT, .costly_told = ATOMIC_FLAG_INIT,
    .digest_told = ATOMIC_FLAG_INIT};

/* ---- life ---- */

static int
enter(unsigned side, const sasl_utils_t *utils)
{
	if (plugin.sides == 0 && options_read(&plugin.options, utils) != ST_OK) {
		options_free(&plugin.options);
		return SASL_NOMEM;
	}
	plugin.sides |= side;
	return SASL_OK;
}

static void
forget_log(struct fault_log *log)
{
	size_t i;

	atomic_store(&log->said, ST_OK);
	for (i = 0; i < sizeof(log->when) / sizeof(log->when[0]); i++)
		atomic_store(&log->when[i], 0);
}

void
plugin_leave(unsigned side)
{
	struct store *store;

	plugin.sides &= ~side;
	if (plugin.sides != 0)
		return;
	store = atomic_exchange(&plugin.store, NULL);
	if (store != NULL)
		store_close(store);
	options_free(&plugin.options);
	forget_log(&plugin.reading);
	forget_log(&plugin.writing);
	forget_log(&plugin.trouble);
	atomic_flag_clear(&plugin.config_told);
	atomic_flag_clear(&plugin.costly_told);
	atomic_flag_clear(&plugin.digest_told);
}

/* ---- status ---- */

/* "Could not tell" must never look like "no such user": SASL_UNAVAIL also wins over the answers of other
 * plugins, and programs call it temporary. */
int
plugin_lookup_code(enum status status)
{
	switch (status) {
	case ST_OK:
		return SASL_OK;
	case ST_NOTFOUND:
	case ST_BADNAME:
	case ST_NODB:
		return SASL_NOUSER;
	default:
		return SASL_UNAVAIL;
	}
}

int
plugin_store_code(enum status status)
{
	switch (status) {
	case ST_OK:
		return SASL_OK;
	case ST_BADNAME:
	case ST_BADVALUE:
	case ST_TOOBIG:
	case ST_COSTLY:
		return SASL_BADPARAM;
	case ST_BUSY:
		return SASL_TRYAGAIN;
	case ST_NOMEM:
		return SASL_NOMEM;
	default:
		return SASL_FAIL;
	}
}

bool
plugin_misconfigured(const sasl_server_params_t *sparams)
{
	if (plugin.options.fault.status == ST_OK)
		return false;
	if (!atomic_flag_test_and_set(&plugin.config_told))
		report(sparams, SASL_LOG_ERR, "%s; nobody can log in by gsasldb until that is mended",
		    plugin.options.fault.text);
	return true;
}

/* ---- from a name to a record ---- */

enum status
plugin_name(struct name *out, const sasl_server_params_t *sparams, const char *user, unsigned len,
    struct fault *f)
{
	char spec[NAME_KEY_MAX + 1], shown[REPORT_NAME_MAX];
	const char *realm = sparams->user_realm;

	if (len >= sizeof(spec) || memchr(user, '\0', len) != NULL)
		return fault_set(f, ST_BADNAME, 0, "a user name that is too long or holds a NUL");
	memcpy(spec, user, len);
	spec[len] = '\0';
	if (realm == NULL || *realm == '\0')
		realm = sparams->serverFQDN;
	if (name_parse(out, spec, NULL, realm, f) != ST_OK)
		return ST_BADNAME;
	if (!options_serve_realm(&plugin.options, out->realm))
		return fault_set(f, ST_BADNAME, 0, "realm %s: not one of gsasldb_realms",
		    report_name(shown, out->realm));
	return ST_OK;
}

/* Did the program change its root since the plugin was loaded? */
static bool
in_jail(void)
{
	struct stat now;

	return stat("/", &now) == 0 &&
	    (now.st_dev != plugin.root.st_dev || now.st_ino != plugin.root.st_ino);
}

/* The store, opened now if it could not be before.  Threads may race here: one store stays. */
static struct store *
open_store(struct fault *f)
{
	struct store *store = atomic_load(&plugin.store), *opened = NULL;

	if (store != NULL)
		return store;
	if (store_open(&opened, plugin.options.path, f) != ST_OK) {
		/* In a chroot the path says nothing of the file that was there before. */
		if (f->status == ST_NODB && plugin.opening.status != ST_OK && in_jail())
			*f = plugin.opening;
		return NULL;
	}
	if (plugin.options.map)
		store_map(opened);
	if (atomic_compare_exchange_strong(&plugin.store, &store, opened))
		return opened;
	store_close(opened);
	return store;
}

/* The database answers, but is there something that somebody should mend? */
static void
report_trouble(const sasl_server_params_t *sparams, struct store *store)
{
	struct fault f;

	if (!store_trouble(store, &f))
		f.status = ST_OK;
	report_outcome(&plugin.trouble, sparams, plugin.options.path, &f);
}

enum status
plugin_get(const sasl_server_params_t *sparams, const struct name *name, struct record *r, struct fault *f)
{
	char who[REPORT_WHO_MAX], shown[1024];
	struct store *store = open_store(f);
	enum status st;

	if (store == NULL)
		memset(r, 0, sizeof(*r));
	st = store == NULL ? f->status : store_get(store, name, r, f);
	f->status = st;
	if (sparams != NULL)
		report_outcome(&plugin.reading, sparams, plugin.options.path, f);
	if (sparams != NULL && (st == ST_OK || st == ST_NOTFOUND))
		report_trouble(sparams, store);
	if (st == ST_NOTFOUND || st == ST_NODB)
		fault_set(f, st, 0, "no such %s in %s", report_who(who, name),
		    escape_for_log(shown, sizeof(shown), plugin.options.path));
	return st;
}

const char *
plugin_inactive(const struct record *r, int *code)
{
	if (record_active(r, time(NULL)))
		return NULL;
	*code = r->disabled != 0 ? SASL_DISABLED : SASL_EXPIRED;
	return r->disabled != 0 ? "is disabled" : "has expired";
}

/* ---- entry points ---- */

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int sasl_auxprop_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_auxprop_plug_t **plug, const char *plugname);
EXPORTED int sasl_server_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_server_plug_t **pluglist, int *plugcount);

int
sasl_auxprop_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_auxprop_plug_t **plug, const char *plugname)
{
	int result;

	(void)plugname;
	if (utils == NULL || out_version == NULL || plug == NULL)
		return SASL_BADPARAM;
	if (max_version < SASL_AUXPROP_PLUG_VERSION)
		return SASL_BADVERS;
	result = enter(SIDE_AUXPROP, utils);
	if (result != SASL_OK)
		return result;
	/* What goes wrong here is told at the first lookup that meets it still: only then is there a
	 * connection, and with it the program's own log. */
	plugin.opening.status = ST_OK;
	if (selection_read(utils).ours && plugin.options.fault.status == ST_OK && stat("/", &plugin.root) == 0 &&
	    open_store(&plugin.opening) != NULL)
		plugin.opening.status = ST_OK;
	*out_version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &auxprop_plug;
	return SASL_OK;
}

int
sasl_server_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_server_plug_t **pluglist, int *plugcount)
{
	int result;

	if (utils == NULL || out_version == NULL || pluglist == NULL || plugcount == NULL)
		return SASL_BADPARAM;
	if (max_version < SASL_SERVER_PLUG_VERSION)
		return SASL_BADVERS;
	result = enter(SIDE_SERVER, utils);
	if (result != SASL_OK)
		return result;
	*out_version = SASL_SERVER_PLUG_VERSION;
	*pluglist = plain_plugs;
	*plugcount = plugin.options.plain ? plain_plug_count : 0;
	if (*plugcount == 0)
		plugin_leave(SIDE_SERVER);	/* no mechanism: nobody will call mech_free */
	return SASL_OK;
}
