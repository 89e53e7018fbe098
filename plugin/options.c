/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options: reads what the program's conf file says of us, and decides whether we are meant at all.
 * Knows no database.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugin.h"

#define BLANKS " \t\n\v\f\r"	/* libsasl2 splits its lists with isspace() */

static const char *
get(const sasl_utils_t *utils, const char *option)
{
	const char *value = NULL;

	if (utils->getopt(utils->getopt_context, NULL, option, &value, NULL) != SASL_OK)
		return NULL;
	return value;
}

/* Takes the next word off *list.  NULL: there is none. */
static const char *
next_word(const char **list, const char *separators, size_t *len)
{
	const char *word = *list + strspn(*list, separators);

	*len = strcspn(word, separators);
	*list = word + *len;
	return *len == 0 ? NULL : word;
}

/* Does list name what we are looking for, and does it name others? */
static void
scan_list(const char *list, const char *sought, bool *found, bool *others)
{
	const char *word;
	size_t len;

	*others = false;
	*found = strcasecmp(list, sought) == 0;
	if (*found)	/* as in almost every conf file, and each login asks */
		return;
	while ((word = next_word(&list, BLANKS, &len)) != NULL) {
		if (len == strlen(sought) && strncasecmp(word, sought, len) == 0)
			*found = true;
		else
			*others = true;
	}
}

struct selection
selection_read(const sasl_utils_t *utils)
{
	const char *plugins = get(utils, "auxprop_plugin");
	const char *methods = get(utils, "pwcheck_method");
	bool plugin_named, method_named;
	struct selection s = {0};

	/* Unset, libsasl2 asks every plugin that is installed: that is not to be meant. */
	if (plugins == NULL)
		return s;
	scan_list(plugins, "gsasldb", &plugin_named, &s.other_plugins);
	scan_list(methods == NULL ? "auxprop" : methods, "auxprop", &method_named, &s.other_methods);
	s.ours = plugin_named && method_named;
	return s;
}

/* Notes the first option that cannot be; the words say what would be right. */
static void
refuse(struct options *o, const char *option, const char *value, const char *why)
{
	char shown[256];

	if (o->fault.status == ST_OK)
		fault_set(&o->fault, ST_CONFIG, 0, "option %s: \"%s\": %s", option,
		    escape_for_log(shown, sizeof(shown), value), why);
}

static enum status
read_path(struct options *o, const sasl_utils_t *utils)
{
	const char *value = get(utils, "gsasldb_path");

	if (value != NULL && *value != '/')
		refuse(o, "gsasldb_path", value, "must be an absolute path");
	o->path = strdup(value == NULL ? DB_PATH : value);
	return o->path == NULL ? ST_NOMEM : ST_OK;
}

static enum status
read_group(struct options *o, const sasl_utils_t *utils)
{
	const char *value = get(utils, "gsasldb_group");

	if (value != NULL && *value == '\0')
		refuse(o, "gsasldb_group", value, "must be the name of a group");
	o->group = strdup(value == NULL ? DB_GROUP : value);
	return o->group == NULL ? ST_NOMEM : ST_OK;
}

/* What account_check_password() has to do for a user whose secrets are those of mechs. */
static struct mech_spec
checked_by_plain(const struct mech_specs *mechs)
{
	const struct mech_spec *best = NULL;
	size_t i;

	for (i = 0; i < mechs->count; i++) {
		const struct mech_spec *spec = &mechs->spec[i];

		if (spec->mech == MECH_PLAIN)
			return *spec;
		if (mech_info(spec->mech)->kind == KIND_SCRAM && (best == NULL || spec->mech > best->mech))
			best = spec;
	}
	return best != NULL ? *best : mech_spec_default(MECH_PLAIN);
}

static void
read_mechs(struct options *o, const sasl_utils_t *utils)
{
	const char *value = get(utils, "gsasldb_mechs");
	struct fault f = {0};

	if (mech_specs_parse(&o->mechs, value == NULL ? mech_default_list : value, &f) != ST_OK) {
		refuse(o, "gsasldb_mechs", value == NULL ? mech_default_list : value, f.text);
		return;
	}
	o->pretend = checked_by_plain(&o->mechs);
}

static enum status
read_realms(struct options *o, const sasl_utils_t *utils)
{
	const char *value = get(utils, "gsasldb_realms"), *rest = value, *word;
	struct fault f = {0};
	size_t len;

	if (value == NULL)
		return ST_OK;
	/* Two realms take three bytes at least. */
	o->realms = calloc(strlen(value) / 2 + 1, sizeof(*o->realms));
	if (o->realms == NULL)
		return ST_NOMEM;
	while ((word = next_word(&rest, "," BLANKS, &len)) != NULL) {
		char realm[NAME_BYTES_MAX + 2];

		if (len >= sizeof(realm))
			len = sizeof(realm) - 1;	/* still too long: refused below */
		memcpy(realm, word, len);
		realm[len] = '\0';
		if (name_fold_realm(o->realms[o->realm_count], realm, &f) == ST_OK)
			o->realm_count++;
		else
			refuse(o, "gsasldb_realms", value, f.text);
	}
	if (o->realm_count == 0)
		refuse(o, "gsasldb_realms", value, "names no realm");
	return ST_OK;
}

static void
read_plain(struct options *o, const sasl_utils_t *utils)
{
	const char *value;

	/* first: what getopt answers lasts until it is asked again */
	o->plain = selection_read(utils).ours;
	value = get(utils, "gsasldb_plain");
	if (value == NULL || strcasecmp(value, "auto") == 0)
		return;
	if (strcasecmp(value, "yes") == 0)
		o->plain = true;
	else if (strcasecmp(value, "no") == 0)
		o->plain = false;
	else
		refuse(o, "gsasldb_plain", value, "must be \"auto\", \"yes\" or \"no\"");
}

static void
read_map(struct options *o, const sasl_utils_t *utils)
{
	const char *value = get(utils, "gsasldb_map");

	o->map = value != NULL && strcasecmp(value, "yes") == 0;
	if (value != NULL && !o->map && strcasecmp(value, "no") != 0)
		refuse(o, "gsasldb_map", value, "must be \"yes\" or \"no\"");
}

enum status
options_read(struct options *out, const sasl_utils_t *utils)
{
	enum status st;

	memset(out, 0, sizeof(*out));
	read_plain(out, utils);
	read_map(out, utils);
	read_mechs(out, utils);
	st = read_path(out, utils);
	if (st == ST_OK)
		st = read_group(out, utils);
	if (st == ST_OK)
		st = read_realms(out, utils);
	return st;
}

void
options_free(struct options *o)
{
	free(o->path);
	free(o->group);
	free(o->realms);
	memset(o, 0, sizeof(*o));
}

bool
options_serve_realm(const struct options *o, const char *realm)
{
	size_t i;

	if (o->realms == NULL)
		return true;
	for (i = 0; i < o->realm_count; i++)
		if (strcmp(o->realms[i], realm) == 0)
			return true;
	return false;
}
