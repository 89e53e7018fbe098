/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mechanisms: what is installed, what smtpd.conf and Postfix let through, and what users have secrets for.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "check.h"

#define SPACES " \t\n\v\f\r"	/* between the words of mech_list: no comma */
#define SCRAM_BITS (1u << MECH_SCRAM_SHA_1 | 1u << MECH_SCRAM_SHA_224 | 1u << MECH_SCRAM_SHA_256 | \
	1u << MECH_SCRAM_SHA_384 | 1u << MECH_SCRAM_SHA_512)

/* The mechanisms that can be served with our secrets, best first, and which secrets do for each. */
static const struct served {
	const char *mech;
	unsigned secrets;
} served[] = {
	{"PLAIN", 1u << MECH_PLAIN | SCRAM_BITS | 1u << MECH_CLEARTEXT},
	{"LOGIN", 1u << MECH_PLAIN | SCRAM_BITS | 1u << MECH_CLEARTEXT},
	{"SCRAM-SHA-512", 1u << MECH_SCRAM_SHA_512 | 1u << MECH_CLEARTEXT},
	{"SCRAM-SHA-384", 1u << MECH_SCRAM_SHA_384 | 1u << MECH_CLEARTEXT},
	{"SCRAM-SHA-256", 1u << MECH_SCRAM_SHA_256 | 1u << MECH_CLEARTEXT},
	{"SCRAM-SHA-224", 1u << MECH_SCRAM_SHA_224 | 1u << MECH_CLEARTEXT},
	{"SCRAM-SHA-1", 1u << MECH_SCRAM_SHA_1 | 1u << MECH_CLEARTEXT},
	{"DIGEST-MD5", 1u << MECH_DIGEST_MD5 | 1u << MECH_CLEARTEXT},
	{"CRAM-MD5", 1u << MECH_CRAM_MD5 | 1u << MECH_CLEARTEXT},
	{"NTLM", 1u << MECH_CLEARTEXT},
	{"SRP", 1u << MECH_CLEARTEXT},
};
#define SERVED_COUNT (sizeof(served) / sizeof(served[0]))

static const struct served *
find_served(const char *mech, size_t len)
{
	for (size_t i = 0; i < SERVED_COUNT; i++)
		if (strlen(served[i].mech) == len && strncasecmp(served[i].mech, mech, len) == 0)
			return &served[i];
	return NULL;
}

/* ---- users and their secrets ---- */

/* Active users with a secret out of some; some UINT_MAX: with any. */
static uint64_t
users_with(const struct users *u, unsigned some)
{
	uint64_t n = 0;

	for (unsigned set = 1; set < SECRETS_SETS; set++)
		if ((set & some) != 0)
			n += u->set[set].active;
	return n;
}

/* Does some mechanism of the list do for the set of secrets? */
static bool
list_does(const char *list, unsigned set)
{
	const char *word;
	size_t len;

	while ((word = word_next(&list, SPACES, &len)) != NULL) {
		const struct served *m = find_served(word, len);

		if (m != NULL && (m->secrets & set) != 0)
			return true;
	}
	return false;
}

static const char *
list_without(struct check *c, const char *list, const char *mech, size_t mech_len)
{
	const char *word, *out = "";
	size_t len;

	while ((word = word_next(&list, SPACES, &len)) != NULL)
		if (len != mech_len || strncasecmp(word, mech, len) != 0)
			out = check_text(c, "%s%s%.*s", out, *out != '\0' ? " " : "", (int)len, word);
	return out;
}

static bool
is_installed(const struct check *c, const char *mech, size_t len)
{
	const char *list = c->installed, *word;
	size_t n;

	while ((word = word_next(&list, " ", &n)) != NULL)
		if (n == len && strncasecmp(word, mech, n) == 0)
			return true;
	return false;
}

/* A mech_list that is right for these users and plugins: each mechanism that all have a secret for, then
 * what the others need. */
static const char *
suggest(struct check *c)
{
	uint64_t all = users_with(&c->users, ~0u);
	const char *list = "";

	for (size_t i = 0; i < SERVED_COUNT; i++) {
		uint64_t n = users_with(&c->users, served[i].secrets);
		bool wanted = all == 0 ? i < 2 || strcmp(served[i].mech, "SCRAM-SHA-256") == 0 :
		    n == all || (i < 2 && n > 0);

		if (wanted && is_installed(c, served[i].mech, strlen(served[i].mech)))
			list = check_text(c, "%s%s%s", list, *list != '\0' ? " " : "", served[i].mech);
	}
	for (size_t i = 0; i < SERVED_COUNT; i++)
		for (unsigned set = 1; set < SECRETS_SETS; set++)
			if (c->users.set[set].active > 0 && (served[i].secrets & set) != 0 &&
			    !list_does(list, set) &&
			    is_installed(c, served[i].mech, strlen(served[i].mech)))
				list = check_text(c, "%s%s%s", list, *list != '\0' ? " " : "",
				    served[i].mech);
	return *list != '\0' ? list : "PLAIN LOGIN";
}

static const char *
mech_list(const struct check *c)
{
	const struct appconf_item *item = appconf_get(&c->conf, "mech_list");

	return item != NULL ? item->value : NULL;
}

/* All that any smtpd offers in any session. */
static const char *
all_offers(struct check *c)
{
	const char *all = "";

	for (size_t i = 0; i < c->service_count; i++)
		all = check_text(c, "%s%s%s", all, c->services[i].clear.offers, c->services[i].tls.offers);
	return all;
}

/* ---- mech_list ---- */

static void
find_list_missing(struct check *c)
{
	if (mech_list(c) == NULL)
		check_find(c, remedy_conf(c, "mech_list", suggest(c)), "%s: mech_list is missing: all mechanisms "
		    "that are installed are offered, PLAIN twice", c->conf_path);
}

static void
find_list_commas(struct check *c)
{
	const char *list = mech_list(c), *word, *spaced = "";
	size_t len;

	if (list == NULL || strchr(list, ',') == NULL)
		return;
	while ((word = word_next(&list, "," SPACES, &len)) != NULL)
		spaced = check_text(c, "%s%s%.*s", spaced, *spaced != '\0' ? " " : "", (int)len, word);
	check_find(c, remedy_conf(c, "mech_list", spaced), "%s: mech_list has commas; libsasl2 wants spaces, and "
	    "does not know \"%.*s\"", c->conf_path, (int)strcspn(mech_list(c), SPACES), mech_list(c));
}

/* The words of mech_list that are installed, in a list. */
static const char *
installed_words(struct check *c)
{
	const char *list = mech_list(c), *word, *out = "";
	size_t len;

	while ((word = word_next(&list, SPACES, &len)) != NULL)
		if (is_installed(c, word, len))
			out = check_text(c, "%s%s%.*s", out, *out != '\0' ? " " : "", (int)len, word);
	return out;
}

static void
find_unusable(struct check *c)
{
	if (mech_list(c) != NULL && strchr(mech_list(c), ',') == NULL && *installed_words(c) == '\0')
		check_find(c, remedy_conf(c, "mech_list", suggest(c)), "%s: nothing of mech_list (\"%s\") is "
		    "installed: smtpd will not start", c->conf_path, mech_list(c));
}

static void
find_not_installed(struct check *c)
{
	const char *list = mech_list(c), *good, *word;
	size_t len;

	if (list == NULL || strchr(list, ',') != NULL || *(good = installed_words(c)) == '\0')
		return;
	while ((word = word_next(&list, SPACES, &len)) != NULL)
		if (!is_installed(c, word, len))
			check_find(c, remedy_conf(c, "mech_list", good), "%s: mech_list names %.*s, which is not "
			    "installed in %s (Debian: the package libsasl2-modules)", c->conf_path, (int)len, word,
			    c->plugin_dirs);
}

/* ---- mechanisms without secrets: a client that picks one cannot log in ---- */

/* Calls each mechanism that is offered and that our secrets could serve. */
static void
each_offered(struct check *c, void (*look)(struct check *c, const struct served *m, const char *offers))
{
	const char *offers = all_offers(c);

	if (mech_list(c) == NULL)	/* what to do then is to set it */
		return;
	for (size_t i = 0; i < SERVED_COUNT; i++)
		if (word_in(offers, SPACES, served[i].mech))
			look(c, &served[i], offers);
}

static void
look_without_secret(struct check *c, const struct served *m, const char *offers)
{
	const char *rest = list_without(c, mech_list(c), m->mech, strlen(m->mech));

	(void)offers;
	if (users_with(&c->users, m->secrets) == 0 && *rest != '\0')
		check_find(c, remedy_conf(c, "mech_list", rest), "%s is offered, and no user has a secret for it: "
		    "a client that picks it cannot log in", m->mech);
}

static void
find_without_secret(struct check *c)
{
	if (users_with(&c->users, ~0u) > 0)
		each_offered(c, look_without_secret);
}

/* Sets the secret of one user; asks for the password. */
static const char *
remedy_password(struct check *c, const struct name *user, const char *mechs)
{
	return check_text(c, "saslpasswd%s -m %s -u %s -- %s", c->db_option, mechs, check_quote(c, user->realm),
	    check_quote(c, user->user));
}

static void
look_lacking(struct check *c, const struct served *m, const char *offers)
{
	uint64_t have = users_with(&c->users, m->secrets), all = users_with(&c->users, ~0u);
	const char *rest = list_without(c, offers, m->mech, strlen(m->mech));
	const struct name *lacking = NULL;
	bool needed = false;

	if (have == 0 || have == all)
		return;
	for (unsigned set = 1; set < SECRETS_SETS; set++) {
		if (c->users.set[set].active == 0)
			continue;
		if ((set & m->secrets) == 0)
			lacking = c->users.set[set].example;
		else if (!list_does(rest, set))
			needed = true;
	}
	if (lacking == NULL)
		return;
	/* a few users need not take it from all the others */
	needed |= all - have < have;
	check_find(c, needed ? remedy_password(c, lacking, strcmp(m->mech, "LOGIN") == 0 ? "PLAIN" : m->mech) :
	    remedy_conf(c, "mech_list", list_without(c, mech_list(c), m->mech, strlen(m->mech))),
	    "%s is offered; a client that picks it cannot log in for a user without a secret for it: %s",
	    m->mech, check_users_text(c, all - have, lacking));
}

static void
find_lacking(struct check *c)
{
	each_offered(c, look_lacking);
}

/* ---- users who cannot log in by anything that is offered ---- */

enum obstacle {
	OBSTACLE_NONE,
	OBSTACLE_INSTALL,	/* nothing that is installed does for these secrets */
	OBSTACLE_LIST,		/* mech_list lacks it */
	OBSTACLE_OPTIONS	/* Postfix's security options forbid it */
};

/* What keeps users with this set from logging in; *mech is what they could use without it. */
static enum obstacle
find_obstacle(struct check *c, const char *offers, unsigned set, const char **mech)
{
	enum obstacle o = OBSTACLE_INSTALL;

	if (list_does(offers, set))
		return OBSTACLE_NONE;
	for (size_t i = 0; i < SERVED_COUNT && o != OBSTACLE_OPTIONS; i++) {
		if ((served[i].secrets & set) == 0 ||
		    !is_installed(c, served[i].mech, strlen(served[i].mech)))
			continue;
		if (mech_list(c) == NULL || word_in(mech_list(c), SPACES, served[i].mech)) {
			o = OBSTACLE_OPTIONS;
			*mech = served[i].mech;
		} else if (o == OBSTACLE_INSTALL) {
			o = OBSTACLE_LIST;
			*mech = served[i].mech;
		}
	}
	return o;
}

struct locked_out {
	uint64_t users;
	const struct name *example;
	const char *mechs;	/* what must be let through */
};

static struct locked_out
count_locked_out(struct check *c, enum obstacle obstacle)
{
	struct locked_out l = {0, NULL, ""};
	const char *offers = all_offers(c), *mech = "";

	for (unsigned set = 1; set < SECRETS_SETS; set++) {
		if (c->users.set[set].active == 0 || find_obstacle(c, offers, set, &mech) != obstacle)
			continue;
		l.users += c->users.set[set].active;
		l.example = c->users.set[set].example;
		if (obstacle != OBSTACLE_INSTALL && !word_in(l.mechs, " ", mech))
			l.mechs = check_text(c, "%s%s%s", l.mechs, *l.mechs != '\0' ? " " : "", mech);
	}
	return l;
}

static void
find_not_offered(struct check *c)
{
	struct locked_out l = count_locked_out(c, OBSTACLE_LIST);

	if (l.users > 0)
		check_find(c, remedy_conf(c, "mech_list", check_text(c, "%s %s", mech_list(c), l.mechs)),
		    "mech_list (\"%s\") has nothing that these have a secret for, and so cannot log in: %s",
		    mech_list(c), check_users_text(c, l.users, l.example));
}

/* The options that count are those of TLS where there is TLS. */
static void
find_security_options(struct check *c)
{
	struct locked_out l = count_locked_out(c, OBSTACLE_OPTIONS);
	enum param p = c->first->tls.possible ? PARAM_TLS_OPTIONS : PARAM_OPTIONS;
	const char *value = c->first->value[p];

	if (l.users == 0 || !(c->first->tls.possible || c->first->clear.possible))
		return;
	if (!word_in(value, ", \t", "noplaintext") && !word_in(value, ", \t", "noactive") &&
	    !word_in(value, ", \t", "nodictionary") && !word_in(value, ", \t", "mutual_auth") &&
	    !word_in(value, ", \t", "forward_secrecy"))
		return;
	check_find(c, remedy_param(c, c->first, p, "noanonymous"), "%s (\"%s\") forbids %s, and these "
	    "have secrets for nothing else: %s", param_name(p), value, l.mechs,
	    check_users_text(c, l.users, l.example));
}

static void
find_secrets_useless(struct check *c)
{
	struct locked_out l = count_locked_out(c, OBSTACLE_INSTALL);

	if (l.users > 0)
		check_find(c, remedy_password(c, l.example, "SCRAM-SHA-256,PLAIN"), "no mechanism that is "
		    "installed in %s does for the secrets of these (Debian: the package libsasl2-modules): %s",
		    c->plugin_dirs, check_users_text(c, l.users, l.example));
}

#define NEED_ALL (NEED_AUTH | NEED_SELECTED | NEED_MECHS)

static const struct check_row rows[] = {
	{SEVERITY_WARNING, "mech-list-missing", NEED_ALL, find_list_missing},
	{SEVERITY_ERROR, "mech-list-commas", NEED_ALL, find_list_commas},
	{SEVERITY_ERROR, "mech-list-unusable", NEED_ALL, find_unusable},
	{SEVERITY_WARNING, "mech-not-installed", NEED_ALL, find_not_installed},
	{SEVERITY_ERROR, "mech-without-secret", NEED_ALL | NEED_USERS, find_without_secret},
	{SEVERITY_WARNING, "mech-lacking", NEED_ALL | NEED_USERS, find_lacking},
	{SEVERITY_ERROR, "secrets-not-offered", NEED_ALL | NEED_USERS, find_not_offered},
	{SEVERITY_ERROR, "security-options", NEED_ALL | NEED_USERS, find_security_options},
	{SEVERITY_ERROR, "secrets-useless", NEED_ALL | NEED_USERS, find_secrets_useless},
};
const struct check_subject check_mechs = {rows, sizeof(rows) / sizeof(rows[0])};
