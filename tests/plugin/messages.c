/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messages: what our own PLAIN and LOGIN make of whatever a client sends, how they stand beside libsasl2's,
 * and what leaves the plugin: symbols, names of the logged-in.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define GOOD "tuna melt"

/* ---- PLAIN ---- */

#define B(text) text, sizeof(text) - 1

static const struct plain_case {
	const char *what;
	const char *bytes;
	size_t len;
	int expected;
} plain_cases[] = {
	{"right", B("\0hoge\0" GOOD), SASL_OK},
	{"authzid the same", B("hoge\0hoge\0" GOOD), SASL_OK},
	{"wrong", B("\0hoge\0wrong"), SASL_BADAUTH},
	{"nothing", B(""), SASL_BADPROT},
	{"no NUL", B("hoge"), SASL_BADPROT},
	{"one NUL", B("\0"), SASL_BADPROT},
	{"two NULs", B("\0\0"), SASL_BADPROT},
	{"three NULs", B("\0\0\0"), SASL_BADPROT},
	{"no password part", B("\0hoge"), SASL_BADPROT},
	{"empty password", B("\0hoge\0"), SASL_BADPROT},
	{"empty user", B("\0\0" GOOD), SASL_BADPROT},
	{"only authzid", B("hoge\0\0"), SASL_BADPROT},
	{"NUL at the end", B("\0hoge\0" GOOD "\0"), SASL_BADPROT},
	{"NUL in the password", B("\0hoge\0" GOOD "\0" GOOD), SASL_BADPROT},
	{"four NULs", B("\0hoge\0" GOOD "\0\0"), SASL_BADPROT},
	{"nothing but four NULs", B("\0\0\0\0"), SASL_BADPROT},
	{"an asterisk", B("*"), SASL_BADPROT},
	{"password not UTF-8", B("\0hoge\0\377\376"), SASL_BADAUTH},
	{"blank user", B("\0 \t \0" GOOD), SASL_BADAUTH},
	{"blank authzid", B(" \0hoge\0" GOOD), SASL_BADAUTH},
	{"user not UTF-8", B("\0ho\377ge\0" GOOD), SASL_BADPROT},
	{"authzid not UTF-8", B("ho\377ge\0hoge\0" GOOD), SASL_BADPROT},
	{"newline after the password", B("\0hoge\0" GOOD "\n"), SASL_BADAUTH},
};

static void
test_plain(void)
{
	struct log log = {0};
	size_t i;

	for (i = 0; i < sizeof(plain_cases) / sizeof(plain_cases[0]); i++) {
		const struct plain_case *c = &plain_cases[i];
		sasl_conn_t *conn = server_conn(REALM, &log);
		int result = step(conn, "PLAIN", c->bytes, c->len, NULL);

		ok(result == c->expected && !log_has(&log, GOOD), "PLAIN, %s: %d", c->what, c->expected);
		if (result != c->expected)
			note("got %d", result);
		sasl_dispose(&conn);
		log_clear(&log);
	}
}

static void
test_plain_cut(void)
{
	static const char whole[] = "\0hoge\0" GOOD;
	struct log log = {0};
	size_t len;
	bool good = true;

	for (len = 0; len < sizeof(whole) - 1; len++) {
		sasl_conn_t *conn = server_conn(REALM, &log);
		int result = step(conn, "PLAIN", whole, len, NULL);

		good = good && (result == SASL_BADPROT || result == SASL_BADAUTH);
		sasl_dispose(&conn);
	}
	ok(good, "PLAIN, cut after each byte: refused");
	log_clear(&log);
}

/* Parts of every length around the bounds. */
static void
test_plain_long(void)
{
	static const size_t lengths[] = {254, 255, 256, 510, 511, 512, 1023, 1024, 1025, 5000, 100000};
	char *message = malloc(300100);
	struct log log = {0};
	bool good = true;
	size_t i;
	int part;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (part = 0; part < 3; part++) {
			size_t size[3] = {0, 4, 4}, n = 0, j;
			sasl_conn_t *conn = server_conn(REALM, &log);
			int result;

			size[part] = lengths[i];
			for (j = 0; j < 3; j++) {
				memset(message + n, 'a', size[j]);
				n += size[j];
				message[n++] = '\0';
			}
			result = step(conn, "PLAIN", message, n - 1, NULL);
			if (result != SASL_BADPROT && result != SASL_BADAUTH) {
				note("part %d of %zu bytes: %d", part, lengths[i], result);
				good = false;
			}
			sasl_dispose(&conn);
		}
	ok(good, "PLAIN, parts of up to 100000 bytes: refused");
	free(message);
	log_clear(&log);
}

static void
test_plain_no_initial_response(void)
{
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);
	const char *out = NULL;
	unsigned len = 1;
	int first = sasl_server_start(conn, "PLAIN", NULL, 0, &out, &len);
	int second = step(conn, NULL, B("\0hoge\0" GOOD), NULL);

	ok(first == SASL_CONTINUE && len == 0 && second == SASL_OK, "PLAIN without an initial response");
	sasl_dispose(&conn);
	log_clear(&log);
}

/* ---- LOGIN ---- */

#define ANSWERS 4

static const struct login_case {
	const char *what;
	struct {
		const char *bytes;	/* NULL: no more */
		size_t len;
		int expected;
		const char *reply;
	} answer[ANSWERS];
} login_cases[] = {
	{"asked for both", {{B(""), SASL_CONTINUE, "Username:"}, {B("hoge"), SASL_CONTINUE, "Password:"},
	    {B(GOOD), SASL_OK, ""}}},
	{"user name at once", {{B("hoge"), SASL_CONTINUE, "Password:"}, {B(GOOD), SASL_OK, ""}}},
	{"wrong password", {{B("hoge"), SASL_CONTINUE, "Password:"}, {B("wrong"), SASL_BADAUTH, ""}}},
	{"nobody", {{B("nobody"), SASL_CONTINUE, "Password:"}, {B(GOOD), SASL_BADAUTH, ""}}},
	{"empty user", {{B(""), SASL_CONTINUE, "Username:"}, {B(""), SASL_BADPROT, ""}}},
	{"empty password", {{B("hoge"), SASL_CONTINUE, "Password:"}, {B(""), SASL_BADPROT, ""}}},
	{"an asterisk", {{B(""), SASL_CONTINUE, "Username:"}, {B("*"), SASL_CONTINUE, "Password:"},
	    {B("*"), SASL_BADAUTH, ""}}},
	{"blank user", {{B("  "), SASL_CONTINUE, "Password:"}, {B(GOOD), SASL_BADAUTH, ""}}},
	{"NUL in the user", {{B("hoge\0x"), SASL_BADPROT, ""}}},
	{"NUL in the password", {{B("hoge"), SASL_CONTINUE, "Password:"}, {B(GOOD "\0"), SASL_BADPROT, ""}}},
	{"user not UTF-8", {{B("ho\377ge"), SASL_CONTINUE, "Password:"}, {B(GOOD), SASL_BADPROT, ""}}},
	{"password not UTF-8", {{B("hoge"), SASL_CONTINUE, "Password:"}, {B("\377\376"), SASL_BADAUTH, ""}}},
	{"a step too many", {{B("hoge"), SASL_CONTINUE, "Password:"}, {B("wrong"), SASL_BADAUTH, ""},
	    {B(GOOD), SASL_BADPROT, ""}, {B(GOOD), SASL_BADPROT, ""}}},
	{"given up", {{B("hoge"), SASL_CONTINUE, "Password:"}}},
};

static void
test_login(void)
{
	size_t i, j;

	for (i = 0; i < sizeof(login_cases) / sizeof(login_cases[0]); i++) {
		const struct login_case *c = &login_cases[i];
		struct log log = {0};
		sasl_conn_t *conn = server_conn(REALM, &log);
		bool good = true;

		for (j = 0; j < ANSWERS && c->answer[j].bytes != NULL; j++) {
			const char *reply;
			int result = step(conn, j == 0 ? "LOGIN" : NULL, c->answer[j].bytes, c->answer[j].len,
			    &reply);

			if (result == c->answer[j].expected && strcmp(reply, c->answer[j].reply) == 0)
				continue;
			note("answer %zu: got %d \"%s\", expected %d \"%s\"", j, result, reply,
			    c->answer[j].expected, c->answer[j].reply);
			good = false;
		}
		ok(good && !log_has(&log, GOOD), "LOGIN, %s", c->what);
		sasl_dispose(&conn);
		log_clear(&log);
	}
}

static void
test_login_long(void)
{
	static char text[65536];
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);
	bool good;

	memset(text, 'a', sizeof(text));
	good = step(conn, "LOGIN", text, 512, NULL) == SASL_BADPROT &&
	    step(conn, "LOGIN", text, 511, NULL) == SASL_CONTINUE &&
	    step(conn, NULL, text, 1025, NULL) == SASL_BADPROT &&
	    step(conn, "LOGIN", text, sizeof(text), NULL) == SASL_BADPROT &&
	    step(conn, "LOGIN", "hoge", 4, NULL) == SASL_CONTINUE &&
	    step(conn, NULL, text, sizeof(text), NULL) == SASL_BADPROT &&
	    step(conn, "LOGIN", "hoge", 4, NULL) == SASL_CONTINUE &&
	    step(conn, NULL, text, 1024, NULL) == SASL_BADAUTH &&
	    step(conn, "LOGIN", "hoge", 4, NULL) == SASL_CONTINUE &&
	    step(conn, NULL, B(GOOD), NULL) == SASL_OK;
	ok(good, "LOGIN, long answers are refused, and the same connection may try again");
	sasl_dispose(&conn);
	log_clear(&log);
}

/* ---- who logs in as whom ---- */

static int
allow(sasl_conn_t *conn, void *context, const char *user, unsigned user_len, const char *login,
    unsigned login_len, const char *realm, unsigned realm_len, struct propctx *properties)
{
	(void)conn;
	(void)user;
	(void)user_len;
	(void)login;
	(void)login_len;
	(void)realm;
	(void)realm_len;
	(void)properties;
	return *(int *)context;
}

static void
give_mailbox(struct record *r)
{
	if (record_set_property(r, "mailbox", r->name.user, strlen(r->name.user), NULL) != ST_OK)
		bail("record_set_property");
}

/* Reads one property of the connection; "" if it has none. */
static const char *
property(sasl_conn_t *conn, const char *name)
{
	const char *names[] = {name, NULL};
	struct propval value[2];

	if (prop_getnames(sasl_auxprop_getctx(conn), names, value) != 1 || value[0].values == NULL ||
	    value[0].values[0] == NULL)
		return "";
	return value[0].values[0];
}

/* login logs in as user, whose mailbox (a property) the program wants to know, as well as login's own. */
static void
test_authorization(const char *user, const char *login, int policy, const char *mailbox)
{
	static const char *wanted[] = {"mailbox", "*mailbox", NULL};
	const sasl_callback_t callbacks[] = {
		{SASL_CB_PROXY_POLICY, (int (*)(void))(void (*)(void))allow, &policy},
		{SASL_CB_LIST_END, NULL, NULL},
	};
	char message[64], both[128];
	const void *as = "", *by = "";
	sasl_conn_t *conn = NULL;
	int result, len;

	if (sasl_server_new("smtp", HOST, REALM, NULL, NULL, callbacks, 0, &conn) != SASL_OK)
		bail("sasl_server_new");
	sasl_auxprop_request(conn, wanted);
	len = snprintf(message, sizeof(message), "%s%c%s%c" GOOD, user, 0, login, 0);
	result = step(conn, "PLAIN", message, (size_t)len, NULL);
	ok(result == policy, "PLAIN by %s as %s: the program decides (%d)", login, user, policy);
	if (result == SASL_OK) {
		sasl_getprop(conn, SASL_USERNAME, &as);
		sasl_getprop(conn, SASL_AUTHUSER, &by);
		snprintf(both, sizeof(both), "%s %s", (const char *)as, (const char *)by);
		snprintf(message, sizeof(message), "%s@" REALM " %s@" REALM, user, login);
		ok(strcmp(both, message) == 0, "it hears both names: %s", both);
		ok(strcmp(property(conn, "mailbox"), mailbox) == 0 && strcmp(property(conn, "*mailbox"), login) == 0,
		    "and what belongs to each");
	}
	sasl_dispose(&conn);
}

/* A user of the stock sasldb, with a mailbox. */
static void
make_stock_user(void)
{
	const char *names[] = {"mailbox", NULL};
	struct propctx *ctx = prop_new(0);
	struct log log = {0};
	sasl_conn_t *conn;

	server_start("auxprop_plugin: sasldb\nsasldb_path: %s/stockdb\n");
	conn = server_conn(REALM, &log);
	prop_request(ctx, names);
	prop_set(ctx, "mailbox", "stock", 0);
	if (sasl_setpass(conn, "stock", GOOD, sizeof(GOOD) - 1, NULL, 0, SASL_SET_CREATE) != SASL_OK ||
	    sasl_auxprop_store(conn, ctx, "stock") != SASL_OK)
		bail("the stock sasldb does not store");
	prop_dispose(&ctx);
	sasl_dispose(&conn);
	server_stop();
	log_clear(&log);
}

static void
test_authorizations(void)
{
	server_start(NULL);
	test_authorization("boss", "hoge", SASL_OK, "boss");
	test_authorization("boss", "hoge", SASL_NOAUTHZ, NULL);
	test_authorization("ghost", "hoge", SASL_OK, "");
	server_stop();
	/* here libsasl2's checkpass looks up the mailbox of the wrong one on its way */
	make_stock_user();
	server_start("auxprop_plugin: gsasldb sasldb\ngsasldb_path: %s/sasldb\nsasldb_path: %s/stockdb\n");
	test_authorization("boss", "stock", SASL_OK, "boss");
	server_stop();
}

/* ---- beside libsasl2's own ---- */

static unsigned
count_words(const char *list, const char *word)
{
	size_t len = strlen(word);
	unsigned n = 0;
	const char *p;

	for (p = list; (p = strstr(p, word)) != NULL; p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			n++;
	return n;
}

/* folders: in the order in which libsasl2 loads them, which must not matter. */
static void
check_list(const char *folders, const char *what, const char *conf, unsigned flags, unsigned plain,
    const char *source)
{
	sasl_security_properties_t security = {.security_flags = flags};
	struct log log = {0};
	const void *by = "";
	const char *list = "";
	sasl_conn_t *conn;
	bool good;

	server_start_in(folders, conf);
	conn = server_conn(REALM, &log);
	sasl_setprop(conn, SASL_SEC_PROPS, &security);
	if (sasl_listmech(conn, NULL, "", " ", "", &list, NULL, NULL) != SASL_OK)
		list = "";
	good = count_words(list, "PLAIN") == plain && count_words(list, "LOGIN") == plain;
	if (source != NULL) {
		step(conn, "LOGIN", B("hoge"), NULL);
		good = good && sasl_getprop(conn, SASL_AUTHSOURCE, &by) == SASL_OK && strcmp(by, source) == 0;
	}
	ok(good, "%s (%s): PLAIN and LOGIN are announced %u times", what, folders, plain);
	if (!good)
		note("list %s, LOGIN is from %s", list, (const char *)by);
	sasl_dispose(&conn);
	server_stop();
	log_clear(&log);
}

static void
test_lists(const char *folders)
{
	check_list(folders, "mech_list", SELECTED "mech_list: PLAIN CRAM-MD5 LOGIN DIGEST-MD5\n", 0, 1, "gsasldb");
	check_list(folders, "no mech_list", SELECTED, 0, 2, "gsasldb");
	check_list(folders, "noplaintext", SELECTED, SASL_SEC_NOPLAINTEXT, 0, NULL);
	check_list(folders, "noanonymous", SELECTED "mech_list: LOGIN PLAIN\n", SASL_SEC_NOANONYMOUS, 1, "gsasldb");
	check_list(folders, "gsasldb_plain: no", SELECTED "gsasldb_plain: no\n", 0, 1, "login");
	check_list(folders, "another plugin", "auxprop_plugin: sasldb\nsasldb_path: %s/none\n", 0, 1, "login");
	check_list(folders, "no plugin named", "sasldb_path: %s/none\n", 0, 1, "login");
	check_list(folders, "other methods only", "auxprop_plugin: gsasldb\npwcheck_method: saslauthd\n", 0, 1,
	    "login");
}

/* ---- what a login tells, and takes ---- */

static void
test_digest_notice(void)
{
	struct log log = {0};

	server_start(NULL);
	try_login("CRAM-MD5", "hoge", GOOD, &log);
	ok(!log_has(&log, "DIGEST-MD5 is served"), "no word of DIGEST-MD5 where nobody uses it");
	try_login("DIGEST-MD5", "hoge@" REALM, GOOD, &log);
	ok(log_has(&log, "3 DIGEST-MD5 is served from stored hashes: a client that writes user@realm"),
	    "a DIGEST-MD5 login explains its limit");
	try_login("DIGEST-MD5", "hoge@" REALM, GOOD, &log);
	try_login("DIGEST-MD5", "hoge", GOOD, &log);
	ok(log_count(&log, "DIGEST-MD5 is served") == 1, "once");
	server_stop();
	log_clear(&log);
}

int
main(void)
{
	harness_start();
	give_password("hoge@" REALM, mech_default_list, GOOD);
	give_password("bare@" REALM, "CRAM-MD5", GOOD);
	edit_user("hoge@" REALM, give_mailbox);
	edit_user("boss@" REALM, give_mailbox);
	server_start(SELECTED "mech_list: PLAIN LOGIN\n");
	test_plain();
	test_plain_cut();
	test_plain_long();
	test_plain_no_initial_response();
	test_login();
	test_login_long();
	server_stop();
	test_authorizations();
	test_lists("ours:stock");
	test_lists("stock:ours");
	test_digest_notice();
	return done();
}
