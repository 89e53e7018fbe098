/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nth_login: the plugin in the real libsasl2, a PLAIN login in which the n-th call of one kind fails, n = 1, 2, ...
 * until it gets through without: with a server that runs, and from loading the plugin on.
 *
 * Each time: the right password is accepted, or the answer is not "wrong" and not "unknown"; the wrong one and the
 * unknown user are never accepted; the next login works; no memory and no descriptor is lost.  Prints TAP.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failing.h"
#include "harness.h"

#define CHEAP "SCRAM-SHA-1"	/* serves PLAIN with 4096 rounds */
#define RIGHT "tuna melt"
#define BCRYPT "bcrypt"		/* a user whom crypt(3) checks */

static const struct user {
	const char *what, *name, *password;
	bool right, slow;
} users[] = {
	{"right password", "hoge", RIGHT, true, false},
	{"wrong password", "hoge", "cold tuna", false, false},
	{"unknown user", "nobody", RIGHT, false, true},
	{"crypt(3)", BCRYPT, RIGHT, true, true},
};
#define USERS (sizeof(users) / sizeof(users[0]))

/* The log needs no memory of its own. */
static char logged[16384];

static int
log_line(void *context, int level, const char *message)
{
	size_t used = strlen(logged);

	(void)context;
	snprintf(logged + used, sizeof(logged) - used, "%d %s\n", level, message);
	return SASL_OK;
}

/* ---- logins ---- */

static int
log_in_on(sasl_conn_t *conn, const struct user *u)
{
	char message[256];
	const char *out = NULL;
	unsigned out_len;
	int len = snprintf(message, sizeof(message), "%c%s%c%s", '\0', u->name, '\0', u->password);

	return sasl_server_start(conn, "PLAIN", message, (unsigned)len, &out, &out_len);
}

static int
connect_to(sasl_conn_t **conn)
{
	static const sasl_callback_t callbacks[] = {
		{SASL_CB_LOG, (int (*)(void))(void (*)(void))log_line, NULL}, {SASL_CB_LIST_END, NULL, NULL}};

	*conn = NULL;
	return sasl_server_new("smtp", HOST, REALM, NULL, NULL, callbacks, 0, conn);
}

static int
log_in_once(const struct user *u)
{
	sasl_conn_t *conn;
	int result = connect_to(&conn);

	logged[0] = '\0';
	if (result == SASL_OK)
		result = log_in_on(conn, u);
	sasl_dispose(&conn);
	return result;
}

/* From the loading of the plugin on. */
static int
load_and_log_in(const struct user *u)
{
	int result;

	/* sasl_server_done() forgets them */
	sasl_set_path(SASL_PATH_TYPE_PLUGIN, (char *)(uintptr_t)in_scratch("ours"));
	sasl_set_path(SASL_PATH_TYPE_CONFIG, (char *)(uintptr_t)in_scratch("conf"));
	result = sasl_server_init(NULL, "test");
	logged[0] = '\0';
	if (result == SASL_OK)
		result = log_in_once(u);
	sasl_server_done();
	return result;
}

static const struct operation {
	const char *name;
	int (*run)(const struct user *u);
	bool loads;
} operations[] = {{"login", log_in_once, false}, {"load and log in", load_and_log_in, true}};

/* ---- one failure ---- */

static const char memory_lost[] = "memory is lost";

/* What is wrong; NULL: nothing. */
static const char *
judge(const struct operation *op, const struct user *u, int result, long blocks, unsigned descriptors)
{
	if (!u->right && result == SASL_OK)
		return "let in";
	if (u->right && (result == SASL_BADAUTH || result == SASL_NOUSER))
		return "the right password is called wrong";
	if (result == SASL_UNAVAIL && op->loads && logged[0] == '\0')
		return "the log does not say why";
	if (op->run(&users[0]) != SASL_OK)
		return "the next login fails";
	/* fewer: GDBM's handle is a new one, with less in its cache */
	if (failing_blocks() > blocks)
		return memory_lost;
	return count_descriptors() == descriptors ? NULL : "a descriptor is lost";
}

static bool
check(const struct operation *op, const struct user *u, enum call call, unsigned n, enum way way, bool *reached)
{
	char why[sizeof(logged)];
	const char *wrong = NULL;
	unsigned descriptors = count_descriptors();
	int result = SASL_OK;

	/* what is allocated once and kept is lost only if it is so again */
	for (int i = 0; i < 2 && (i == 0 || wrong == memory_lost); i++) {
		long blocks = failing_blocks();

		failing_arm(call, n, way, call_error(call));
		result = op->run(u);
		*reached = failing_disarm();
		memcpy(why, logged, sizeof(why));
		wrong = judge(op, u, result, blocks, descriptors);
	}
	if (wrong != NULL)
		note("%s, %s, %s %u: %s: answer %d, log: %s", op->name, u->what, call_name(call), n, wrong, result, why);
	return wrong == NULL;
}

static void
run_series(const struct operation *op, const struct user *u, enum call call, enum way way)
{
	bool good = true, reached = true;
	unsigned n;

	for (n = 1; reached && n < 5000; n++)
		good &= check(op, u, call, n, way, &reached);
	if (n > 2 || !good)
		ok(good, "%s, %s: each of %u calls of %s fails%s", op->name, u->what, n - 2, call_name(call),
		    way == FAIL_EVER ? ", and all after it" : "");
}

int
main(void)
{
	bool slow = getenv("STRESS_LONG") != NULL;

	harness_start();
	give_password("hoge@" REALM, CHEAP, RIGHT);
	give_password(BCRYPT "@" REALM, "PLAIN:bcrypt", RIGHT);
	server_start_in("ours", SELECTED "mech_list: PLAIN\ngsasldb_mechs: " CHEAP "\n");
	/* libsasl2 2.1.28 does not survive a failure of its own calls (the first in sasl_server_new() is a crash in
	 * sasl_seterror()); libcrypto and the dynamic linker make thousands that are no concern of ours. */
	failing_spare("libsasl2.so");
	failing_spare("libcrypto.so");
	failing_spare("/ld-linux");
	for (size_t o = 0; o < sizeof(operations) / sizeof(operations[0]); o++) {
		const struct operation *op = &operations[o];

		if (op->loads)
			server_stop();
		/* what is allocated once and kept */
		for (size_t u = 0; u < 2 * USERS; u++)
			op->run(&users[u % USERS]);
		for (size_t u = 0; u < USERS; u++)
			for (enum call call = 0; call < CALL_COUNT; call++) {
				if (slow || !users[u].slow || call == CALL_ALLOCATE)
					run_series(op, &users[u], call, FAIL_ONCE);
				if (slow)
					run_series(op, &users[u], call, FAIL_EVER);
			}
	}
	return done();
}
