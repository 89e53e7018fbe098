/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.cf and master.cf: does some smtpd offer AUTH by Cyrus SASL, may a client use it, and what is it good
 * for then?
 */
#include "config.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "check.h"

#define SEPARATORS ", \t"

static void
find_not_root(struct check *c)
{
	if (geteuid() != 0)
		check_find(c, check_text(c, "sudo gsasldb check%s%s%s", c->config_dir != NULL ? " --config-dir " :
		    "", c->config_dir != NULL ? check_quote(c, c->config_dir) : "",
		    c->file != NULL ? c->db_option : ""),
		    "only root can see everything and try what Postfix's user may read: not all was checked");
}

static void
find_postfix_missing(struct check *c)
{
	if (!c->have_postfix && c->postfix_said == NULL)
		check_find(c, "apt-get install postfix",
		    "Postfix is not installed (there is no postconf): only the database was checked");
}

static void
find_postfix_broken(struct check *c)
{
	if (!c->have_postfix && c->postfix_said != NULL)
		check_find(c, check_text(c, "%s check", c->postfix),
		    "Postfix cannot read its configuration: %s", c->postfix_said);
}

static void
find_no_smtpd(struct check *c)
{
	if (c->have_postfix && c->service_count == 0)
		check_find(c, check_text(c, "%s -M 'smtp/inet = smtp inet n - y - - smtpd'", c->postconf),
		    "master.cf runs no smtpd");
}

static bool
all_have(const struct check *c, enum param p, const char *value)
{
	for (size_t i = 0; i < c->service_count; i++)
		if (strcasecmp(c->services[i].value[p], value) != 0)
			return false;
	return true;
}

static void
find_auth_off(struct check *c)
{
	if (all_have(c, PARAM_AUTH_ENABLE, "no"))
		check_find(c, remedy_param(c, &c->services[0], PARAM_AUTH_ENABLE, "yes"),
		    "no smtpd of master.cf offers AUTH: smtpd_sasl_auth_enable is \"no\"");
}

/* One smtpd with Dovecot beside one with Cyrus SASL is meant so. */
static void
find_sasl_type(struct check *c)
{
	for (size_t i = 0; c->first == NULL && i < c->service_count; i++)
		if (param_yes(&c->services[i], PARAM_AUTH_ENABLE))
			check_find(c, remedy_param(c, &c->services[i], PARAM_SASL_TYPE, "cyrus"),
			    "smtpd (%s) asks another program about passwords: smtpd_sasl_type is \"%s\"",
			    c->services[i].name, c->services[i].value[PARAM_SASL_TYPE]);
}

static void
find_sasl_path(struct check *c)
{
	const char *first = c->first->value[PARAM_SASL_PATH];

	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];
		const char *path = s->value[PARAM_SASL_PATH];

		if (!s->auth)
			continue;
		if (strchr(path, '/') != NULL)
			check_find(c, remedy_param(c, s, PARAM_SASL_PATH, "smtpd"), "smtpd (%s): smtpd_sasl_path "
			    "is \"%s\", a socket of Dovecot; for Cyrus SASL it is the name of a conf file",
			    s->name, path);
		else if (strcmp(path, first) != 0 && strchr(first, '/') == NULL)
			check_find(c, remedy_param(c, s, PARAM_SASL_PATH, first), "smtpd (%s) reads %s.conf, "
			    "another smtpd (%s) reads %s.conf: only the latter was checked", s->name, path,
			    c->first->name, first);
	}
}

static void
find_auth_discarded(struct check *c)
{
	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];
		const char *list = s->value[PARAM_DISCARD], *word, *rest = "";
		size_t len;

		if (!s->auth || !word_in(list, SEPARATORS, "auth"))
			continue;
		while ((word = word_next(&list, SEPARATORS, &len)) != NULL)
			if (len != 4 || strncasecmp(word, "auth", 4) != 0)
				rest = check_text(c, "%s%s%.*s", rest, *rest != '\0' ? ", " : "", (int)len,
				    word);
		check_find(c, remedy_param(c, s, PARAM_DISCARD, rest),
		    "smtpd (%s) hides AUTH from clients: it is in smtpd_discard_ehlo_keywords", s->name);
	}
}

/* ---- TLS ---- */

static bool
has_certificate(const struct service *s)
{
	return *s->value[PARAM_CERT] != '\0' || *s->value[PARAM_CHAIN] != '\0' ||
	    *s->value[PARAM_DCERT] != '\0' || *s->value[PARAM_ECCERT] != '\0';
}

static const char *
remedy_tls(struct check *c, const struct service *s)
{
	if (!has_certificate(s))
		return check_text(c, "%s tls enable-server", c->postfix);
	return remedy_param(c, s, PARAM_TLS_LEVEL, "may");
}

static void
find_tls_off(struct check *c)
{
	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];

		if (s->auth && !s->clear.possible && !s->tls.possible)
			check_find(c, remedy_tls(c, s), "smtpd (%s) never offers AUTH: it does so under TLS "
			    "only, and TLS is off (%s)", s->name, has_certificate(s) ?
			    "smtpd_tls_security_level" : "there is no certificate");
	}
}

/* An address of this machine, as master.cf ("127.0.0.1:25") and inet_interfaces write it. */
static bool
is_loopback(const char *address, size_t len)
{
	static const char *const words[] = {"127.", "[::1]", "::1", "[127.", "localhost", "loopback-only"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (len >= strlen(words[i]) && strncasecmp(address, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* Can only this machine reach it?  Then nobody else hears a password. */
static bool
is_local(const struct service *s)
{
	const char *list = s->value[PARAM_INTERFACES], *port = strrchr(s->name, ':'), *word;
	size_t len;

	if (port != NULL && strstr(s->name, "/inet") != NULL)
		return is_loopback(s->name, (size_t)(port - s->name));
	while ((word = word_next(&list, SEPARATORS, &len)) != NULL)
		if (!is_loopback(word, len))
			return false;
	return true;
}

static void
find_plaintext(struct check *c)
{
	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];
		const char *remedy = remedy_param(c, s, PARAM_AUTH_ONLY, "yes");

		if (!s->auth || is_local(s) || !(word_in(s->clear.offers, " ", "PLAIN") ||
		    word_in(s->clear.offers, " ", "LOGIN")))
			continue;
		if (!s->tls.possible)
			remedy = check_text(c, "%s\n%s", remedy_tls(c, s), remedy);
		check_find(c, remedy, "smtpd (%s) offers AUTH PLAIN without TLS, so passwords can be overheard: "
		    "smtpd_tls_auth_only is \"no\"", s->name);
	}
}

static void
find_anonymous(struct check *c)
{
	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];
		enum param p = word_in(s->clear.offers, " ", "ANONYMOUS") ? PARAM_OPTIONS : PARAM_TLS_OPTIONS;

		if (!s->auth || !(p == PARAM_OPTIONS || word_in(s->tls.offers, " ", "ANONYMOUS")))
			continue;
		check_find(c, remedy_param(c, s, p, check_text(c, "noanonymous%s%s", *s->value[p] != '\0' ?
		    ", " : "", s->value[p])), "smtpd (%s) lets everybody in: it offers ANONYMOUS, for %s lacks "
		    "\"noanonymous\"", s->name, param_name(p));
	}
}

/* ---- what a user may do who is logged in ---- */

#define LIST_SEPARATORS ", \t"

/* The word that refuses mail to the outside from a user who is logged in, or NULL. */
static const char *
refusing_word(const char *list, size_t *word_len)
{
	static const char *const refuse[] = {"reject", "defer", "reject_unauth_destination",
	    "defer_unauth_destination"};
	bool skip = false;
	const char *word;
	size_t len;

	while ((word = word_next(&list, LIST_SEPARATORS, &len)) != NULL) {
		if (skip) {		/* a table's name, or what is only warned of */
			skip = false;
			continue;
		}
		if ((len == 6 && strncasecmp(word, "permit", len) == 0) ||
		    (len == 25 && strncasecmp(word, "permit_sasl_authenticated", len) == 0))
			return NULL;
		for (size_t i = 0; i < sizeof(refuse) / sizeof(refuse[0]); i++)
			if (len == strlen(refuse[i]) && strncasecmp(word, refuse[i], len) == 0) {
				*word_len = len;
				return word;
			}
		skip = strncasecmp(word, "check_", 6) == 0 ||
		    (len == 14 && strncasecmp(word, "warn_if_reject", len) == 0);
	}
	return NULL;
}

/* permit_sasl_authenticated goes before the word that refuses. */
static void
find_relay_refused(struct check *c)
{
	for (size_t i = 0; i < c->service_count; i++) {
		const struct service *s = &c->services[i];

		for (int p = PARAM_CLIENT; s->auth && p <= PARAM_RECIPIENT; p++) {
			size_t len;
			const char *list = s->value[p], *word = refusing_word(list, &len);

			if (word == NULL)
				continue;
			check_find(c, remedy_param(c, s, (enum param)p, check_text(c,
			    "%.*spermit_sasl_authenticated, %s", (int)(word - list), list, word)),
			    "smtpd (%s) refuses mail from users who are logged in: %s has \"%.*s\" and no "
			    "permit_sasl_authenticated before it", s->name, param_name((enum param)p), (int)len,
			    word);
		}
	}
}

static const struct check_row rows[] = {
	{SEVERITY_ADVICE, "not-root", 0, find_not_root},
	{SEVERITY_ADVICE, "postfix-missing", 0, find_postfix_missing},
	{SEVERITY_ERROR, "postfix-broken", 0, find_postfix_broken},
	{SEVERITY_ERROR, "no-smtpd", 0, find_no_smtpd},
	{SEVERITY_ERROR, "auth-off", NEED_POSTFIX, find_auth_off},
	{SEVERITY_ERROR, "sasl-type", NEED_POSTFIX, find_sasl_type},
	{SEVERITY_ERROR, "sasl-path", NEED_AUTH, find_sasl_path},
	{SEVERITY_ERROR, "auth-discarded", NEED_AUTH, find_auth_discarded},
	{SEVERITY_ERROR, "tls-off", NEED_AUTH, find_tls_off},
	{SEVERITY_WARNING, "plaintext", NEED_AUTH | NEED_MECHS, find_plaintext},
	{SEVERITY_ERROR, "anonymous", NEED_AUTH | NEED_MECHS, find_anonymous},
	{SEVERITY_ERROR, "relay-refused", NEED_AUTH, find_relay_refused},
};
const struct check_subject check_postfix = {rows, sizeof(rows) / sizeof(rows[0])};
