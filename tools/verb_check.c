/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "gsasldb.h"

static const struct cli_command command = {.verb = "check", .synopsis = "", .about = "Is being built.\n"};

static int
run(int argc, char **argv)
{
	int code = cli_options(&command, argc, argv);

	return code != CLI_GO_ON ? code : EXIT_INTERNAL;
}

const struct verb verb_check = {&command, run};
