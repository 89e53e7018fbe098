/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * harness: what the plugin's tests share: TAP output, a private directory, a database made through lib/,
 * and logins through the real libsasl2 with client and server in this process.
 */
#ifndef GSASLDB_TEST_HARNESS_H
#define GSASLDB_TEST_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <sasl/sasl.h>

#include "record.h"

/* ---- TAP ---- */

void ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void skip(const char *why, const char *what);
/* Ends the program when the test cannot go on. */
void bail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Prints the plan; what main() returns. */
int done(void);

/* ---- a private directory ---- */

/*
 * Makes it, with the folders "ours" (the built plugin), "stock" (libsasl2's own) and "conf" in it; it is removed when this process exits.  BUILDDIR in the environment says where the plugin was built.
 */
void harness_start(void);
/* A path in it, in one of a few static buffers. */
const char *in_scratch(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Do the three files of the database hold these bytes? */
bool database_holds(const char *text);
/* Runs argv with input on its standard input and libsasl2 pointed to our directory; the exit code. */
int run_stock(const char *const argv[], const char *input);

/* ---- the database ---- */

#define DATABASE in_scratch("sasldb")

/* Gives user@realm the secrets of mechs for password. */
void give_password(const char *who, const char *mechs, const char *password);
/* Changes the record of user@realm by edit. */
void edit_user(const char *who, void (*edit)(struct record *r));
void disable_user(struct record *r);
void expire_user(struct record *r);
/* Notes every secret in the database as something that no log may hold. */
void remember_secrets(void);

/* When DATABASE was last changed. */
struct timespec database_time(void);

/* How many descriptors are open, and what it takes to count them. */
unsigned count_descriptors(void);

/* ---- server ---- */

/*
 * Starts libsasl2's server and client sides.  conf: lines of the program's conf file; NULL: our plugin
 * selected, with DATABASE.  "%s" in it stands for the private directory.
 */
void server_start(const char *conf);
/* The same with the plugins of these folders, loaded in this order: "ours:stock" is the usual one. */
void server_start_in(const char *folders, const char *conf);
void server_stop(void);
/* The program's own callbacks, which the next start hands to libsasl2; NULL: none. */
extern const sasl_callback_t *program_callbacks;
#define SELECTED "auxprop_plugin: gsasldb\npwcheck_method: auxprop\ngsasldb_path: %s/sasldb\nlog_level: 7\n"

/* ---- one login ---- */

struct log {
	char *text;	/* a line each, "LEVEL message" */
	size_t len;
};
void log_clear(struct log *log);
bool log_has(const struct log *log, const char *text);
/* How many lines hold text? */
unsigned log_count(const struct log *log, const char *text);
/* Is one of the remembered secrets, or a password, in it? */
bool log_leaks(const struct log *log);

struct attempt {
	const char *mech;
	const char *user;	/* as the client's user types it */
	const char *password;
	const char *authzid;	/* NULL: none */
	const char *server_realm; /* NULL: none; the host's name counts */
	const char *client_realm; /* DIGEST-MD5; NULL: the one the server offers */
};

#define HOST "mail.example.test"
#define REALM "example.test"

/* Is result an answer of the server, and which?  Logs go to log; on success *who (if not NULL, malloc) is the
 * name that the program gets.  A client that does not accept the server is SASL_BADSERV. */
int log_in(const struct attempt *a, struct log *log, char **who);
/* The same for the common case: realm REALM, and the log checked for leaks. */
int try_login(const char *mech, const char *user, const char *password, struct log *log);

/* A server connection that logs into log. */
sasl_conn_t *server_conn(const char *realm, struct log *log);

/*
 * Sends exactly these bytes: with mech they begin a login, without they go on with it.  The server's result;
 * its answer in *reply (if not NULL), as long as conn has it.
 */
int step(sasl_conn_t *conn, const char *mech, const char *bytes, size_t len, const char **reply);

#endif
