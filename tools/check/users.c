/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users: are they in the realm that smtpd asks for, may they log in, and did all of them come along from a
 * stock sasldb?
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "side.h"
#include "text.h"

#define STOCK_PATH "/etc/sasldb2"

/* "VERB -f PATH -u REALM -- USER" */
static const char *
about_user(struct check *c, const char *verb, const struct name *user)
{
	return check_text(c, "%s%s -u %s -- %s", verb, c->db_option, check_quote(c, user->realm),
	    check_quote(c, user->user));
}

static void
find_none(struct check *c)
{
	const char *realm = c->first != NULL ? c->first->realm : "REALM";

	if (c->db_status == ST_OK && c->users.count == 0)
		check_find(c, check_text(c, "saslpasswd -c%s -u %s USER", c->db_option, check_quote(c, realm)),
		    "%s: there are no users", c->db);
}

/* ---- realms ---- */

/* Calls look for each smtpd whose realm has no user while other realms have. */
static void
each_empty_realm(struct check *c, void (*look)(struct check *c, const struct service *s))
{
	for (size_t i = 0; i < c->service_count; i++)
		if (c->services[i].auth && users_in_realm(&c->users, c->services[i].realm_key) == 0)
			look(c, &c->services[i]);
}

static const char *
realm_source(const struct service *s)
{
	return *s->value[PARAM_LOCAL_DOMAIN] != '\0' ? "smtpd_sasl_local_domain" : "myhostname";
}

static void
look_mismatch(struct check *c, const struct service *s)
{
	if (c->users.realm_count == 1)
		check_find(c, remedy_param(c, s, PARAM_LOCAL_DOMAIN, c->users.some_realm->realm),
		    "smtpd (%s) looks for users in realm %s (%s), and all users are in realm %s", s->name, s->realm,
		    realm_source(s), c->users.some_realm->realm);
}

static void
find_mismatch(struct check *c)
{
	each_empty_realm(c, look_mismatch);
}

static void
look_unnamed(struct check *c, const struct service *s)
{
	if (c->users.realm_count > 1)
		check_find(c, remedy_param(c, s, PARAM_LOCAL_DOMAIN, c->users.some_realm->realm),
		    "smtpd (%s) looks for users in realm %s (%s), which has none: only those can log in who write "
		    "user@realm (there are %zu realms, %s is one)", s->name, s->realm, realm_source(s),
		    c->users.realm_count, c->users.some_realm->realm);
}

static void
find_unnamed(struct check *c)
{
	each_empty_realm(c, look_unnamed);
}

static bool
offers_digest(const struct check *c)
{
	for (size_t i = 0; i < c->service_count; i++)
		if (word_in(c->services[i].clear.offers, " ", "DIGEST-MD5") ||
		    word_in(c->services[i].tls.offers, " ", "DIGEST-MD5"))
			return true;
	return false;
}

/* The more common spelling wins; who has the other one must set his password again. */
static void
find_digest_realm(struct check *c)
{
	const struct users *u = &c->users;
	const char *remedy;

	if (u->digest_other == 0 || u->digest_one == NULL || !offers_digest(c))
		return;
	if (u->digest_other > u->digest_same)
		remedy = remedy_param(c, c->first, PARAM_LOCAL_DOMAIN, u->digest_spelling);
	else
		remedy = check_text(c, "saslpasswd%s -m DIGEST-MD5 -u %s -- %s", c->db_option,
		    check_quote(c, u->digest_offered), check_quote(c, u->digest_one->user));
	check_find(c, remedy, "DIGEST-MD5 depends on the spelling of the realm: %s in smtpd, and %s when the "
	    "password of these was set, who cannot log in by it: %s", u->digest_offered, u->digest_spelling,
	    check_users_text(c, u->digest_other, u->digest_one));
}

/* ---- users who may not log in ---- */

static void
find_no_secret(struct check *c)
{
	const struct secret_set *none = &c->users.set[0];

	if (none->users > 0)
		check_find(c, about_user(c, "saslpasswd", none->example), "without any secret: %s",
		    check_users_text(c, none->users, none->example));
}

static void
find_costly(struct check *c)
{
	const struct name *one = c->users.costly_one;

	if (one != NULL)
		check_find(c, about_user(c, "saslpasswd", one), "a secret is too costly for PLAIN and LOGIN, which "
		    "refuse every password for these (%s): %s", c->users.costly_why,
		    check_users_text(c, c->users.costly, one));
}

static void
find_disabled(struct check *c)
{
	const struct name *one = c->users.disabled_one;

	if (one != NULL)
		check_find(c, about_user(c, "gsasldb enable", one), "disabled: %s",
		    check_users_text(c, c->users.disabled, one));
}

static void
find_expired(struct check *c)
{
	const struct name *one = c->users.expired_one;

	if (one != NULL)
		check_find(c, check_text(c, "%s never", about_user(c, "gsasldb expire", one)), "expired: %s",
		    check_users_text(c, c->users.expired, one));
}

/* ---- a stock sasldb ---- */

struct search {
	struct check *c;
	struct name missing;
	bool found;
};

/* A key of the stock plugin: user, NUL, realm, NUL, property.  ST_OK to go on. */
static enum status
search_key(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	struct search *s = arg;
	struct record r = {0};
	char spec[NAME_KEY_MAX + 1];
	struct name name;
	const char *realm = memchr(key, '\0', key_len);
	enum status status;

	(void)value;
	(void)len;
	if (realm == NULL || key_len >= sizeof(spec) || memchr(realm + 1, '\0', key_len - (size_t)(realm + 1 - key))
	    == NULL)
		return ST_OK;
	memcpy(spec, key, key_len);
	spec[key_len] = '\0';
	if (name_parse(&name, spec, spec + (realm - key) + 1, NULL, f) != ST_OK)
		return ST_OK;
	status = store_get(s->c->store, &name, &r, f);
	record_clear(&r);
	if (status != ST_NOTFOUND)
		return ST_OK;
	s->missing = name;
	s->found = true;
	return ST_EXISTS;
}

/* Undoes the escapes of "db_dump -p" in place; returns the length. */
static size_t
unescape(char *text)
{
	char *to = text, *start = text;

	while (*text != '\0' && *text != '\n') {
		unsigned char byte;

		if (text[0] == '\\' && text[1] == '\\') {
			*to++ = '\\';
			text += 2;
		} else if (text[0] == '\\' && text[1] != '\0' && text_unhex(&byte, 1, text + 1, 2)) {
			*to++ = (char)byte;
			text += 3;
		} else
			*to++ = *text++;
	}
	return (size_t)(to - start);
}

static void
search_dump(struct search *s, char *program, char *option, char *path)
{
	char printable[] = "-p";
	char *argv[] = {program, printable, option != NULL ? option : path, option != NULL ? path : NULL, NULL};
	char *line = NULL;
	size_t size = 0, number = 0;
	struct fault f;
	struct ask a;

	if (ask_open(&a, argv)) {
		/* data lines begin with a space: key, value, key, value ... */
		while (!s->found && getline(&line, &size, a.out) > 0) {
			if (line[0] == ' ' && number++ % 2 == 0) {
				size_t len = unescape(line + 1);

				search_key(s, line + 1, len, NULL, 0, &f);
			}
		}
	}
	free(line);
	ask_close(&a);
}

static void
search_gdbm(struct search *s, int fd, const char *path)
{
	struct side *side;
	struct fault f;

	if (side_open(&side, fd, false, path, &f) != ST_OK)
		return;
	side_each(side, search_key, s, &f);
	side_close(side);
}

/* Looks for a user of the stock file who is not in ours; returns the command that imports all. */
static const char *
search_stock(struct search *s, const char *path)
{
	char berkeley[] = "db_dump", lmdb[] = "mdb_dump", no_subdir[] = "-n";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *kind = fd != -1 ? file_kind(fd) : NULL, *command = NULL;
	char *copy = strdup(path);

	if (copy != NULL && kind != NULL && strstr(kind, "Berkeley") != NULL) {
		search_dump(s, berkeley, NULL, copy);
		command = berkeley;
	} else if (copy != NULL && kind != NULL && strstr(kind, "LMDB") != NULL) {
		search_dump(s, lmdb, no_subdir, copy);
		command = "mdb_dump -n";
	} else if (kind == NULL && fd != -1)
		search_gdbm(s, fd, path);
	if (fd != -1)
		close(fd);
	free(copy);
	return command == NULL ?
	    check_text(s->c, "gsasldb import%s --format sasldb <%s", s->c->db_option, check_quote(s->c, path)) :
	    check_text(s->c, "%s %s | gsasldb import%s --format sasldb", command, check_quote(s->c, path),
	    s->c->db_option);
}

static void
find_stock(struct check *c)
{
	const struct appconf_item *item = appconf_get(&c->conf, "sasldb_path");
	const char *path = item != NULL ? item->value : STOCK_PATH, *command;
	struct search s = {.c = c};
	struct stat stock, ours;

	if (c->db_status != ST_OK || stat(path, &stock) != 0 || stat(c->paths.left, &ours) != 0 ||
	    same_file(&stock, &ours))
		return;
	command = search_stock(&s, path);
	if (s.found)
		check_find(c, command, "%s: this old sasldb has users who are not in %s (%s@%s)",
		    path, c->db, s.missing.user, s.missing.realm);
}

static const struct check_row rows[] = {
	{SEVERITY_WARNING, "no-users", NEED_DB, find_none},
	{SEVERITY_ERROR, "realm-mismatch", NEED_AUTH | NEED_USERS, find_mismatch},
	{SEVERITY_WARNING, "realm-empty", NEED_AUTH | NEED_USERS, find_unnamed},
	{SEVERITY_ERROR, "digest-realm", NEED_AUTH | NEED_USERS | NEED_MECHS, find_digest_realm},
	{SEVERITY_WARNING, "no-secret", NEED_USERS, find_no_secret},
	{SEVERITY_ERROR, "secret-too-costly", NEED_USERS, find_costly},
	{SEVERITY_ADVICE, "disabled", NEED_USERS, find_disabled},
	{SEVERITY_ADVICE, "expired", NEED_USERS, find_expired},
	{SEVERITY_ADVICE, "old-sasldb", NEED_DB, find_stock},
};
const struct check_subject check_users = {rows, sizeof(rows) / sizeof(rows[0])};
