/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Postfix as it sees itself: the parameters of main.cf, and each smtpd of master.cf with its own -o.  Asks
 * postconf, which knows defaults, expansion and syntax; judges nothing.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"

#define ARGUMENTS_MAX 400	/* of postconf; more overrides than that are not looked at */

static const char *const names[PARAM_COUNT] = {
	[PARAM_CONFIG_DIR] = "config_directory",
	[PARAM_CONFIG_PATH] = "cyrus_sasl_config_path",
	[PARAM_COMPATIBILITY] = "compatibility_level",
	[PARAM_INTERFACES] = "inet_interfaces",
	[PARAM_ENVIRONMENT] = "import_environment",
	[PARAM_MAIL_OWNER] = "mail_owner",
	[PARAM_MYHOSTNAME] = "myhostname",
	[PARAM_QUEUE] = "queue_directory",
	[PARAM_AUTH_ENABLE] = "smtpd_sasl_auth_enable",
	[PARAM_LOCAL_DOMAIN] = "smtpd_sasl_local_domain",
	[PARAM_FILTER] = "smtpd_sasl_mechanism_filter",
	[PARAM_SASL_PATH] = "smtpd_sasl_path",
	[PARAM_OPTIONS] = "smtpd_sasl_security_options",
	[PARAM_TLS_OPTIONS] = "smtpd_sasl_tls_security_options",
	[PARAM_SASL_TYPE] = "smtpd_sasl_type",
	[PARAM_AUTH_ONLY] = "smtpd_tls_auth_only",
	[PARAM_TLS_LEVEL] = "smtpd_tls_security_level",
	[PARAM_USE_TLS] = "smtpd_use_tls",
	[PARAM_ENFORCE_TLS] = "smtpd_enforce_tls",
	[PARAM_WRAPPERMODE] = "smtpd_tls_wrappermode",
	[PARAM_CERT] = "smtpd_tls_cert_file",
	[PARAM_CHAIN] = "smtpd_tls_chain_files",
	[PARAM_DCERT] = "smtpd_tls_dcert_file",
	[PARAM_ECCERT] = "smtpd_tls_eccert_file",
	[PARAM_DISCARD] = "smtpd_discard_ehlo_keywords",
	[PARAM_CLIENT] = "smtpd_client_restrictions",
	[PARAM_HELO] = "smtpd_helo_restrictions",
	[PARAM_SENDER] = "smtpd_sender_restrictions",
	[PARAM_RELAY] = "smtpd_relay_restrictions",
	[PARAM_RECIPIENT] = "smtpd_recipient_restrictions",
};

const char *
param_name(enum param p)
{
	return names[p];
}

bool
param_yes(const struct service *s, enum param p)
{
	return strcasecmp(s->value[p], "yes") == 0;
}

/* Without a certificate Postfix turns TLS off. */
bool
service_has_tls(const struct service *s)
{
	const char *level = s->value[PARAM_TLS_LEVEL];
	bool wanted = *level != '\0' ? strcmp(level, "none") != 0 :
	    param_yes(s, PARAM_USE_TLS) || param_yes(s, PARAM_ENFORCE_TLS);

	return (wanted || param_yes(s, PARAM_WRAPPERMODE)) &&
	    (*s->value[PARAM_CERT] != '\0' || *s->value[PARAM_CHAIN] != '\0' ||
	    *s->value[PARAM_DCERT] != '\0' || *s->value[PARAM_ECCERT] != '\0');
}

/* ---- asking ---- */

/* Takes the next line off *text, without its end; false at the end. */
static bool
next_line(const char **text, const char **line, size_t *len)
{
	if (**text == '\0')
		return false;
	*line = *text;
	*len = strcspn(*text, "\n");
	*text += *len;
	*text += **text == '\n';
	return true;
}

static char *
changeable(const char *text)
{
	union { const char *in; char *out; } u = {text};

	return u.out;	/* exec's argv has no const, for old programs' sake */
}

/* postconf [-c DIR] [-o OVERRIDE ...] OPTION [NAME ...]; NULL and *error as ask_program(). */
static const char *
ask_postconf(struct check *c, const struct service *s, const char *option, bool with_names, const char **error)
{
	char *argv[ARGUMENTS_MAX + PARAM_COUNT + 8];
	size_t n = 0;

	argv[n++] = changeable("postconf");
	if (c->config_dir != NULL) {
		argv[n++] = changeable("-c");
		argv[n++] = changeable(c->config_dir);
	}
	for (size_t i = 0; s != NULL && i < s->override_count && n < ARGUMENTS_MAX; i++) {
		argv[n++] = changeable("-o");
		argv[n++] = changeable(check_text(c, "%s=%s", s->overrides[i].name, s->overrides[i].value));
	}
	argv[n++] = changeable(option);
	for (int p = 0; with_names && p < PARAM_COUNT; p++)
		argv[n++] = changeable(names[p]);
	argv[n] = NULL;
	return ask_program(c, argv, error);
}

/* Reads "name = value" lines; a parameter that this Postfix does not have stays "". */
static void
read_values(struct check *c, struct service *s, const char *text)
{
	const char *line;
	size_t len;

	for (int p = 0; p < PARAM_COUNT; p++)
		s->value[p] = "";
	while (next_line(&text, &line, &len)) {
		for (int p = 0; p < PARAM_COUNT; p++) {
			size_t n = strlen(names[p]);

			if (len > n + 2 && strncmp(line, names[p], n) == 0 &&
			    strncmp(line + n, " = ", 3) == 0)
				s->value[p] = check_text(c, "%.*s", (int)(len - n - 3), line + n + 3);
		}
	}
}

/* ---- master.cf ---- */

static void
add_override(struct check *c, struct service *s, const char *name, size_t name_len, const char *value,
    size_t value_len)
{
	struct override *more = calloc(s->override_count + 1, sizeof(*more));

	if (more != NULL && s->override_count > 0)
		memcpy(more, s->overrides, s->override_count * sizeof(*more));
	more = check_keep(c, more);
	if (more == NULL)
		return;
	more[s->override_count].name = check_text(c, "%.*s", (int)name_len, name);
	more[s->override_count].value = check_text(c, "%.*s", (int)value_len, value);
	s->overrides = more;
	s->override_count++;
}

/* Lines "submission/inet/name = value". */
static void
read_overrides(struct check *c, struct service *s, const char *text)
{
	size_t prefix = strlen(s->name), len;
	const char *line;

	while (next_line(&text, &line, &len)) {
		const char *name = line + prefix + 1, *value;

		if (len <= prefix || strncmp(line, s->name, prefix) != 0 || line[prefix] != '/')
			continue;
		value = memmem(name, (size_t)(line + len - name), " = ", 3);
		if (value != NULL)
			add_override(c, s, name, (size_t)(value - name), value + 3,
			    (size_t)(line + len - value - 3));
	}
}

/* Before level 1, "-" in the column chroot means yes. */
static bool
is_chrooted(const struct check *c, const char *column)
{
	return *column == '-' ? strtol(c->main.value[PARAM_COMPATIBILITY], NULL, 10) < 1 : *column == 'y';
}

/* One line of "postconf -M": eight columns; others than smtpd's are passed over. */
static void
read_service(struct check *c, const char *line, size_t line_len, const char *overrides)
{
	const char *text = check_text(c, "%.*s", (int)line_len, line), *column[8], *error, *values;
	struct service *more, *s;
	size_t len[8];

	for (int i = 0; i < 8; i++)
		if ((column[i] = word_next(&text, " \t", &len[i])) == NULL)
			return;
	if (len[7] != strlen("smtpd") || strncmp(column[7], "smtpd", len[7]) != 0)
		return;
	more = calloc(c->service_count + 1, sizeof(*more));
	if (more != NULL && c->service_count > 0)
		memcpy(more, c->services, c->service_count * sizeof(*more));
	more = check_keep(c, more);
	if (more == NULL)
		return;
	c->services = more;
	s = &more[c->service_count++];
	s->name = check_text(c, "%.*s/%.*s", (int)len[0], column[0], (int)len[1], column[1]);
	s->chrooted = is_chrooted(c, column[4]);
	read_overrides(c, s, overrides);
	memcpy(s->value, c->main.value, sizeof(s->value));
	if (s->override_count > 0 && (values = ask_postconf(c, s, "-x", true, &error)) != NULL)
		read_values(c, s, values);
}

/* What follows from the values. */
static void
understand(struct service *s)
{
	struct fault f;
	bool tls = service_has_tls(s), forced;

	forced = param_yes(s, PARAM_AUTH_ONLY) || param_yes(s, PARAM_WRAPPERMODE) ||
	    (*s->value[PARAM_TLS_LEVEL] != '\0' ? strcmp(s->value[PARAM_TLS_LEVEL], "encrypt") == 0 :
	    param_yes(s, PARAM_ENFORCE_TLS));
	s->auth = param_yes(s, PARAM_AUTH_ENABLE) && strcmp(s->value[PARAM_SASL_TYPE], "cyrus") == 0;
	s->realm = *s->value[PARAM_LOCAL_DOMAIN] != '\0' ? s->value[PARAM_LOCAL_DOMAIN] :
	    s->value[PARAM_MYHOSTNAME];
	if (name_fold_realm(s->realm_key, s->realm, &f) != ST_OK)
		s->realm_key[0] = '\0';
	s->clear.possible = !forced;
	s->tls.possible = tls;
	s->clear.offers = s->tls.offers = " ";
}

void
gather_postfix(struct check *c)
{
	const char *said, *overrides, *line;
	size_t len;

	appconf_extend_path();
	c->postconf = c->config_dir == NULL ? "postconf" :
	    check_text(c, "postconf -c %s", check_quote(c, c->config_dir));
	c->postfix = c->config_dir == NULL ? "postfix" :
	    check_text(c, "postfix -c %s", check_quote(c, c->config_dir));
	said = ask_postconf(c, NULL, "-x", true, &c->postfix_said);
	if (said != NULL)
		read_values(c, &c->main, said);
	if (said != NULL)
		said = ask_postconf(c, NULL, "-M", false, &c->postfix_said);
	/* what has no -o need not be taken apart */
	overrides = said == NULL ? NULL : strstr(said, " -o") == NULL ? "" :
	    ask_postconf(c, NULL, "-P", false, &c->postfix_said);
	if (overrides == NULL)
		return;
	c->have_postfix = true;
	while (next_line(&said, &line, &len))
		read_service(c, line, len, overrides);
	for (size_t i = 0; i < c->service_count; i++) {
		understand(&c->services[i]);
		if (c->services[i].auth && c->first == NULL)
			c->first = &c->services[i];
	}
}
