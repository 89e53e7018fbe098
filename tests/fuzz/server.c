/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server: see server.h.
 */
#include <config.h>

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include "account.h"
#include "fuzz.h"
#include "secret.h"
#include "server.h"
#include "store.h"

#define REALM "example.test"

/* No password begins with a hex digit, as a part of an escaped name (\x1c...) could. */
static const struct user {
	const char *name, *password;
	const char *mechs;	/* or the line of the record */
	int right;		/* the answer to the right password */
} users[] = {
	{"hoge", "tuna melt", "PLAIN:smd5", SASL_OK},
	{"j\303\266rg", "p\303\244ssword", "PLAIN:smd5", SASL_OK},
	{"clear", "plain text", "CLEARTEXT", SASL_OK},
	{"crypt", "rasmuslerdorf", "PLAIN crypt $1$rasmusle$rISCgZzpwk3UhDidwXvin0", SASL_OK},
	{"off", "switched off", "PLAIN:smd5", SASL_DISABLED},
	{"old", "long ago", "PLAIN:smd5", SASL_EXPIRED},
	{"cram", "no secret for it", "CRAM-MD5", SASL_BADAUTH},
};
#define USERS (sizeof users / sizeof users[0])

static char path[96];
static char logged[16384];	/* by the plugin and libsasl2, since the connection was made */
static size_t logged_len;

int sasl_auxprop_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_auxprop_plug_t **plug, const char *plugname);
int sasl_server_plug_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_server_plug_t **pluglist, int *plugcount);

/* ---- the database ---- */

static void
set_password(struct record *r, const struct user *u, const struct name *name)
{
	const char *hash = strstr(u->mechs, "crypt ");
	struct mech_specs specs;

	if (hash != NULL) {
		r->secrets[MECH_PLAIN].text = strdup(hash);
		return;
	}
	FUZZ_EXPECT(mech_specs_parse(&specs, u->mechs, NULL) == ST_OK);
	FUZZ_EXPECT(account_set_password(r, &specs, &specs, true, name, u->password, strlen(u->password), 1,
	    NULL) == ST_OK);
}

static void
put_user(struct store_txn *t, const struct user *u)
{
	struct record r;
	struct name name;

	FUZZ_EXPECT(name_parse(&name, u->name, REALM, NULL, NULL) == ST_OK);
	record_init(&r, &name, 1);
	set_password(&r, u, &name);
	r.disabled = u->right == SASL_DISABLED;
	r.expires = u->right == SASL_EXPIRED;
	FUZZ_EXPECT(store_txn_put(t, &r, NULL) == ST_OK);
	record_clear(&r);
}

static void
make_database(void)
{
	const struct store_write_options options = {.create = true, .wait = 1};
	struct store_txn *t;
	struct fault f;

	snprintf(path, sizeof path, "%s/sasldb", fuzz_folder());
	FUZZ_EXPECT(store_begin(&t, path, &options, &f) == ST_OK);
	for (size_t i = 0; i < USERS; i++)
		put_user(t, &users[i]);
	FUZZ_EXPECT(store_commit(t, &f) == ST_OK);
}

/* ---- the program ---- */

static int
get_option(void *context, const char *plugin_name, const char *option, const char **result, unsigned *len)
{
	static const char *const options[][2] = {
	    {"auxprop_plugin", "gsasldb"}, {"pwcheck_method", "auxprop"}, {"gsasldb_mechs", "PLAIN:smd5"},
	    {"log_level", "7"}, {"gsasldb_path", path}};

	(void)context;
	(void)plugin_name;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		if (strcmp(option, options[i][0]) != 0)
			continue;
		*result = options[i][1];
		if (len != NULL)
			*len = (unsigned)strlen(*result);
		return SASL_OK;
	}
	return SASL_FAIL;
}

/* No plugin but ours, and no conf file. */
static int
get_folder(void *context, const char **out)
{
	(void)context;
	*out = fuzz_folder();
	return SASL_OK;
}

static int
take_line(void *context, int level, const char *line)
{
	(void)context;
	(void)level;
	fuzz_expect_words(line);
	logged_len += (size_t)snprintf(logged + logged_len, sizeof logged - logged_len, "%s\n", line);
	FUZZ_EXPECT(logged_len < sizeof logged);
	return SASL_OK;
}

#define CALLBACK(id, f) {id, (int (*)(void))(void (*)(void))(f), NULL}

static const sasl_callback_t callbacks[] = {
	CALLBACK(SASL_CB_GETOPT, get_option),
	CALLBACK(SASL_CB_GETPATH, get_folder),
	CALLBACK(SASL_CB_GETCONFPATH, get_folder),
	CALLBACK(SASL_CB_LOG, take_line),
	{SASL_CB_LIST_END, NULL, NULL},
};

sasl_conn_t *
server_connect(void)
{
	static bool started;
	sasl_conn_t *conn;

	if (!started) {
		make_database();
		FUZZ_EXPECT(sasl_server_init(callbacks, "fuzz") == SASL_OK);
		FUZZ_EXPECT(sasl_server_add_plugin("gsasldb", sasl_server_plug_init) == SASL_OK);
		FUZZ_EXPECT(sasl_auxprop_add_plugin("gsasldb", sasl_auxprop_plug_init) == SASL_OK);
		atexit(sasl_done);
		started = true;
	}
	logged[0] = '\0';
	logged_len = 0;
	FUZZ_EXPECT(sasl_server_new("smtp", "mail." REALM, REALM, NULL, NULL, NULL, 0, &conn) == SASL_OK);
	return conn;
}

void
server_disconnect(sasl_conn_t *conn)
{
	sasl_dispose(&conn);
}

/* ---- the judge ---- */

/* Without the white space at both ends, which libsasl2 takes off; malloc.  *leading: how much of it was first. */
static char *
trim(const char *text, size_t *leading)
{
	size_t end = strlen(text), start = 0;

	while (start < end && isspace((unsigned char)text[start]))
		start++;
	while (end > start && isspace((unsigned char)text[end - 1]))
		end--;
	*leading = start;
	return fuzz_string(text + start, end - start);
}

static bool
read_name(struct name *out, const char *text)
{
	size_t leading;
	char *trimmed = trim(text, &leading);
	bool good = name_parse(out, trimmed, NULL, REALM, NULL) == ST_OK;

	free(trimmed);
	return good;
}

/* libsasl2 2.1.28 takes "  ab" for a name of white space only: its loop in canonusr.c moves both ends. */
static bool
seems_blank(const char *text)
{
	size_t leading;
	char *trimmed = trim(text, &leading);
	bool blank = leading > 0 && leading == strlen(trimmed);

	free(trimmed);
	return blank;
}

/* A PLAIN secret is tried with SASLprep, too. */
static bool
is_password(const struct user *u, const char *text, size_t len)
{
	char *prepared;
	size_t prepared_len, right_len = strlen(u->password);
	bool same;

	FUZZ_EXPECT(secret_prepare(&prepared, &prepared_len, text, len, NULL) == ST_OK);
	same = (right_len == len && memcmp(u->password, text, len) == 0) ||
	    (strncmp(u->mechs, "PLAIN", 5) == 0 && right_len == prepared_len &&
	    memcmp(u->password, prepared, prepared_len) == 0);
	secret_wipe_free(prepared, prepared_len);
	return same;
}

static int
deserved(const struct claim *claim)
{
	struct name name;

	if (!utf8_valid(claim->authcid, strlen(claim->authcid)) ||
	    !utf8_valid(claim->authzid, strlen(claim->authzid)))
		return SASL_BADPROT;
	if (seems_blank(claim->authcid))
		return SASL_FAIL;
	if (!read_name(&name, claim->authcid) || strcmp(name.realm, REALM) != 0)
		return SASL_BADAUTH;
	for (size_t i = 0; i < USERS; i++)
		if (strcmp(users[i].name, name.user) == 0 &&
		    is_password(&users[i], claim->password, claim->password_len))
			return users[i].right;
	return SASL_BADAUTH;
}

/* A name may hold it: it is logged as a name then, its realm folded. */
static bool
is_in_name(const char *password, const struct claim *claim)
{
	return claim != NULL && (strcasestr(claim->authcid, password) != NULL ||
	    strcasestr(claim->authzid, password) != NULL);
}

static void
expect_clean_log(const struct claim *claim)
{
	for (size_t i = 0; i < USERS; i++)
		FUZZ_EXPECT(strstr(logged, users[i].password) == NULL || is_in_name(users[i].password, claim));
	/* nor one that is only nearly right */
	FUZZ_EXPECT(strstr(logged, "tuna") == NULL || is_in_name("tuna", claim));
}

void
server_expect(sasl_conn_t *conn, int result, const struct claim *claim)
{
	int right = claim != NULL ? deserved(claim) : SASL_BADPROT;
	bool other = claim != NULL && claim->authzid[0] != '\0' && strcmp(claim->authzid, claim->authcid) != 0;
	const void *who = NULL;
	struct name name, expected;

	expect_clean_log(claim);
	/* who may act as somebody else, libsasl2 decides: nobody */
	if (right == SASL_OK && other)
		FUZZ_EXPECT(result != SASL_CONTINUE);
	else
		FUZZ_EXPECT(result == right);
	if (result != SASL_OK)
		return;
	FUZZ_EXPECT(right == SASL_OK && read_name(&expected, claim->authcid));
	FUZZ_EXPECT(sasl_getprop(conn, SASL_USERNAME, &who) == SASL_OK && read_name(&name, who));
	FUZZ_EXPECT(strcmp(name.user, expected.user) == 0 && strcmp(name.realm, expected.realm) == 0);
}
