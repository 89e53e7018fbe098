/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gsasldb: one program with verbs.  Finds the verb; each has its own file.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gsasldb.h"

/* In the order of --help: what makes and fills a database, what looks, what changes one user. */
static const struct verb *const verbs[] = {&verb_init, &verb_import, &verb_export, &verb_verify, &verb_check,
    &verb_stat, &verb_exists, &verb_disable, &verb_enable, &verb_expire, &verb_compact,
    &verb_repair};
#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct cli_command command = {
	.synopsis = "VERB [OPTION ...] [ARGUMENT ...]",
	.about = "gsasldb VERB --help tells more.\n",
};

/* Its verbs are what a person wants to see of the program's help. */
static int
print_help(void)
{
	printf("usage: gsasldb %s\n\n", command.synopsis);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		const struct cli_command *c = verbs[i]->command;

		printf("  %-8s  %.*s\n", c->verb, (int)strcspn(c->about, "\n"), c->about);
	}
	printf("\n%s", command.about);
	return (int)cli_finish(EXIT_DONE);
}

int
main(int argc, char **argv)
{
	cli_start(argv);
	if (argc < 2)
		return (int)cli_usage(&command, "VERB: is missing");
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
		return print_help();
	if (argv[1][0] == '-') {
		int code = cli_options(&command, argc, argv);

		return code != CLI_GO_ON ? code : (int)cli_usage(&command, "VERB: must come first");
	}
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(argv[1], verbs[i]->command->verb) != 0)
			continue;
		argv[1] = argv[0];	/* what getopt's messages begin with */
		return verbs[i]->run(argc - 1, argv + 1);
	}
	cli_message("%s: there is no such verb", argv[1]);
	return (int)cli_usage(&command, NULL);
}
