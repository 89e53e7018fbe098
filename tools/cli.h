/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli: what the tools have in common: exit codes, messages, the place of the database, the realm.
 */
#ifndef GSASLDB_CLI_H
#define GSASLDB_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "name.h"
#include "status.h"

/* DESIGN: the same for every tool. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_NO = 1,		/* no such user, password wrong */
	EXIT_USAGE = 64,
	EXIT_BADDATA = 65,	/* bad input data, or a file that is damaged or of another kind */
	EXIT_NODB = 66,
	EXIT_INTERNAL = 70,
	EXIT_CANTCREATE = 73,
	EXIT_IO = 74,
	EXIT_BUSY = 75,
	EXIT_PERM = 77,
	EXIT_CONFIG = 78
};

/* Sets the name that messages start with, from argv[0]; ignores SIGXFSZ and SIGPIPE, so that a full disk or
 * a closed pipe is an error and not a death. */
void cli_start(const char *argv0);

/* "saslpasswd: WHAT: WHY" on standard error. */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the fault and returns its exit code. */
enum exit_code cli_fault(const struct fault *f);
enum exit_code cli_exit_code(enum status status);

/* Flushes and checks standard output: EXIT_IO with a message if it could not be written, else code. */
enum exit_code cli_finish(enum exit_code code);

/* Where the database is and how it is written: from -f, else -a's conf file, else the built-in default. */
struct cli_place {
	char *path;
	char *group;		/* of a new database; NULL: none */
	char *mechs;		/* default list */
};
enum exit_code cli_place_find(struct cli_place *out, const char *file, const char *appname, const char *group);
void cli_place_free(struct cli_place *p);

/* The host's fully qualified name, the realm when none is given; malloc, or NULL with a message. */
char *cli_default_realm(void);

/* One line to syslog (authpriv): what was done to whom. */
void cli_audit(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
