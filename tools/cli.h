/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli: what the tools have in common: exit codes, options, messages, the place of the database, the realm,
 * how a change is begun and committed.
 */
#ifndef GSASLDB_CLI_H
#define GSASLDB_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "mech.h"
#include "name.h"
#include "record.h"
#include "status.h"
#include "store.h"

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
extern const char *cli_program;		/* that name */

/* "saslpasswd: WHAT: WHY" on standard error, control characters escaped. */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- the command line ---- */

/* One option.  -h, --help and -V, --version are every command's. */
struct cli_option {
	const char *name;	/* long */
	char letter;		/* short, or 0 */
	const char *argument;	/* what --help calls its argument; NULL: it takes none */
	const char *help;	/* one line */
	bool *flag;		/* becomes true; of an option without an argument */
	const char **value;	/* becomes the argument */
};

struct cli_command {
	const char *verb;	/* of a program with verbs, else NULL */
	const char *synopsis;	/* what follows the names of program and verb */
	const char *about;	/* for --help: some whole lines */
	const struct cli_option *options;
	size_t option_count;
};

/*
 * Reads the options in argv (argv[0] is the program, or the verb); the arguments start at optind then.
 * Answers --help and --version on standard output.
 * CLI_GO_ON: there is something to do.  Anything else is the exit code to end with.
 */
#define CLI_GO_ON (-1)
int cli_options(const struct cli_command *c, int argc, char **argv);

/* What is wrong (NULL: getopt has said it), then the synopsis.  Returns EXIT_USAGE. */
enum exit_code cli_usage(const struct cli_command *command, const char *what);

/* A number of seconds; false if text is anything else. */
bool cli_seconds(unsigned *out, const char *text);

/* ---- messages ---- */

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

/* The names of a set of mechanisms (mech_specs_bits()): "CRAM-MD5,PLAIN". */
#define CLI_MECH_NAMES_MAX 160
const char *cli_mech_names(char out[CLI_MECH_NAMES_MAX], unsigned mechs);

/* ---- writing ---- */

#define CLI_WAIT_SECONDS 60	/* for another writer, when nobody says otherwise */
#define CLI_WAIT_DEFAULT "60"

/* Is there a database still to be made: no file, or an empty one that was put there to be filled?  opened: what
 * store_open() said. */
bool cli_is_unmade(const char *path, enum status opened);

/* Can it be written, or made (not exists), at all?  Asked before anybody takes trouble in vain.
 * Errors: ST_PERM, ST_CANTCREATE, ST_NOMEM. */
enum status cli_check_access(const char *path, bool exists, struct fault *f);

/*
 * As store_begin(), at the place and waiting for so many seconds.  While another writer is waited for, ^C
 * counts within a second.  From ST_OK on signals are held until the program ends, which is soon: a write is
 * whole, and so is what is said of it.
 */
enum status cli_begin(struct store_txn **out, const struct cli_place *place, bool create, unsigned wait,
    struct fault *f);

/* The same signals, while something else must not be left half done. */
void cli_hold_signals(void);

/* Does one of the signals that are held want us to end?  When all is in order it may, by cli_let_signals(). */
bool cli_interrupted(void);
void cli_let_signals(void);

/* As store_commit(); says what somebody should hear of although it is done. */
enum status cli_commit(struct store_txn *t, struct fault *f);

/* "ann@example.test: no such user in PATH", and the hint; returns ST_NOTFOUND. */
enum status cli_no_such_user(const struct cli_place *place, const struct name *name, const char *hint,
    struct fault *f);

/*
 * Whom spec and realm (-u, may be NULL) mean.  Without any realm it is the host's name, and a notice on
 * standard error says so.  Errors: ST_BADNAME.
 */
enum status cli_name(struct name *out, const char *spec, const char *realm, struct fault *f);

/* The name of who runs this; the answer is kept.  cli_begin() asks first. */
const char *cli_caller(void);

/* One line to syslog (authpriv): what was done to whom; " by uid=N(name)" is added. */
void cli_audit(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
