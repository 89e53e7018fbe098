/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of every tool and verb: one table for getopt, --help and the usage.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define OPTIONS_MAX 32

static const struct cli_option common_options[] = {
	{"help", 'h', NULL, "print this", NULL, NULL},
	{"version", 'V', NULL, "print the version", NULL, NULL},
};
#define COMMON_COUNT (sizeof(common_options) / sizeof(common_options[0]))

static const struct cli_option *
option_at(const struct cli_command *c, size_t i)
{
	return i < c->option_count ? &c->options[i] : &common_options[i - c->option_count];
}

static void
print_usage(FILE *out, const struct cli_command *c)
{
	fprintf(out, "usage: %s%s%s %s\n", cli_program, c->verb != NULL ? " " : "", c->verb != NULL ? c->verb : "",
	    c->synopsis);
}

enum exit_code
cli_usage(const struct cli_command *command, const char *what)
{
	if (what != NULL)
		cli_message("%s", what);
	fprintf(stderr, "%s: ", cli_program);
	print_usage(stderr, command);
	return EXIT_USAGE;
}

static int
print_help(const struct cli_command *c)
{
	print_usage(stdout, c);
	printf("\n%s\n", c->about);
	for (size_t i = 0; i < c->option_count + COMMON_COUNT; i++) {
		const struct cli_option *o = option_at(c, i);
		char letter[] = "-x, ";

		letter[1] = o->letter;
		printf("  %4s--%s%s%-*s %s\n", o->letter != 0 ? letter : "", o->name,
		    o->argument != NULL ? " " : "",
		    (int)(17 - strlen(o->name) - (o->argument != NULL ? 1 : 0)),
		    o->argument != NULL ? o->argument : "", o->help);
	}
	return (int)cli_finish(EXIT_DONE);
}

static int
print_version(void)
{
	printf("%s (%s) %s\n", cli_program, PACKAGE_NAME, PACKAGE_VERSION);
	return (int)cli_finish(EXIT_DONE);
}

int
cli_options(const struct cli_command *c, int argc, char **argv)
{
	struct option table[OPTIONS_MAX + 1] = {{0}};
	char letters[2 * OPTIONS_MAX + 1], *letter = letters;
	size_t count = c->option_count + COMMON_COUNT;
	bool help = false, version = false;
	int option;

	/* getopt answers with the place in the table, above all letters, or with the letter */
	for (size_t i = 0; i < count; i++) {
		const struct cli_option *o = option_at(c, i);

		table[i] = (struct option){o->name, o->argument != NULL ? required_argument : no_argument,
		    NULL, UCHAR_MAX + 1 + (int)i};
		if (o->letter == 0)
			continue;
		*letter++ = o->letter;
		if (o->argument != NULL)
			*letter++ = ':';
	}
	*letter = '\0';
	while ((option = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		size_t i = option > UCHAR_MAX ? (size_t)(option - UCHAR_MAX - 1) : 0;

		while (option <= UCHAR_MAX && i < count && option_at(c, i)->letter != option)
			i++;
		if (i == count)
			return (int)cli_usage(c, NULL);
		help |= option_at(c, i) == &common_options[0];
		version |= option_at(c, i) == &common_options[1];
		if (option_at(c, i)->flag != NULL)
			*option_at(c, i)->flag = true;
		if (option_at(c, i)->value != NULL)
			*option_at(c, i)->value = optarg;
	}
	return help ? print_help(c) : version ? print_version() : CLI_GO_ON;
}

bool
cli_seconds(unsigned *out, const char *text)
{
	char *end;
	unsigned long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || n > INT_MAX)
		return false;
	*out = (unsigned)n;
	return true;
}
