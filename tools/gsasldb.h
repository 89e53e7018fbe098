/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gsasldb: the verbs of the program, one file each (verb_*.c), and what they share.
 */
#ifndef GSASLDB_GSASLDB_H
#define GSASLDB_GSASLDB_H

#include "cli.h"

struct verb {
	const struct cli_command *command;	/* with its name; the first line of its text is its summary */
	/* argc and argv are those behind the program's name, argv[0] being the verb; cli_options() has not
	 * been called.  Returns the exit code; standard output is flushed and checked by the caller. */
	int (*run)(int argc, char **argv);
};

extern const struct verb verb_check;
extern const struct verb verb_compact;
extern const struct verb verb_disable;
extern const struct verb verb_enable;
extern const struct verb verb_exists;
extern const struct verb verb_expire;
extern const struct verb verb_export;
extern const struct verb verb_import;
extern const struct verb verb_init;
extern const struct verb verb_repair;
extern const struct verb verb_stat;
extern const struct verb verb_verify;

/* Options that most verbs have; rows for their tables. */
struct verb_place_options {
	const char *file, *appname, *realm, *group, *wait;
};
#define VERB_OPTION_FILE(o) {"file", 'f', "FILE", "the database [" DB_PATH "]", NULL, &(o).file}
#define VERB_OPTION_APPNAME(o) \
	{"appname", 'a', "NAME", "use the database that NAME.conf names (as in smtpd)", NULL, &(o).appname}
#define VERB_OPTION_REALM(o) \
	{"realm", 'u', "REALM", "the user's realm; the host's name if not given", NULL, &(o).realm}
#define VERB_OPTION_GROUP(o) {"group", 'g', "GROUP", "group of a new database [" DB_GROUP "]", NULL, &(o).group}
#define VERB_OPTION_WAIT(o) \
	{"wait", 0, "SECONDS", "how long to wait for another writer [" CLI_WAIT_DEFAULT "]", NULL, &(o).wait}

#endif
