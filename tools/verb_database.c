/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "gsasldb.h"

static const struct cli_command init_command = {.verb = "init", .synopsis = "", .about = "Is being built.\n"};
static const struct cli_command compact_command = {.verb = "compact", .synopsis = "", .about = "Is being built.\n"};
static const struct cli_command stat_command = {.verb = "stat", .synopsis = "", .about = "Is being built.\n"};

static int
run(int argc, char **argv)
{
	int code = cli_options(&stat_command, argc, argv);

	return code != CLI_GO_ON ? code : EXIT_INTERNAL;
}

const struct verb verb_init = {&init_command, run};
const struct verb verb_compact = {&compact_command, run};
const struct verb verb_stat = {&stat_command, run};
