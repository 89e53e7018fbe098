/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smtpd.conf: is it where this Postfix reads it, does it choose our plugin, and do the plugin's options say
 * what can be?
 */
#include "config.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define BLANKS " \t"
#define OUR_PREFIX "gsasldb_"

/* ---- the file ---- */

/* A smtpd.conf where libsasl2 would look and this Postfix does not; NULL: there is none. */
static const char *
conf_elsewhere(struct check *c)
{
	const char *list = secure_getenv("SASL_CONF_PATH"), *base = strrchr(c->conf_path, '/') + 1, *dir;
	size_t len;

	if (list == NULL)
		list = SASL_CONF_DIRS;
	while ((dir = word_next(&list, ":", &len)) != NULL) {
		const char *path = check_text(c, "%.*s/%s", (int)len, dir, base);

		if (!word_in(c->conf_dirs, ":", check_text(c, "%.*s", (int)len, dir)) &&
		    access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}

static const char *
folder_of(struct check *c, const char *path)
{
	return check_quote(c, check_text(c, "%.*s", (int)(strrchr(path, '/') - path), path));
}

static void
find_missing(struct check *c)
{
	const char *other, *path, *remedy;

	if (c->conf_path == NULL || c->conf_status != ST_NOTFOUND)
		return;
	other = conf_elsewhere(c);
	path = check_quote(c, c->conf_path);
	if (other != NULL) {
		remedy = check_text(c, "install -D -m 644 %s %s", check_quote(c, other), path);
		check_find(c, remedy, "%s: there is no such file; this Postfix does not read %s", c->conf_path,
		    other);
		return;
	}
	remedy = check_text(c, "mkdir -p %s\nprintf '%%s\\n' 'pwcheck_method: auxprop' 'auxprop_plugin: gsasldb' "
	    "'mech_list: %s'%s%s >%s", folder_of(c, c->conf_path), "PLAIN LOGIN SCRAM-SHA-256",
	    c->file != NULL ? " " : "", c->file != NULL ? check_quote(c, check_text(c, "gsasldb_path: %s",
	    c->file)) : "", path);
	check_find(c, remedy, "%s: there is no such file, so libsasl2 does not know of the plugin",
	    c->conf_path);
}

/* A folder, say. */
static void
find_unreadable(struct check *c)
{
	if (c->conf_status == ST_IO || (c->conf_status == ST_PERM && geteuid() == 0))
		check_find(c, check_text(c, "mv %s %s", check_quote(c, c->conf_path), check_quote(c,
		    check_text(c, "%s.bad", c->conf_path))), "%s", c->conf_fault.text);
}

static void
find_elsewhere(struct check *c)
{
	const char *other = conf_elsewhere(c);

	if (other != NULL)
		check_find(c, check_text(c, "mv %s %s", check_quote(c, other), check_quote(c,
		    check_text(c, "%s.unused", other))), "%s: this Postfix does not read it, but %s", other,
		    c->conf_path);
}

static void
find_syntax(struct check *c)
{
	static const char before[] = ": line ";
	const char *at = strstr(c->conf_fault.text, before);
	unsigned line;

	if (c->conf_status != ST_CONFIG || at == NULL)
		return;
	line = (unsigned)strtoul(at + strlen(before), NULL, 10);
	if (line == 0)
		return;
	check_find(c, remedy_conf_drop(c, line), "%s; libsasl2 refuses the whole file", c->conf_fault.text);
}

static void
find_twice(struct check *c)
{
	for (size_t i = 0; i < c->conf.count; i++) {
		const struct appconf_item *item = &c->conf.items[i], *first = appconf_get(&c->conf, item->key);

		if (first != item)
			check_find(c, remedy_conf_drop(c, item->line), "%s: line %u: %s is there a second time; "
			    "line %u counts", c->conf_path, item->line, item->key, first->line);
	}
}

/* ---- whom libsasl2 asks ---- */

static void
find_method(struct check *c)
{
	const struct appconf_item *item = appconf_get(&c->conf, "pwcheck_method");

	if (item != NULL && !word_in(item->value, BLANKS, "auxprop"))
		check_find(c, remedy_conf(c, "pwcheck_method", "auxprop"),
		    "%s: line %u: passwords are checked by \"%s\" and not by this plugin", c->conf_path, item->line,
		    item->value);
}

static void
find_saslauthd(struct check *c)
{
	const struct appconf_item *method = appconf_get(&c->conf, "pwcheck_method"),
	    *item = appconf_get(&c->conf, "saslauthd_path");
	const char *socket = item != NULL ? item->value : "/var/run/saslauthd/mux";

	if (method == NULL || !word_in(method->value, BLANKS, "saslauthd") ||
	    !word_in(method->value, BLANKS, "auxprop") || access(socket, F_OK) == 0)
		return;
	check_find(c, remedy_conf(c, "pwcheck_method", "auxprop"),
	    "%s: line %u: users who are not in the database are asked of saslauthd, which does not run (%s)",
	    c->conf_path, method->line, socket);
}

static void
find_auxprop(struct check *c)
{
	const struct appconf_item *item = appconf_get(&c->conf, "auxprop_plugin");

	if (item == NULL)
		check_find(c, remedy_conf(c, "auxprop_plugin", "gsasldb"),
		    "%s: auxprop_plugin is missing, so this plugin is not used", c->conf_path);
	else if (!word_in(item->value, BLANKS, "gsasldb"))
		check_find(c, remedy_conf(c, "auxprop_plugin", "gsasldb"),
		    "%s: line %u: auxprop_plugin is \"%s\", so this plugin is not used", c->conf_path, item->line,
		    item->value);
}

static void
find_others(struct check *c)
{
	const struct appconf_item *item = appconf_get(&c->conf, "auxprop_plugin");

	if (c->selection.other_plugins)
		check_find(c, remedy_conf(c, "auxprop_plugin", "gsasldb"), "%s: line %u: auxprop_plugin names "
		    "others too (\"%s\"): who is deleted or disabled here may still log in by them", c->conf_path,
		    item->line, item->value);
}

/* ---- our options ---- */

static const char *const our_options[] = {"gsasldb_group", "gsasldb_map", "gsasldb_mechs", "gsasldb_path",
    "gsasldb_plain", "gsasldb_realms"};
#define OPTION_COUNT (sizeof(our_options) / sizeof(our_options[0]))

/* How many letters must be added, taken away or changed to make b of a (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], width = strlen(b);

	if (width >= 64 || strlen(a) >= 64)
		return 64;
	for (size_t k = 0; k <= width; k++)
		row[k] = k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < width; k++) {
			size_t best = corner + (a[i] != b[k]);

			corner = row[k + 1];
			if (corner + 1 < best)
				best = corner + 1;
			if (row[k] + 1 < best)
				best = row[k] + 1;
			row[k + 1] = best;
		}
	}
	return row[width];
}

static const char *
similar_option(const char *key)
{
	const char *best = NULL;
	size_t least = 4;	/* more letters than that are another word */

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		size_t d = distance(key, our_options[i]);

		if (d < least) {
			least = d;
			best = our_options[i];
		}
	}
	return best;
}

static void
find_unknown(struct check *c)
{
	for (size_t i = 0; i < c->conf.count; i++) {
		const struct appconf_item *item = &c->conf.items[i];
		const char *meant = similar_option(item->key);

		/* sasldb_path is the stock plugin's */
		if (strncmp(item->key, OUR_PREFIX, strlen(OUR_PREFIX)) != 0 &&
		    (meant == NULL || strncmp(item->key, "sasldb_", 7) == 0))
			continue;
		if (meant != NULL && strcmp(meant, item->key) == 0)
			continue;
		if (meant == NULL || appconf_get(&c->conf, meant) != NULL)
			check_find(c, remedy_conf_drop(c, item->line), "%s: line %u: there is no option %s",
			    c->conf_path, item->line, item->key);
		else
			check_find(c, check_text(c, "sed -i '%us/^[^:]*:/%s:/' %s", item->line, meant,
			    check_quote(c, c->conf_path)), "%s: line %u: there is no option %s; %s is meant",
			    c->conf_path, item->line, item->key, meant);
	}
}

/* What the plugin itself says: then it serves nobody. */
static void
find_value(struct check *c)
{
	const char *text = c->options.fault.text;

	if (c->options.fault.status == ST_OK)
		return;
	for (size_t i = 0; i < c->conf.count; i++) {
		const char *key = c->conf.items[i].key;

		if (strncmp(text, "option ", 7) == 0 && strncmp(text + 7, key, strlen(key)) == 0 &&
		    text[7 + strlen(key)] == ':') {
			check_find(c, remedy_conf_drop(c, c->conf.items[i].line),
			    "%s: line %u: %s; until then the plugin serves nobody", c->conf_path,
			    c->conf.items[i].line, text);
			return;
		}
	}
}

static void
find_group(struct check *c)
{
	const struct appconf_item *item = appconf_get(&c->conf, "gsasldb_group");

	if (item != NULL && getgrnam(item->value) == NULL)
		check_find(c, remedy_conf_drop(c, item->line), "%s: line %u: there is no group %s: a new database "
		    "would be readable for root alone", c->conf_path, item->line, item->value);
}

static void
find_realms(struct check *c)
{
	const struct appconf_item *item = appconf_get(&c->conf, "gsasldb_realms");

	for (size_t i = 0; item != NULL && i < c->service_count; i++) {
		const struct service *s = &c->services[i];

		if (s->auth && s->realm_key[0] != '\0' && !options_serve_realm(&c->options, s->realm_key))
			check_find(c, remedy_conf(c, "gsasldb_realms", check_text(c, "%s %s", item->value,
			    s->realm_key)), "%s: line %u: gsasldb_realms lacks %s, the realm of smtpd (%s)",
			    c->conf_path, item->line, s->realm_key, s->name);
	}
}

static void
find_path(struct check *c)
{
	const char *path = c->options.path;

	if (c->file != NULL && path != NULL && strcmp(path, c->file) != 0 && c->file[0] == '/')
		check_find(c, remedy_conf(c, "gsasldb_path", c->file), "%s: Postfix uses the database %s, and not "
		    "%s, which was checked", c->conf_path, path, c->file);
}

static const struct check_row rows[] = {
	{SEVERITY_ERROR, "conf-missing", NEED_POSTFIX, find_missing},
	{SEVERITY_ERROR, "conf-unreadable", NEED_POSTFIX, find_unreadable},
	{SEVERITY_ADVICE, "conf-elsewhere", NEED_POSTFIX | NEED_CONF, find_elsewhere},
	{SEVERITY_ERROR, "conf-syntax", 0, find_syntax},
	{SEVERITY_WARNING, "option-twice", NEED_CONF, find_twice},
	{SEVERITY_ERROR, "pwcheck-method", NEED_CONF, find_method},
	{SEVERITY_WARNING, "saslauthd", NEED_CONF, find_saslauthd},
	{SEVERITY_ERROR, "auxprop-plugin", NEED_CONF, find_auxprop},
	{SEVERITY_WARNING, "auxprop-others", NEED_CONF | NEED_SELECTED, find_others},
	{SEVERITY_WARNING, "option-unknown", NEED_CONF, find_unknown},
	{SEVERITY_ERROR, "option-value", NEED_CONF, find_value},
	{SEVERITY_WARNING, "group-unknown", NEED_CONF, find_group},
	{SEVERITY_ERROR, "realms-exclude", NEED_AUTH | NEED_SELECTED, find_realms},
	{SEVERITY_WARNING, "path-differs", NEED_SELECTED, find_path},
};
const struct check_subject check_conf = {rows, sizeof(rows) / sizeof(rows[0])};
