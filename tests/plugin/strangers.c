/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strangers: what a client that has proved nothing learns about who exists, and what it can write into the
 * log.  Time is not measured here but counted: the hashes that a refused login costs (bench/login-time.sh
 * measures).
 */
#include <config.h>

#include <crypt.h>
#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "name.h"

#define GOOD "tuna melt"
#define BAD "cold tuna"
#define LONG50 "01234567890123456789012345678901234567890123456789"
#define LONG250 LONG50 LONG50 LONG50 LONG50 LONG50
#define B(text) text, sizeof(text) - 1

/* ---- counted: these stand before the libraries' own, also for the plugin ---- */

#define INTERPOSED __attribute__((visibility("default")))

static char work[512];

static void
count(const char *what, int len, int cost)
{
	size_t n = strlen(work);

	snprintf(work + n, sizeof(work) - n, "%s %d %d; ", what, len, cost);
}

INTERPOSED char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	static char *(*real)(const char *, const char *, void *, int);
	char scheme[32];
	const char *p = setting;
	int dollars;

	/* all but the salt: "$y$j9T$", "$2b$10$" */
	for (dollars = 0; *p != '\0' && dollars < 3; p++)
		dollars += *p == '$';
	snprintf(scheme, sizeof(scheme), "%.*s", (int)(p - setting), setting);
	count(scheme, (int)strlen(phrase), 0);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "crypt_rn");
	return real(phrase, setting, data, size);
}

INTERPOSED int
PKCS5_PBKDF2_HMAC(const char *password, int len, const unsigned char *salt, int salt_len, int iterations,
    const EVP_MD *md, int key_len, unsigned char *out)
{
	static int (*real)(const char *, int, const unsigned char *, int, int, const EVP_MD *, int,
	    unsigned char *);

	count(EVP_MD_get0_name(md), len, iterations);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "PKCS5_PBKDF2_HMAC");
	return real(password, len, salt, salt_len, iterations, md, key_len, out);
}

/* ---- PLAIN and LOGIN tell nobody who exists ---- */

static const struct stranger {
	const char *what;
	const char *user;
} strangers[] = {
	{"wrong password", "hoge"},
	{"wrong password, with his realm", "hoge@" REALM},
	{"no such user", "nobody"},
	{"no such user, by case", "HOGE"},
	{"no such realm", "hoge@other.test"},
	{"a realm that is not served", "hoge@elsewhere.test"},
	{"empty realm", "hoge@"},
	{"a name that nobody can have", "a\tb"},
	{"a name that is too long", LONG250 "012345"},
	{"disabled", "off"},
	{"expired", "past"},
	{"disabled and no secret for it", "offbare"},
	{"no secret for it", "bare"},
	{"a secret that would take days", "days"},
	{"and is disabled", "offdays"},
	{"a secret of unknown cost", "odd"},
	{"a secret of too many iterations", "turns"},
};

/* All that a program, and so its client, can know of a refused login, and what it cost. */
struct outcome {
	int result;
	char detail[256];
	char work[512];
};

static void
refused(struct outcome *o, const char *mech, const char *user, const char *password)
{
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);
	char message[2048];
	int len;

	work[0] = '\0';
	if (strcmp(mech, "PLAIN") == 0) {
		len = snprintf(message, sizeof(message), "%c%s%c%s", 0, user, 0, password);
		o->result = step(conn, mech, message, (size_t)len, NULL);
	} else {
		o->result = step(conn, mech, user, strlen(user), NULL);
		if (o->result == SASL_CONTINUE)
			o->result = step(conn, NULL, password, strlen(password), NULL);
	}
	snprintf(o->detail, sizeof(o->detail), "%s", sasl_errdetail(conn));
	snprintf(o->work, sizeof(o->work), "%s", work);
	sasl_dispose(&conn);
	log_clear(&log);
}

static bool
same_outcome(const struct outcome *a, const struct outcome *b)
{
	return a->result == b->result && strcmp(a->detail, b->detail) == 0 && strcmp(a->work, b->work) == 0;
}

/* password: a wrong one.  hashes: how many it costs. */
static void
check_refusals(const char *mech, const char *scheme, const char *what, const char *password, unsigned hashes)
{
	struct outcome first, o;
	unsigned done = 0;
	const char *p;
	bool good;
	size_t i;

	refused(&first, mech, strangers[0].user, password);
	for (p = first.work; (p = strstr(p, "; ")) != NULL; p += 2)
		done++;
	good = first.result == SASL_BADAUTH && done == hashes;
	for (i = 1; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		refused(&o, mech, strangers[i].user, password);
		if (same_outcome(&first, &o))
			continue;
		note("%s: %d \"%s\" by %s", strangers[i].what, o.result, o.detail, o.work);
		good = false;
	}
	ok(good, "%s, %s, %s: nobody learns who exists: \"%s\" at the cost of: %s", mech, scheme, what,
	    first.detail, hashes == 0 ? "nothing" : first.work);
	if (!good)
		note("%s: %d \"%s\" by %s", strangers[0].what, first.result, first.detail, first.work);
}

/* What an import refuses may be in a database all the same. */
static void
put_secret(struct record *r, enum mech mech, const char *text)
{
	secret_free(&r->secrets[mech]);
	r->secrets[mech].text = strdup(text);
	if (r->secrets[mech].text == NULL || secret_check(mech, text, NULL) != ST_OK ||
	    secret_check_cost(mech, text, NULL) != ST_COSTLY)
		bail("%s", text);
}

static void
give_days(struct record *r)
{
	put_secret(r, MECH_PLAIN, "crypt $2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde");
}

static void
give_odd(struct record *r)
{
	put_secret(r, MECH_PLAIN, "crypt $sha1$-1$salt$abcdefghijklmnopqrstuvwxyzab");
}

#define ZEROS_20 "AAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
give_turns(struct record *r)
{
	secret_free(&r->secrets[MECH_PLAIN]);
	for (int m = MECH_SCRAM_SHA_1; m < MECH_COUNT; m++)
		secret_free(&r->secrets[m]);
	put_secret(r, MECH_SCRAM_SHA_1, "10000000:MDEyMw==$" ZEROS_20 ":" ZEROS_20);
}

static void
make_users(const char *mechs)
{
	unlink(DATABASE);
	unlink(in_scratch(".sasldb.twin"));
	unlink(in_scratch(".sasldb.state"));
	give_password("hoge@" REALM, mechs, GOOD);
	give_password("hoge@elsewhere.test", mechs, GOOD);
	give_password("off@" REALM, mechs, GOOD);
	give_password("past@" REALM, mechs, GOOD);
	give_password("bare@" REALM, "CRAM-MD5", GOOD);
	give_password("offbare@" REALM, "CRAM-MD5", GOOD);
	edit_user("off@" REALM, disable_user);
	edit_user("offbare@" REALM, disable_user);
	edit_user("past@" REALM, expire_user);
	edit_user("days@" REALM, give_days);
	edit_user("offdays@" REALM, give_days);
	edit_user("offdays@" REALM, disable_user);
	edit_user("odd@" REALM, give_odd);
	edit_user("turns@" REALM, give_turns);
}

/* mechs: what users have, and what a new password becomes. */
static void
start_with(const char *plugins, const char *mechs)
{
	char conf[512];

	snprintf(conf, sizeof(conf), "auxprop_plugin: %s\ngsasldb_path: %%s/sasldb\nsasldb_path: %%s/none\n"
	    "gsasldb_mechs: %s\ngsasldb_realms: " REALM " other.test\nlog_level: 7\n", plugins, mechs);
	make_users(mechs);
	server_start(conf);
}

static void
check_scheme(const char *plugins, const char *mechs)
{
	start_with(plugins, mechs);
	check_refusals("PLAIN", mechs, "a wrong password", BAD, 1);
	check_refusals("LOGIN", mechs, "a wrong password", BAD, 1);
	server_stop();
}

/* Passwords that are hashed twice (once prepared by SASLprep), in the wrong encoding, or not at all. */
static void
check_odd_passwords(void)
{
	start_with("gsasldb", "SCRAM-SHA-256:4096");
	check_refusals("PLAIN", "SCRAM", "not UTF-8", "\377\376", 1);
	check_refusals("PLAIN", "SCRAM", "600 bytes", LONG250 LONG250 LONG50 LONG50, 0);
	server_stop();
	start_with("gsasldb", "PLAIN:bcrypt");
	check_refusals("PLAIN", "crypt", "one that SASLprep changes", "\357\274\241bc", 2);
	check_refusals("PLAIN", "crypt", "600 bytes", LONG250 LONG250 LONG50 LONG50, 0);
	server_stop();
}

/* The log says why, to the full once; a new password cures it. */
static void
check_costly(void)
{
	struct log log = {0};
	sasl_conn_t *conn;

	start_with("gsasldb", "PLAIN:bcrypt");
	edit_user("days@" REALM, give_days);
	try_login("PLAIN", "days", BAD, &log);
	ok(log_has(&log, "PLAIN: user days in realm " REALM ": PLAIN: bcrypt cost 31 is above the bound of 13: no password "
	    "is checked against it; set the password again with saslpasswd"), "costly: the log says what to do");
	ok(log_has(&log, "PLAIN: user days in realm " REALM " has a secret that is too costly to check"),
	    "costly: and who could not log in");
	try_login("LOGIN", "days", BAD, &log);
	try_login("PLAIN", "turns", BAD, &log);
	ok(log_count(&log, "no password is checked against it") == 1 && log_count(&log, "is too costly to check") == 3,
	    "costly: the one once, the other each time");
	conn = server_conn(REALM, &log);
	ok(sasl_setpass(conn, "days", GOOD, sizeof(GOOD) - 1, NULL, 0, 0) == SASL_OK &&
	    try_login("PLAIN", "days", GOOD, &log) == SASL_OK, "costly: a new password cures it");
	sasl_dispose(&conn);
	log_clear(&log);
	server_stop();
}

/* The limit: of a user whose secret is of another kind than new ones the time of a refusal tells that he exists. */
static void
check_other_kind(void)
{
	struct outcome known, unknown;

	start_with("gsasldb", "SCRAM-SHA-512:5000");
	give_password("other@" REALM, "SCRAM-SHA-256:4096", GOOD);
	refused(&known, "PLAIN", "other", BAD);
	refused(&unknown, "PLAIN", "nobody", BAD);
	ok(known.result == unknown.result && strcmp(known.detail, unknown.detail) == 0 &&
	    strcmp(known.work, "SHA2-256 9 4096; ") == 0 && strcmp(unknown.work, "SHA2-512 9 5000; ") == 0,
	    "known: a secret of another kind than gsasldb_mechs makes costs what it costs");
	server_stop();
}

/* ---- the other mechanisms ---- */

/* What a SCRAM client gets for its first message. */
static int
scram_first(const char *user)
{
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);
	char message[128];
	int len = snprintf(message, sizeof(message), "n,,n=%s,r=fyko+d2lbbFgONRv9qkxdawL", user);
	int result = step(conn, "SCRAM-SHA-256", message, (size_t)len, NULL);

	sasl_dispose(&conn);
	log_clear(&log);
	return result;
}

/* libsasl2's own mechanisms are as they are; SECURITY.md tells what this test sees. */
static void
check_stock_mechanisms(void)
{
	static const char *const nobodies[] = {"nobody", "off", "past", "bare"};
	bool good = true;
	size_t i;

	make_users("SCRAM-SHA-256:4096 CRAM-MD5 DIGEST-MD5");
	server_start(NULL);
	for (i = 0; i < sizeof(nobodies) / sizeof(nobodies[0]); i++)
		good = good && scram_first(nobodies[i]) == SASL_NOUSER;
	ok(scram_first("hoge") == SASL_CONTINUE && good,
	    "SCRAM, known: libsasl2 answers who has no such secret at the first step");
	ok(try_login("CRAM-MD5", "hoge", BAD, NULL) == SASL_BADAUTH &&
	    try_login("CRAM-MD5", "nobody", BAD, NULL) == SASL_NOUSER &&
	    try_login("DIGEST-MD5", "hoge", BAD, NULL) == SASL_BADAUTH &&
	    try_login("DIGEST-MD5", "nobody", BAD, NULL) == SASL_NOUSER,
	    "CRAM-MD5 and DIGEST-MD5, known: libsasl2 tells the program, which decides what it tells the client");
	server_stop();
}

/* ---- names that try to break the log ---- */

static const struct forgery {
	const char *name;
	size_t len;
	const char *shown;	/* as the log must have it; NULL: not at all */
} forgeries[] = {
	{B("x\n2 forged: wrong password"), "\"x\\x0a2 forged: wrong password\""},
	{B("x\rforged"), "\"x\\x0dforged\""},
	{B("x\033[2J\033[31mred"), "\"x\\x1b[2J\\x1b[31mred\""},
	{B("x\177\b\b\b"), "\"x\\x7f\\x08\\x08\\x08\""},
	{B("x\302\205forged"), "\"x\\xc2\\x85forged\""},	/* U+0085, a C1 newline */
	{B("x\342\200\250forged"), " user x\\xe2\\x80\\xa8forged in"},	/* U+2028, a line to Unicode */
	{B("x\342\200\256gpj.exe"), " user x\\xe2\\x80\\xaegpj.exe in"},	/* U+202E turns the rest around */
	{B("x\342\201\246y"), " user x\\xe2\\x81\\xa6y in"},	/* U+2066 */
	{B("%s%s%s%n%m%z"), " user %s%s%s%n%m%z in"},
	{B("hoge in realm " REALM), " user hoge\\x20in\\x20realm\\x20" REALM " in"},
	{B("root result=ok"), " user root\\x20result=ok in"},
	{B("x\" in realm \"y"), " user x\"\\x20in\\x20realm\\x20\"y in"},
	{B("nobody@" REALM " in /etc/sasldb"), " in realm " REALM "\\x20in\\x20/etc/sasldb in "},
	{B("x\0y"), NULL},
	{B("x\377\376y"), NULL},
	{B(LONG250 LONG250 LONG250), NULL},
};

/* Is each line one that the log's reader can take for one: no control character, and UTF-8? */
static bool
is_clean(const struct log *log)
{
	const unsigned char *p = (const unsigned char *)log->text;
	bool line_begins = true;

	for (; p != NULL && *p != '\0'; p++) {
		if (line_begins && (*p < '0' || *p > '9' || p[1] != ' '))
			return false;
		line_begins = *p == '\n';
		if ((*p < ' ' && !line_begins) || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0) ||
		    (*p == 0xe2 && p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae))
			return false;
	}
	return log->text == NULL || (utf8_valid(log->text, log->len) && !log_has(log, "\n2 forged"));
}

static void
check_forgery(const struct forgery *f, const char *mech)
{
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);
	char message[1024];
	bool good;
	int result;

	if (strcmp(mech, "PLAIN") == 0) {
		message[0] = '\0';
		memcpy(message + 1, f->name, f->len);
		memcpy(message + 1 + f->len, "\0" BAD, sizeof("\0" BAD));
		result = step(conn, mech, message, f->len + sizeof("\0" BAD), NULL);
	} else {
		result = step(conn, mech, f->name, f->len, NULL);
		if (result == SASL_CONTINUE)
			result = step(conn, NULL, B(BAD), NULL);
	}
	good = (result == SASL_BADAUTH || result == SASL_BADPROT) && is_clean(&log) &&
	    (f->shown == NULL ? !log_has(&log, "in realm") : log_count(&log, f->shown) == 1);
	ok(good, "%s: the log is not broken by the name %.40s", mech, f->name);
	if (!good)
		note("%d; %s", result, log.text == NULL ? "(empty)" : log.text);
	sasl_dispose(&conn);
	log_clear(&log);
}

/* The same through libsasl2's mechanisms and our lookup.  A name ends at its NUL there. */
static void
check_stock_forgery(const struct forgery *f, const char *mech)
{
	struct log log = {0};
	int result = try_login(mech, f->name, BAD, &log);
	bool good = result != SASL_OK && is_clean(&log);

	ok(good, "%s: nor is it", mech);
	if (!good)
		note("%d; %s", result, log.text == NULL ? "(empty)" : log.text);
	log_clear(&log);
}

static void
check_forgeries(void)
{
	size_t i;

	server_start(SELECTED "gsasldb_mechs: SCRAM-SHA-256:4096\n");
	for (i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
		check_forgery(&forgeries[i], "PLAIN");
		check_forgery(&forgeries[i], "LOGIN");
		check_stock_forgery(&forgeries[i], "CRAM-MD5");
		check_stock_forgery(&forgeries[i], "DIGEST-MD5");
		check_stock_forgery(&forgeries[i], "SCRAM-SHA-256");
	}
	server_stop();
}

int
main(void)
{
	harness_start();
	check_scheme("gsasldb", "PLAIN");
	check_scheme("gsasldb", "SCRAM-SHA-512:5000");
	check_scheme("gsasldb sasldb", "SCRAM-SHA-256:4096 CRAM-MD5");
	check_odd_passwords();
	check_other_kind();
	check_costly();
	check_stock_mechanisms();
	check_forgeries();
	return done();
}
