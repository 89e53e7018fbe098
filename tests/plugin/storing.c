/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * storing: passwords and properties that programs set through libsasl2: the stock saslpasswd2,
 * sasl_setpass(), sasl_auxprop_store(), auto_transition; and sasl_checkpass(), which reads them.
 */
#include <config.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "store.h"

#define OLD "tuna melt"
#define NEW "cold trout"
#define SASLPASSWD2 "/usr/sbin/saslpasswd2"
#define DEFAULT_SET "CRAM-MD5 DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-256"

/* ---- what is in the database ---- */

/* "CRAM-MD5 PLAIN" of user@realm; "" if he is not there. */
static const char *
mechs_of(const char *who)
{
	static char names[256];
	struct store *store = NULL;
	struct record r = {0};
	struct name name;

	names[0] = '\0';
	if (name_parse(&name, who, NULL, NULL, NULL) == ST_OK && store_open(&store, DATABASE, NULL) == ST_OK &&
	    store_get(store, &name, &r, NULL) == ST_OK)
		record_mech_names(&r, names, sizeof(names));
	record_clear(&r);
	if (store != NULL)
		store_close(store);
	return names;
}

static void
check_mechs(const char *who, const char *expected, const char *what)
{
	const char *got = mechs_of(who);

	ok(strcmp(got, expected) == 0, "%s: %s has \"%s\"", what, who, expected);
	if (strcmp(got, expected) != 0)
		note("he has \"%s\"", got);
}

/* Do all these mechanisms let user in with this password? */
static void
check_logins(const char *mechs, const char *user, const char *password, int expected, const char *what)
{
	char copy[256], *mech, *rest = NULL;
	struct log log = {0};
	bool good = true;

	snprintf(copy, sizeof(copy), "%s", mechs);
	for (mech = strtok_r(copy, " ", &rest); mech != NULL; mech = strtok_r(NULL, " ", &rest)) {
		int result = try_login(mech, user, password, &log);

		if (result == expected)
			continue;
		note("%s: %d; the log:\n%s", mech, result, log.text == NULL ? "" : log.text);
		good = false;
	}
	ok(good && !log_has(&log, password), "%s: %s for %s by %s", what,
	    sasl_errstring(expected, NULL, NULL), user, mechs);
	log_clear(&log);
}

/* ---- the stock saslpasswd2 ---- */

static void
write_saslpasswd_conf(const char *conf)
{
	FILE *file = fopen(in_scratch("conf/saslpasswd.conf"), "w");
	const char *root = in_scratch("%s", "");

	if (file == NULL)
		bail("cannot write saslpasswd.conf");
	fprintf(file, "auxprop_plugin: gsasldb\ngsasldb_path: %ssasldb\n%s", root, conf);
	fclose(file);
}

static int
saslpasswd2(const char *option, const char *user, const char *password)
{
	const char *const argv[] = {SASLPASSWD2, option, "-p", "-u", REALM, user, NULL};

	return run_stock(argv, password);
}

static void
test_saslpasswd2(void)
{
	struct timespec before, after;

	write_saslpasswd_conf("");
	ok(saslpasswd2("-c", "hoge", OLD) == 0, "saslpasswd2 -c: exit 0");
	check_mechs("hoge@" REALM, DEFAULT_SET, "saslpasswd2 -c");
	check_logins(DEFAULT_SET " LOGIN", "hoge", OLD, SASL_OK, "saslpasswd2 -c");
	ok(!database_holds(OLD), "the password is not readable in the files");

	before = database_time();
	ok(saslpasswd2("-c", "hoge", OLD) == 0, "the same password again: exit 0");
	after = database_time();
	ok(memcmp(&before, &after, sizeof(before)) == 0, "that is no write");

	ok(saslpasswd2("-c", "hoge", NEW) == 0, "another password: exit 0");
	check_logins(DEFAULT_SET " LOGIN", "hoge", NEW, SASL_OK, "another password");
	check_logins(DEFAULT_SET " LOGIN", "hoge", OLD, SASL_BADAUTH, "another password");

	ok(saslpasswd2("-d", "hoge", "") == 0, "saslpasswd2 -d: exit 0");
	check_mechs("hoge@" REALM, "", "saslpasswd2 -d");
	check_logins("CRAM-MD5 SCRAM-SHA-1", "hoge", NEW, SASL_NOUSER, "saslpasswd2 -d");
	ok(saslpasswd2("-d", "hoge", "") == 0, "saslpasswd2 -d of nobody: exit 0");
}

static void
test_saslpasswd2_mechs(void)
{
	write_saslpasswd_conf("gsasldb_mechs: SCRAM-SHA-512 PLAIN:bcrypt\n");
	saslpasswd2("-c", "few", OLD);
	check_mechs("few@" REALM, "PLAIN SCRAM-SHA-512", "gsasldb_mechs");
	check_logins("PLAIN SCRAM-SHA-512", "few", OLD, SASL_OK, "gsasldb_mechs");
	write_saslpasswd_conf("");
	saslpasswd2("-c", "few", NEW);
	check_mechs("few@" REALM, "PLAIN SCRAM-SHA-512", "an existing user keeps his mechanisms");
	check_logins("PLAIN SCRAM-SHA-512", "few", NEW, SASL_OK, "all renewed");
	write_saslpasswd_conf("gsasldb_mechs: CLEARTEXT SCRAM-SHA-1\n");
	saslpasswd2("-c", "open", "legible one");
	ok(database_holds("legible one"), "only where CLEARTEXT is asked for, the password is kept readable");
	check_logins("PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-512", "open", "legible one", SASL_OK,
	    "CLEARTEXT");
	saslpasswd2("-d", "open", "");
	ok(!database_holds("legible one"), "a deleted readable password is not left in the files");
}

static void
test_saslpasswd2_refused(void)
{
	char big[601];

	memset(big, 'x', 600);
	big[600] = '\0';
	write_saslpasswd_conf("");
	ok(saslpasswd2("-c", "big", big) != 0, "a password of 600 bytes: not exit 0");
	ok(saslpasswd2("-c", "latin", "r\344uch\366l") != 0, "a password that is not UTF-8: not exit 0");
	ok(saslpasswd2("-c", "x\001y", OLD) != 0, "a control character in the name: not exit 0");
	check_mechs("big@" REALM, "", "refused");
	check_mechs("latin@" REALM, "", "refused");
	write_saslpasswd_conf("gsasldb_mechs: NONSENSE\n");
	ok(saslpasswd2("-c", "big", OLD) != 0, "an option that cannot be: not exit 0");
	check_mechs("big@" REALM, "", "refused");
}

/* Options of libsasl2 that keep the password from us. */
static void
test_saslpasswd2_verifiers(void)
{
	const char *const argv[] = {SASLPASSWD2, "-c", "-n", "-p", "-u", REALM, "few2", NULL};

	write_saslpasswd_conf("");
	run_stock(argv, OLD);
	check_mechs("few2@" REALM, "", "saslpasswd2 -n stores nothing");
	write_saslpasswd_conf("scram_secret_generate: yes\n");
	ok(run_stock(argv, OLD) == 0, "saslpasswd2 -n with scram_secret_generate: exit 0");
	check_mechs("few2@" REALM, "SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512",
	    "all verifiers that libsasl2 makes stay");
	check_logins("SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512", "few2", OLD, SASL_OK,
	    "and are right");
}

static void
test_saslpasswd2_beside(void)
{
	struct timespec before = database_time(), after;
	FILE *conf = fopen(in_scratch("conf/saslpasswd.conf"), "w");
	struct stat st;

	/* no plugin named: libsasl2 asks every one to store */
	fprintf(conf, "sasldb_path: %s\ngsasldb_path: %s\n", in_scratch("stockdb"), DATABASE);
	fclose(conf);
	ok(saslpasswd2("-c", "stock", OLD) == 0, "not selected, saslpasswd2 works as before: exit 0");
	after = database_time();
	ok(stat(in_scratch("stockdb"), &st) == 0 && memcmp(&before, &after, sizeof(before)) == 0,
	    "it writes the stock sasldb and leaves ours alone");
}

/* ---- sasl_setpass(), sasl_auxprop_store() ---- */

static int
store_property(const char *user, const char *name, const char *value, int len, struct log *log)
{
	const char *names[] = {name, NULL};
	struct propctx *ctx = prop_new(0);
	sasl_conn_t *conn = server_conn(REALM, log);
	int result;

	prop_request(ctx, names);
	prop_set(ctx, name, value, len);
	result = sasl_auxprop_store(conn, ctx, user);
	prop_dispose(&ctx);
	sasl_dispose(&conn);
	return result;
}

/* The property as a program sees it after a login; "-" if it has none. */
static const char *
read_property(const char *user, const char *password, const char *name)
{
	static char value[128];
	const char *names[] = {name, NULL}, *out;
	char message[256];
	struct propval found[2] = {{0}};
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);
	unsigned out_len;
	int n;

	sasl_auxprop_request(conn, names);
	n = snprintf(message, sizeof(message), "%c%s%c%s", 0, user, 0, password);
	if (sasl_server_start(conn, "PLAIN", message, (unsigned)n, &out, &out_len) != SASL_OK)
		snprintf(value, sizeof(value), "no login");
	else if (prop_getnames(sasl_auxprop_getctx(conn), names, found) == 1 && found[0].values != NULL &&
	    found[0].values[0] != NULL)
		snprintf(value, sizeof(value), "%s", found[0].values[0]);
	else
		snprintf(value, sizeof(value), "-");
	sasl_dispose(&conn);
	log_clear(&log);
	return value;
}

static int
set_password(const char *user, const char *password, unsigned flags, struct log *log)
{
	sasl_conn_t *conn = server_conn(REALM, log);
	int result = sasl_setpass(conn, user, password, password == NULL ? 0 : (unsigned)strlen(password), NULL, 0,
	    flags);

	sasl_dispose(&conn);
	return result;
}

static void
test_properties(void)
{
	struct timespec before, after;
	struct log log = {0};

	ok(set_password("prop", OLD, SASL_SET_CREATE, &log) == SASL_OK, "sasl_setpass");
	ok(store_property("prop", "mailbox", "inbox", 0, &log) == SASL_OK, "a property is stored");
	ok(strcmp(read_property("prop", OLD, "mailbox"), "inbox") == 0, "and read as that of the user");
	ok(strcmp(read_property("prop", OLD, "*mailbox"), "inbox") == 0, "and as that of who logs in");
	ok(strcmp(read_property("prop", OLD, "slapAuthzDN"), "-") == 0, "one that nobody has does no harm");
	before = database_time();
	ok(store_property("prop", "mailbox", "inbox", 0, &log) == SASL_OK, "the same again");
	after = database_time();
	ok(memcmp(&before, &after, sizeof(before)) == 0, "that is no write");
	ok(set_password("prop", NEW, SASL_SET_CREATE, &log) == SASL_OK, "another password");
	ok(strcmp(read_property("prop", NEW, "mailbox"), "inbox") == 0, "the property stays");
	check_mechs("prop@" REALM, DEFAULT_SET, "so do the mechanisms");
	ok(store_property("prop", "mailbox", NULL, 0, &log) == SASL_OK, "an emptied property");
	ok(strcmp(read_property("prop", NEW, "mailbox"), "-") == 0, "is gone");
	ok(store_property("ghost", "mailbox", NULL, 0, &log) == SASL_OK, "emptied for nobody: fine");
	check_mechs("ghost@" REALM, "", "and nobody is made");
	ok(store_property("prop", "cmusaslsecretCRAM-MD5", NULL, 0, &log) == SASL_OK, "emptied secrets are ignored");
	check_logins("CRAM-MD5", "prop", NEW, SASL_OK, "emptied secrets");
	ok(store_property("prop", "cmusaslsecretCRAM-MD5", "0123456789abcdef", 0, &log) == SASL_BADPARAM &&
	    log_has(&log, "cmusaslsecretCRAM-MD5: is made from the password"), "others' secrets are refused");
	ok(store_property("prop", "authPassword", "SCRAM-SHA-1$nonsense", 0, &log) == SASL_BADPARAM,
	    "a verifier that is none is refused");
	ok(store_property("prop", "bad name", "x", 0, &log) != SASL_OK, "a property name that cannot be one is refused");
	ok(store_property("prop", "userPassword", "with\0nul", 8, &log) == SASL_BADPARAM, "a NUL in a password");
	check_logins("CRAM-MD5", "prop", NEW, SASL_OK, "nothing of that changed anything");
	ok(store_property("prop", "userPassword", NULL, 0, &log) == SASL_OK, "an emptied userPassword");
	check_mechs("prop@" REALM, "", "deletes the user");
	ok(set_password("prop", NULL, SASL_SET_DISABLE, &log) == SASL_OK, "so does SASL_SET_DISABLE, twice too");
	ok(!log_has(&log, OLD) && !log_has(&log, NEW), "no password in the log");
	log_clear(&log);
}

/* What a program merely asked for must not be taken for something emptied. */
static void
test_requested_only(void)
{
	static const char *names[] = {"mailbox", NULL};
	struct log log = {0};
	sasl_conn_t *conn;

	set_password("asked", OLD, SASL_SET_CREATE, &log);
	store_property("asked", "mailbox", "inbox", 0, &log);
	conn = server_conn(REALM, &log);
	sasl_auxprop_request(conn, names);
	ok(sasl_setpass(conn, "asked", NEW, sizeof(NEW) - 1, NULL, 0, 0) == SASL_OK, "sasl_setpass of one who asked");
	sasl_dispose(&conn);
	ok(strcmp(read_property("asked", NEW, "mailbox"), "inbox") == 0, "what was asked for is still there");
	log_clear(&log);
}

#define WRITERS 4
#define EACH 6

static void *
store_some(void *arg)
{
	unsigned writer = *(unsigned *)arg, i;
	struct log log = {0};
	char name[32];

	for (i = 0; i < EACH; i++) {
		snprintf(name, sizeof(name), "p%u.%u", writer, i);
		if (store_property("busy", name, "here", 0, &log) != SASL_OK)
			note("%s was not stored:\n%s", name, log.text);
	}
	log_clear(&log);
	return NULL;
}

/* Each reads the entry, changes it and writes it: none may undo what another did in between. */
static void
test_concurrent_stores(void)
{
	pthread_t thread[WRITERS];
	unsigned number[WRITERS], i, missing = 0;
	struct log log = {0};
	char name[32];

	set_password("busy", OLD, SASL_SET_CREATE, &log);
	for (i = 0; i < WRITERS; i++) {
		number[i] = i;
		pthread_create(&thread[i], NULL, store_some, &number[i]);
	}
	for (i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < WRITERS * EACH; i++) {
		snprintf(name, sizeof(name), "p%u.%u", i / EACH, i % EACH);
		missing += strcmp(read_property("busy", OLD, name), "here") != 0;
	}
	ok(missing == 0, "%d threads store properties of one user: none is lost", WRITERS);
	check_mechs("busy@" REALM, DEFAULT_SET, "nor a secret");
	log_clear(&log);
}

static void
test_realm_spelled_anew(void)
{
	struct log log = {0};
	sasl_conn_t *conn = server_conn("Example.TEST", &log);
	struct attempt a = {.mech = "DIGEST-MD5", .user = "spell", .password = OLD, .server_realm = "Example.TEST"};

	set_password("spell", OLD, SASL_SET_CREATE, &log);
	ok(log_in(&a, &log, NULL) == SASL_NOUSER, "DIGEST-MD5 in a realm spelled otherwise: refused");
	ok(sasl_setpass(conn, "spell", OLD, sizeof(OLD) - 1, NULL, 0, 0) == SASL_OK &&
	    log_in(&a, &log, NULL) == SASL_OK, "until the same password is set with that spelling");
	sasl_dispose(&conn);
	log_clear(&log);
}

static void
test_setpass_faults(void)
{
	struct log log = {0};
	int result;

	if (geteuid() != 0) {
		skip("needs root", "sasl_setpass without permission");
		return;
	}
	if (seteuid(65534) != 0)
		bail("seteuid");
	result = set_password("hoge", NEW, SASL_SET_CREATE, &log);
	set_password("hoge", NEW, SASL_SET_CREATE, &log);
	if (seteuid(0) != 0)
		bail("seteuid");
	ok(result == SASL_FAIL && log_count(&log, "ermission denied") == 1,
	    "sasl_setpass without permission: SASL_FAIL and one line");
	if (result != SASL_FAIL)
		note("got %d; the log:\n%s", result, log.text);
	log_clear(&log);
}

/* ---- sasl_checkpass(), sasl_user_exists() ---- */

static void
check_checkpass(const char *user, const char *password, int expected, const char *line)
{
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);
	int result = sasl_checkpass(conn, user, (unsigned)strlen(user), password, (unsigned)strlen(password));

	ok(result == expected && (line == NULL || log_count(&log, line) == 1) && !log_has(&log, password),
	    "sasl_checkpass(%s, %s): %d", user, password, expected);
	if (result != expected)
		note("got %d; the log:\n%s", result, log.text == NULL ? "" : log.text);
	sasl_dispose(&conn);
	log_clear(&log);
}

static void
break_cram_md5(struct record *r)
{
	r->secrets[MECH_CRAM_MD5].text[0] = 'x';
}

/* A secret that is none is a fault where it is wanted, and only there: also while libsasl2 names its mechanism. */
static void
test_broken_secret(void)
{
	struct log log = {0};
	sasl_conn_t *conn;

	give_password("torn@" REALM, "PLAIN:smd5 CRAM-MD5", OLD);
	edit_user("torn@" REALM, break_cram_md5);
	ok(try_login("CRAM-MD5", "torn", OLD, &log) == SASL_UNAVAIL, "CRAM-MD5 with a broken secret");
	ok(log_has(&log, "CRAM-MD5: not 64 lower-case hex digits"), "the log says what is broken");
	log_clear(&log);
	conn = server_conn(REALM, &log);
	ok(sasl_server_start(conn, "CRAM-MD5", NULL, 0, &(const char *){NULL}, &(unsigned){0}) == SASL_CONTINUE &&
	    sasl_checkpass(conn, "torn", 4, OLD, sizeof(OLD) - 1) == SASL_OK, "sasl_checkpass does not need it");
	sasl_dispose(&conn);
	log_clear(&log);
}

static void
test_checkpass(void)
{
	struct log log = {0};
	sasl_conn_t *conn;

	give_password("weak@" REALM, "PLAIN:smd5 SCRAM-SHA-256", OLD);
	give_password("both@" REALM, "PLAIN CLEARTEXT", OLD);
	give_password("hash@" REALM, "PLAIN", OLD);
	check_checkpass("weak", OLD, SASL_OK, NULL);
	check_checkpass("weak", NEW, SASL_BADAUTH, NULL);
	check_checkpass("both", OLD, SASL_OK, NULL);
	check_checkpass("both", NEW, SASL_BADAUTH, NULL);
	check_checkpass("hash", OLD, SASL_NOUSER,
	    "user hash in realm example.test has no secret for sasl_checkpass (PLAIN:smd5 or CLEARTEXT); he has: PLAIN");
	check_checkpass("nobody", OLD, SASL_NOUSER, "no such user nobody");

	/* after a mechanism has failed on the same connection, libsasl2 still names it */
	conn = server_conn(REALM, &log);
	sasl_server_start(conn, "SCRAM-SHA-256", "n,,n=weak,r=abcdefgh", 20, &(const char *){NULL}, &(unsigned){0});
	ok(sasl_checkpass(conn, "weak", 4, OLD, sizeof(OLD) - 1) == SASL_OK, "sasl_checkpass after SCRAM-SHA-256");
	ok(sasl_user_exists(conn, "smtp", REALM, "hash") == SASL_OK &&
	    sasl_user_exists(conn, "smtp", REALM, "nobody") == SASL_NOUSER, "sasl_user_exists");
	sasl_dispose(&conn);

	/* and once asked for, it asks for cmusaslsecretPLAIN as long as the connection lives */
	conn = server_conn(REALM, &log);
	sasl_checkpass(conn, "weak", 4, NEW, sizeof(NEW) - 1);
	ok(sasl_server_start(conn, "SCRAM-SHA-256", "n,,n=weak,r=abcdefgh", 20, &(const char *){NULL},
	    &(unsigned){0}) == SASL_CONTINUE, "SCRAM-SHA-256 after sasl_checkpass");
	log_clear(&log);
	sasl_checkpass(conn, "ghost", 5, OLD, sizeof(OLD) - 1);
	ok(log_count(&log, "no such user ghost") == 1, "sasl_checkpass after both: the log says who is unknown");
	sasl_dispose(&conn);
	log_clear(&log);
}

/* ---- auto_transition: whom saslauthd lets in becomes one of ours ---- */

#define MOVED "smoked sprat"
static int listening = -1;

/* Reads count and text four times, says OK. */
static void *
serve_saslauthd(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(listening, NULL, NULL)) >= 0) {
		unsigned char head[2];
		char text[1024];
		int i;

		for (i = 0; i < 4; i++) {
			size_t len, n = 0;
			ssize_t got = 0;

			if (recv(fd, head, 2, MSG_WAITALL) != 2)
				break;
			len = (size_t)head[0] << 8 | head[1];
			while (n < len && (got = recv(fd, text + n, len - n, 0)) > 0)
				n += (size_t)got;
		}
		if (send(fd, "\0\2OK", 4, MSG_NOSIGNAL) != 4)
			note("saslauthd's answer was not read");
		close(fd);
	}
	return NULL;
}

static void
test_transition(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	pthread_t thread;
	struct log log = {0};

	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_scratch("mux"));
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listening, 5) != 0 ||
	    pthread_create(&thread, NULL, serve_saslauthd, NULL) != 0)
		bail("cannot play saslauthd");
	server_start("auxprop_plugin: gsasldb\npwcheck_method: auxprop saslauthd\nauto_transition: yes\n"
	    "gsasldb_path: %s/sasldb\nsaslauthd_path: %s/mux\nlog_level: 7\n");
	check_mechs("moved@" REALM, "", "before");
	ok(try_login("PLAIN", "moved", MOVED, &log) == SASL_OK, "PLAIN by saslauthd");
	check_mechs("moved@" REALM, DEFAULT_SET, "auto_transition");
	check_logins(DEFAULT_SET " LOGIN", "moved", MOVED, SASL_OK, "auto_transition");
	ok(try_login("PLAIN", "moved", NEW, &log) == SASL_BADAUTH, "now our own answer counts, not saslauthd's");
	ok(!database_holds(MOVED) && !log_has(&log, MOVED), "the password is nowhere readable");
	server_stop();
	shutdown(listening, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(listening);
	log_clear(&log);
}

/* ---- secrets of mechanisms that only a later version knows ---- */

#define LATER "NEW-MECH secret\nfuture line\n"

static void
give_later(struct record *r)
{
	free(r->unknown);
	r->unknown = strdup(LATER);
}

/* Has user@REALM these lines? */
static bool
has_later(const char *who, const char *lines)
{
	struct store *store = NULL;
	struct record r = {0};
	struct name name;
	bool has = name_parse(&name, who, NULL, NULL, NULL) == ST_OK &&
	    store_open(&store, DATABASE, NULL) == ST_OK && store_get(store, &name, &r, NULL) == ST_OK &&
	    r.unknown != NULL && strcmp(r.unknown, lines) == 0;

	record_clear(&r);
	store_close(store);
	return has;
}

static void
test_later_secrets(void)
{
	static const char zeros[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	struct log log = {0};
	char verifier[128];

	give_password("later@" REALM, "CRAM-MD5 SCRAM-SHA-1", OLD);
	edit_user("later@" REALM, give_later);
	ok(set_password("later", OLD, 0, &log) == SASL_OK && has_later("later@" REALM, LATER),
	    "secrets of a later version: sasl_setpass of the same password keeps them");
	ok(store_property("later", "mailbox", "inbox", 0, &log) == SASL_OK && has_later("later@" REALM, LATER),
	    "so does a property");
	ok(set_password("later", NEW, 0, &log) == SASL_OK && has_later("later@" REALM, "future line\n"),
	    "another password does not");
	edit_user("later@" REALM, give_later);
	snprintf(verifier, sizeof(verifier), "SCRAM-SHA-1$10000000:MDEy$%s:%s", zeros, zeros);
	ok(store_property("later", "authPassword", verifier, 0, &log) == SASL_BADPARAM &&
	    log_has(&log, "nothing is stored: SCRAM-SHA-1: 10000000 iterations are above the bound of 1000000") &&
	    has_later("later@" REALM, LATER), "a verifier of too many iterations is refused");
	snprintf(verifier, sizeof(verifier), "SCRAM-SHA-1$1000000:MDEy$%s:%s", zeros, zeros);
	ok(store_property("later", "authPassword", verifier, 0, &log) == SASL_OK &&
	    has_later("later@" REALM, "future line\n"), "and one at the bound is another password");
	log_clear(&log);
}

int
main(void)
{
	harness_start();
	server_start(NULL);
	if (access(SASLPASSWD2, X_OK) == 0) {
		test_saslpasswd2();
		test_saslpasswd2_mechs();
		test_saslpasswd2_refused();
		test_saslpasswd2_verifiers();
		test_saslpasswd2_beside();
	} else {
		skip("needs sasl2-bin", "the stock saslpasswd2");
	}
	test_properties();
	test_requested_only();
	test_concurrent_stores();
	test_realm_spelled_anew();
	test_setpass_faults();
	test_later_secrets();
	server_stop();
	server_start(SELECTED "gsasldb_plain: no\n");
	test_checkpass();
	test_broken_secret();
	server_stop();
	test_transition();
	return done();
}
