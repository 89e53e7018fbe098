/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Weak secrets: what a stolen database would give away, and the command that removes it.
 */
#include "config.h"

#include <string.h>

#include "check.h"

#define MD5_BITS (1u << MECH_CRAM_MD5 | 1u << MECH_DIGEST_MD5)

/*
 * Deletes the secrets that are weak (an awk condition on a line of sasldblistusers --tsv) of all users who
 * have others; the last secret would take the user with it.
 */
static const char *
remedy_remove(struct check *c, const char *weak)
{
	return check_text(c, "sasldblistusers%s --tsv | awk -F '\\t' '"
	    "{ k = $1 FS $2 } "
	    "%s { m = k in w ? w[k] \",\" : \"\"; w[k] = m $3; next } "
	    "$3 != \"-\" { o[k] = 1 } "
	    "END { for (k in w) if (k in o) print k FS w[k] }' | "
	    "while IFS=\"$(printf '\\t')\" read -r user realm mechs; do "
	    "saslpasswd -d%s -m \"$mechs\" -u \"$realm\" -- \"$user\"; done", c->db_option, weak, c->db_option);
}

/* What remedy_remove() cannot do: a new password for a user who has nothing else. */
static const char *
remedy_renew(struct check *c, const struct name *user, const char *mechs)
{
	return check_text(c, "saslpasswd%s -m %s --only -u %s -- %s", c->db_option, mechs,
	    check_quote(c, user->realm), check_quote(c, user->user));
}

struct weak {
	uint64_t users;
	uint64_t mixed;			/* of them: who have other secrets too */
	const struct name *example;	/* who has none, if there is such a user */
};

/* Users with a secret of bits; SECRETS_WEAK_PLAIN says of PLAIN only how it is made. */
static struct weak
count_weak(const struct users *u, unsigned bits)
{
	struct weak w = {0};
	unsigned these = bits == SECRETS_WEAK_PLAIN ? bits | 1u << MECH_PLAIN : bits;

	for (unsigned set = 1; set < SECRETS_SETS; set++) {
		bool mixed = (set & ~(these | SECRETS_WEAK_PLAIN)) != 0;

		if ((set & bits) == 0 || u->set[set].users == 0)
			continue;
		w.users += u->set[set].users;
		if (mixed)
			w.mixed += u->set[set].users;
		if (!mixed || w.example == NULL)
			w.example = u->set[set].example;
	}
	return w;
}

/* A list of mechanisms, each perhaps with ":SCHEME", without those of bits. */
static const char *
list_without(struct check *c, const char *list, unsigned bits)
{
	const char *word, *out = "";
	size_t len;

	while ((word = word_next(&list, ", \t", &len)) != NULL) {
		const char *colon = memchr(word, ':', len);
		enum mech mech;

		if (mech_find(word, colon != NULL ? (size_t)(colon - word) : len, &mech) &&
		    (bits & 1u << mech) != 0)
			continue;
		out = check_text(c, "%s%s%.*s", out, *out != '\0' ? " " : "", (int)len, word);
	}
	return out;
}

/* Takes the mechanisms of bits out of what is offered and of what new users get, before their secrets go:
 * lines of a remedy, each with its end. */
static const char *
keep_out(struct check *c, unsigned bits)
{
	const struct appconf_item *offered = appconf_get(&c->conf, "mech_list"),
	    *made = appconf_get(&c->conf, "gsasldb_mechs");
	const char *before = made != NULL ? made->value : mech_default_list, *after, *lines = "";

	if (c->conf_status != ST_OK || !c->selection.ours)
		return "";
	if (offered != NULL) {
		after = list_without(c, offered->value, bits);
		if (*after != '\0' && strcmp(after, offered->value) != 0)
			lines = check_text(c, "%s\n", remedy_conf(c, "mech_list", after));
	}
	after = list_without(c, before, bits);
	if (*after != '\0' && strlen(after) < strlen(before))
		lines = check_text(c, "%s%s\n", lines, remedy_conf(c, "gsasldb_mechs", after));
	return lines;
}

static void
find_cleartext(struct check *c)
{
	struct weak w = count_weak(&c->users, 1u << MECH_CLEARTEXT);

	if (w.users == 0)
		return;
	check_find(c, w.mixed == 0 ? remedy_renew(c, w.example, "SCRAM-SHA-256,PLAIN") :
	    check_text(c, "%s%s", keep_out(c, 1u << MECH_CLEARTEXT), remedy_remove(c, "$3 == \"CLEARTEXT\"")),
	    "the password can be read in the database (CLEARTEXT): %s",
	    check_users_text(c, w.users, w.example));
}

static void
find_weak_plain(struct check *c)
{
	struct weak w = count_weak(&c->users, SECRETS_WEAK_PLAIN);

	if (w.users == 0)
		return;
	check_find(c, w.mixed == 0 ? remedy_renew(c, w.example, "PLAIN") :
	    remedy_remove(c, "$4 ~ /^(smd5|sha1crypt|sunmd5|md5crypt|bsdicrypt|descrypt|nt|crypt)$/"),
	    "a PLAIN secret that is hashed by MD4, MD5, SHA-1 or DES is soon guessed: %s",
	    check_users_text(c, w.users, w.example));
}

static void
find_md5(struct check *c)
{
	struct weak w = count_weak(&c->users, MD5_BITS);

	if (w.users == 0)
		return;
	check_find(c, w.mixed == 0 ? remedy_renew(c, w.example, "SCRAM-SHA-256,PLAIN") :
	    check_text(c, "%s%s", keep_out(c, MD5_BITS), remedy_remove(c, "$3 ~ /^(CRAM|DIGEST)-MD5$/")),
	    "secrets for CRAM-MD5 and DIGEST-MD5 are as good as the password if the database leaks: %s",
	    check_users_text(c, w.users, w.example));
}

/* An awk condition: SCRAM with fewer iterations than new secrets get. */
static const char *
low_condition(struct check *c)
{
	const char *out = "";

	for (int m = 0; m < MECH_COUNT; m++)
		if ((c->users.low_mechs & 1u << m) != 0)
			out = check_text(c, "%s%s$3 == \"%s\" && $4 + 0 < %u", out, *out != '\0' ? " || " : "",
			    mech_info((enum mech)m)->name, mech_info((enum mech)m)->iterations);
	return out;
}

static void
find_low_iterations(struct check *c)
{
	const struct users *u = &c->users;

	if (u->low_iterations == 0)
		return;
	check_find(c, u->low_mixed == 0 ? remedy_renew(c, u->low_one, "SCRAM-SHA-256,PLAIN") :
	    remedy_remove(c, low_condition(c)), "a SCRAM secret with fewer iterations than new ones get is "
	    "guessed sooner: %s", check_users_text(c, u->low_iterations, u->low_one));
}

static const struct check_row rows[] = {
	{SEVERITY_WARNING, "weak-cleartext", NEED_USERS, find_cleartext},
	{SEVERITY_WARNING, "weak-plain", NEED_USERS, find_weak_plain},
	{SEVERITY_ADVICE, "weak-md5", NEED_USERS, find_md5},
	{SEVERITY_ADVICE, "low-iterations", NEED_USERS, find_low_iterations},
};
const struct check_subject check_secrets = {rows, sizeof(rows) / sizeof(rows[0])};
