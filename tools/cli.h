/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli: what the tools have in common: exit codes, messages, the place of the database, the realm.
 */
#ifndef GSASLDB_CLI_H
#define GSASLDB_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "mech.h"
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

/*
 * Must be the first call.  Sets the name that messages start with, and argv[0] to it.  Ignores SIGXFSZ and
 * SIGPIPE, so that a full disk or a closed pipe is an error and not a death.  Opens descriptors 0 to 2 if
 * they are closed, so that no database can be among them.
 */
void cli_start(char **argv);

/* "saslpasswd: WHAT: WHY" on standard error, control characters escaped. */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What is wrong (NULL: getopt has said it), then the synopsis.  Returns EXIT_USAGE. */
enum exit_code cli_usage(const char *synopsis, const char *what);

/* Answers --help and --version on standard output; they return what cli_finish() does. */
enum exit_code cli_help(const char *synopsis, const char *options);
enum exit_code cli_version(void);

/* Prints the fault and returns its exit code. */
enum exit_code cli_fault(const struct fault *f);
enum exit_code cli_exit_code(enum status status);

/* Flushes and checks standard output: EXIT_IO with a message if it could not be written, else code. */
enum exit_code cli_finish(enum exit_code code);

/* Where the database is and how it is written: from -f, else -a's conf file, else the built-in default. */
struct cli_place {
	char *path;
	char *group;			/* of a new database; NULL: none */
	struct mech_specs mechs;	/* what a new user gets */
};

/*
 * file, appname and group are the arguments of -f, -a and -g, or NULL.  group: only root gets one; a file
 * that somebody else makes is his alone.
 * Errors: ST_CONFIG (the conf file is not there, or says what cannot be), ST_PERM, ST_NOMEM, ST_IO.
 */
enum status cli_place_find(struct cli_place *out, const char *file, const char *appname, const char *group,
    struct fault *f);
void cli_place_free(struct cli_place *p);

/* The host's name, the realm when none is given: fully qualified if the resolver knows how, in lower case.
 * Static storage. */
const char *cli_default_realm(void);

/* Sets of mechanisms are bits, 1 << enum mech; their names: "CRAM-MD5,PLAIN". */
unsigned cli_mech_bits(const struct mech_specs *specs);
#define CLI_MECH_NAMES_MAX 160
const char *cli_mech_names(char out[CLI_MECH_NAMES_MAX], unsigned mechs);

/* One line to syslog (authpriv): what was done to whom; " by uid=N(name)" is added. */
void cli_audit(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
