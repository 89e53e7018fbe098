/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb repair: both sides of a database whole again, from the one that is.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "gsasldb.h"

static struct verb_place_options opt;
static const char *from_text;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct cli_option repair_options[] = {
	VERB_OPTION_FILE(opt), VERB_OPTION_APPNAME(opt),
	{"from", 0, "SIDE", "keep what is in this one: twin or database", NULL, &from_text}, VERB_OPTION_WAIT(opt)};
static const struct cli_command repair_command = {"repair", "[-f FILE] [-a NAME] [--from twin|database]",
    "makes the database and its twin whole, from the one that is\n"
    "\nThe next change would do it too.  Where it cannot know which of the two to keep, you\n"
    "say it; \"--from twin\" also brings back a database that was removed.\n",
    repair_options, COUNT(repair_options)};

struct repair {
	enum store_from from;
	enum store_repaired done;
	const char *why;
	bool removed;		/* there was no database */
};

static bool
parse_from(enum store_from *out, const char *text)
{
	if (text == NULL)
		*out = STORE_FROM_WHOLE;
	else if (strcmp(text, "twin") == 0)
		*out = STORE_FROM_TWIN;
	else if (strcmp(text, "database") == 0)
		*out = STORE_FROM_DATABASE;
	else
		return false;
	return true;
}

/* Signals as with any change: held while it is done, and heard while another writer is waited for. */
static enum status
repair(struct repair *r, const char *path, unsigned wait, struct fault *f)
{
	enum status status;

	cli_caller();
	for (unsigned left = wait;; left--) {
		const struct store_write_options options = {.wait = left > 0 ? 1 : 0};

		cli_hold_signals();
		status = store_repair(path, &options, r->from, &r->done, &r->why, f);
		if (status == ST_OK)
			return ST_OK;
		cli_let_signals();
		if (status != ST_BUSY)
			return status;
		if (left == 0)
			return fault_set(f, ST_BUSY, 0, "%s: another program has held it for %u seconds: "
			    "try again", path, wait);
	}
}

/* No database: there may be a twin of it all the same. */
static void
say_twin(const char *path, struct fault *f)
{
	struct store_prospects p;
	struct paths paths;

	if (store_look_ahead(path, &p, NULL) != ST_OK || p.twin_users == 0 ||
	    paths_resolve(&paths, path, NULL) != ST_OK)
		return;
	fault_set(f, ST_NODB, 0, "%s: was removed, but its twin %s has users: bring them back with gsasldb repair -f %s "
	    "--from twin", paths.left, paths.right, paths.left);
	paths_free(&paths);
}

/* One line: what was done, and why. */
static enum status
report(const struct repair *r, const char *path, struct fault *f)
{
	const char *file, *what, *why = r->removed ? "the database was removed" : r->why;
	char safe[2048];
	struct paths paths;
	enum status status = paths_resolve(&paths, path, f);

	if (status != ST_OK)
		return status;
	file = paths.left;
	switch (r->done) {
	case STORE_REPAIRED_DATABASE:
		what = "is a copy of its twin now: ";
		break;
	case STORE_REPAIRED_TWIN:
		file = paths.right;
		what = "is a copy of the database now: ";
		break;
	case STORE_REPAIRED_NOTHING:
	default:
		what = "nothing to do: it and its twin are whole and alike";
		why = "";
	}
	printf("%s: %s%s\n", escape_for_log(safe, sizeof(safe), file), what, why);
	paths_free(&paths);
	return ST_OK;
}

static enum status
run_place(struct repair *r, const char *path, unsigned wait, struct fault *f)
{
	struct stat st;
	enum status status;

	r->removed = stat(path, &st) != 0;
	status = repair(r, path, wait, f);
	if (status == ST_NODB)
		say_twin(path, f);
	if (status != ST_OK)
		return status;
	if (r->done != STORE_REPAIRED_NOTHING)
		cli_audit("repaired %s file=%s from=%s", r->done == STORE_REPAIRED_DATABASE ? "database" : "twin", path,
		    r->done == STORE_REPAIRED_DATABASE ? "twin" : "database");
	return report(r, path, f);
}

static int
run_repair(int argc, char **argv)
{
	struct cli_place place = {0};
	struct repair r = {0};
	struct fault f;
	unsigned wait = CLI_WAIT_SECONDS;
	int code = cli_options(&repair_command, argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (argc > optind)
		return (int)cli_usage(&repair_command, "too many arguments");
	if (opt.wait != NULL && !cli_seconds(&wait, opt.wait))
		return (int)cli_usage(&repair_command, "--wait: must be a number of seconds");
	if (!parse_from(&r.from, from_text))
		return (int)cli_usage(&repair_command, "--from: must be twin or database");
	if (cli_place_find(&place, opt.file, opt.appname, NULL, &f) != ST_OK)
		return (int)cli_fault(&f);
	code = (int)(run_place(&r, place.path, wait, &f) == ST_OK ? EXIT_DONE : cli_fault(&f));
	cli_place_free(&place);
	return (int)cli_finish((enum exit_code)code);
}

const struct verb verb_repair = {&repair_command, run_repair};
