/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gsasldb check: runs all checks and prints what they find.  The checks are in tools/check.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "gsasldb.h"
#include "jsonout.h"

static struct {
	const char *config_dir, *file;
	bool json;
} opt;

static const struct cli_option options[] = {
	{"config-dir", 0, "DIR", "Postfix's configuration [what postconf says]", NULL, &opt.config_dir},
	{"file", 'f', "FILE", "the database [what smtpd.conf says]", NULL, &opt.file},
	{"json", 0, NULL, "one JSON object a line for each finding", &opt.json, NULL},
};

static const struct cli_command command = {"check", "[--config-dir DIR] [-f FILE] [--json]",
    "finds what keeps Postfix and the database from working together\n"
    "\nSays what is wrong and the command that mends it.  An error keeps somebody from\n"
    "logging in or sending, or lets somebody in who must not.  Changes nothing.\n"
    "0: there is no error; 1: there is.\n",
    options, sizeof(options) / sizeof(options[0])};

static const char *const severities[] = {
	[SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_ADVICE] = "advice"};

static void
print_text(const struct finding *finding)
{
	const char *line = finding->remedy, *label = "remedy: ";
	char safe[4096];

	printf("%s: %s\n", severities[finding->severity], escape_for_log(safe, sizeof(safe), finding->what));
	for (size_t len; *line != '\0'; label = "        ") {
		len = strcspn(line, "\n");
		printf("  %s%.*s\n", label, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static enum status
print_json(const struct finding *finding, struct fault *f)
{
	return jsonout_line(stdout, json_pack("{s:s, s:s, s:s, s:s}", "severity", severities[finding->severity],
	    "id", finding->id, "what", finding->what, "remedy", finding->remedy), f);
}

/* Errors first.  *errors: is there any? */
static enum status
print_findings(const struct check *c, bool *errors, struct fault *f)
{
	*errors = false;
	for (int severity = SEVERITY_ERROR; severity <= SEVERITY_ADVICE; severity++) {
		for (size_t i = 0; i < c->finding_count; i++) {
			if ((int)c->findings[i].severity != severity)
				continue;
			if (!opt.json)
				print_text(&c->findings[i]);
			else if (print_json(&c->findings[i], f) != ST_OK)
				return f->status;
			*errors |= severity == SEVERITY_ERROR;
		}
	}
	return ST_OK;
}

static int
run(int argc, char **argv)
{
	static struct check c;
	struct fault f = {0};
	enum status status;
	bool errors = false;
	int code = cli_options(&command, argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (argc > optind)
		return (int)cli_usage(&command, "too many arguments");
	c.config_dir = opt.config_dir;
	c.file = opt.file;
	check_gather(&c);
	check_run(&c);
	status = c.no_memory ? fault_set(&f, ST_NOMEM, 0, "out of memory") : print_findings(&c, &errors, &f);
	check_free(&c);
	if (status != ST_OK)
		return (int)cli_finish(cli_fault(&f));
	return (int)cli_finish(errors ? EXIT_NO : EXIT_DONE);
}

const struct verb verb_check = {&command, run};
