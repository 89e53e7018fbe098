/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smtpd.conf and libsasl2 as this Postfix uses them: where the file is, what our plugin makes of it, and
 * which mechanisms each smtpd offers.  The last is asked of libsasl2 itself, in a child process, with the
 * same plugins, file and security options.
 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sasl/sasl.h>

#include "check.h"

/* ---- smtpd.conf ---- */

/* Debian's Postfix has directories of its own and no cyrus_sasl_config_path. */
static const char *
conf_directories(struct check *c)
{
	const char *config_dir = c->config_dir, *list = c->main.value[PARAM_CONFIG_PATH];

	if (config_dir == NULL)
		config_dir = c->have_postfix ? c->main.value[PARAM_CONFIG_DIR] : "/etc/postfix";
	if (access("/etc/debian_version", F_OK) == 0)
		return check_text(c, "%s/sasl:/usr/lib/sasl", config_dir);
	if (c->have_postfix && *list != '\0')
		return list;
	return SASL_CONF_DIRS;
}

/* The name of the conf file. */
static const char *
application(const struct check *c)
{
	if (!c->have_postfix)
		return "smtpd";
	return (c->first != NULL ? c->first : &c->main)->value[PARAM_SASL_PATH];
}

static void
find_conf(struct check *c)
{
	const char *name = application(c);
	const char *list, *dir;
	struct stat st;
	size_t len;

	c->conf_status = ST_NOTFOUND;
	list = c->conf_dirs = conf_directories(c);
	while (c->conf_status == ST_NOTFOUND && (dir = word_next(&list, ":", &len)) != NULL) {
		const char *path = check_text(c, "%.*s/%s.conf", (int)len, dir, name);

		if (c->conf_path == NULL)
			c->conf_path = path;
		if (stat(path, &st) == 0) {
			c->conf_path = path;
			c->conf_status = appconf_load(&c->conf, path, &c->conf_fault);
		}
	}
}

static int
get_option(void *context, const char *plugin_name, const char *option, const char **result, unsigned *len)
{
	const struct check *c = context;
	const struct appconf_item *item = appconf_get(&c->conf, option);

	(void)plugin_name;
	if (item == NULL)
		return SASL_FAIL;
	*result = item->value;
	if (len != NULL)
		*len = (unsigned)strlen(item->value);
	return SASL_OK;
}

void
gather_conf(struct check *c)
{
	const struct appconf_item *path;
	sasl_utils_t utils = {.getopt = get_option, .getopt_context = c};

	find_conf(c);
	if (options_read(&c->options, &utils) != SASL_OK)
		c->no_memory = true;
	path = appconf_get(&c->conf, "gsasldb_path");
	c->db = c->file != NULL ? c->file : path != NULL && *path->value == '/' ? path->value : DB_PATH;
	c->db_option = strcmp(c->db, DB_PATH) == 0 ? "" : check_text(c, " -f %s", check_quote(c, c->db));
}

/* ---- what is offered ---- */

static const struct check *asking;	/* in the child; libsasl2's callbacks have no better way to it */

static int
be_silent(void *context, int level, const char *message)
{
	(void)context;
	(void)level;
	(void)message;
	return SASL_OK;
}

static int
give_conf_path(void *context, char **path)
{
	(void)context;
	*path = strdup(asking->conf_dirs);
	return *path != NULL ? SASL_OK : SASL_NOMEM;
}

static unsigned
security_flags(const char *list)
{
	static const struct {
		const char *word;
		unsigned flag;
	} words[] = {
		{"noplaintext", SASL_SEC_NOPLAINTEXT}, {"noactive", SASL_SEC_NOACTIVE},
		{"nodictionary", SASL_SEC_NODICTIONARY}, {"noanonymous", SASL_SEC_NOANONYMOUS},
		{"forward_secrecy", SASL_SEC_FORWARD_SECRECY}, {"mutual_auth", SASL_SEC_MUTUAL_AUTH},
	};
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (word_in(list, ", \t", words[i].word))
			flags |= words[i].flag;
	return flags;
}

/* smtpd_sasl_mechanism_filter: the first word that fits decides.  Tables in it are not asked. */
static bool
passes_filter(const char *filter, const char *mech, size_t mech_len)
{
	const char *word;
	size_t len;

	if (*filter == '\0')
		return true;
	while ((word = word_next(&filter, ", \t", &len)) != NULL) {
		bool negated = *word == '!';

		word += negated;
		len -= negated;
		if ((len > 7 && strncmp(word, "static:", 7) == 0) ||
		    (len == mech_len && strncasecmp(word, mech, len) == 0))
			return !negated;
	}
	return false;
}

static void
say_session(const struct service *s, size_t index, const char *kind, enum param options, FILE *out)
{
	sasl_security_properties_t properties = {.security_flags = security_flags(s->value[options])};
	sasl_conn_t *conn = NULL;
	const char *list = NULL, *word;
	size_t len;

	fprintf(out, "%zu %s ", index, kind);
	if (sasl_server_new("smtp", s->value[PARAM_MYHOSTNAME],
	    *s->value[PARAM_LOCAL_DOMAIN] != '\0' ? s->value[PARAM_LOCAL_DOMAIN] : NULL, NULL, NULL, NULL, 0,
	    &conn) == SASL_OK && sasl_setprop(conn, SASL_SEC_PROPS, &properties) == SASL_OK &&
	    sasl_listmech(conn, NULL, "", " ", "", &list, NULL, NULL) == SASL_OK)
		while ((word = word_next(&list, " ", &len)) != NULL)
			if (passes_filter(s->value[PARAM_FILTER], word, len))
				fprintf(out, "%.*s ", (int)len, word);
	fputc('\n', out);
	sasl_dispose(&conn);
}

static void
say_mechs(const struct check *c, FILE *out)
{
	/* libsasl2 keeps functions of different types in one field */
	const sasl_callback_t callbacks[] = {
		{SASL_CB_LOG, (int (*)(void))(void (*)(void))be_silent, NULL},
		{SASL_CB_GETCONFPATH, (int (*)(void))(void (*)(void))give_conf_path, NULL},
		{SASL_CB_LIST_END, NULL, NULL},
	};
	const char **mechs;

	asking = c;
	setenv("SASL_PATH", c->plugin_dirs, 1);
	if (sasl_server_init(callbacks, application(c)) != SASL_OK)
		return;
	fputs("installed ", out);
	for (mechs = sasl_global_listmech(); mechs != NULL && *mechs != NULL; mechs++)
		fprintf(out, "%s ", *mechs);
	fputc('\n', out);
	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];

		if (s->auth && s->clear.possible)
			say_session(s, i, "clear", PARAM_OPTIONS, out);
		if (s->auth && s->tls.possible)
			say_session(s, i, "tls", PARAM_TLS_OPTIONS, out);
	}
}

/* One line of say_mechs(); the list keeps a space before and after each name. */
static void
hear(struct check *c, const char *line, size_t len)
{
	static const char clear[] = " clear", tls[] = " tls";
	const char **offers;
	size_t index;
	char *at;

	if (len > 10 && strncmp(line, "installed ", 10) == 0) {
		c->installed = check_text(c, "%.*s", (int)(len - 9), line + 9);
		return;
	}
	index = strtoul(line, &at, 10);
	if (at == line || index >= c->service_count)
		return;
	if (strncmp(at, tls, strlen(tls)) == 0) {
		offers = &c->services[index].tls.offers;
		at += strlen(tls);
	} else if (strncmp(at, clear, strlen(clear)) == 0) {
		offers = &c->services[index].clear.offers;
		at += strlen(clear);
	} else
		return;
	*offers = check_text(c, "%.*s", (int)(line + len - at), at);
}

/* import_environment can say where smtpd's libsasl2 looks for plugins. */
static const char *
plugin_directories(struct check *c)
{
	const char *list = c->have_postfix ? c->main.value[PARAM_ENVIRONMENT] : "", *word;
	size_t len;

	while ((word = word_next(&list, ", \t", &len)) != NULL)
		if (len > 10 && strncmp(word, "SASL_PATH=", 10) == 0)
			return check_text(c, "%.*s", (int)(len - 10), word + 10);
	return SASL_PLUGIN_DIR;
}

void
gather_sasl(struct check *c)
{
	const char *said, *line;

	c->plugin_dirs = plugin_directories(c);
	c->installed = NULL;
	if (!c->have_postfix || c->conf_status != ST_OK)
		return;
	said = ask_child(c, say_mechs, &c->mechs_signal);
	while (said != NULL && *said != '\0') {
		size_t len;

		line = said;
		len = strcspn(line, "\n");
		hear(c, line, len);
		said += len + (line[len] == '\n');
	}
	c->have_mechs = c->installed != NULL;
}
