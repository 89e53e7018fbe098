/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs about one user: exists, disable, enable, expire.
 */
#include "config.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gsasldb.h"
#include "text.h"

static struct verb_place_options opt;

static const struct cli_option reading_options[] = {
	VERB_OPTION_REALM(opt), VERB_OPTION_FILE(opt), VERB_OPTION_APPNAME(opt)};
static const struct cli_option writing_options[] = {
	VERB_OPTION_REALM(opt), VERB_OPTION_FILE(opt), VERB_OPTION_APPNAME(opt), VERB_OPTION_WAIT(opt)};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SYNOPSIS "[-u REALM] [-f FILE] [-a NAME] USER"

static const struct cli_command exists_command = {"exists", SYNOPSIS,
    "says by its exit code whether there is such a user\n"
    "\n0: he is there; 1: he is not.  Nothing is printed then.\n",
    reading_options, COUNT(reading_options)};
static const struct cli_command disable_command = {"disable", SYNOPSIS,
    "lets a user log in no more, and keeps his secrets\n", writing_options, COUNT(writing_options)};
static const struct cli_command enable_command = {"enable", SYNOPSIS,
    "lets a disabled user log in again\n", writing_options, COUNT(writing_options)};
static const struct cli_command expire_command = {"expire", SYNOPSIS " DATE|never",
    "ends a user's logins at a date\n"
    "\nDATE is YYYY-MM-DD (he can log in until 00:00 UTC of it) or YYYY-MM-DDTHH:MM:SSZ.\n",
    writing_options, COUNT(writing_options)};

/* Options, and as many arguments as there must be; then whom and where.  CLI_GO_ON, or the exit code. */
static int
begin_verb(const struct cli_command *c, int argc, char **argv, int arguments, unsigned *wait)
{
	int code = cli_options(c, argc, argv);

	*wait = CLI_WAIT_SECONDS;
	if (code != CLI_GO_ON)
		return code;
	if (argc - optind < arguments)
		return (int)cli_usage(c, argc == optind ? "USER: is missing" : "DATE: is missing");
	if (argc - optind > arguments)
		return (int)cli_usage(c, "too many arguments");
	if (opt.wait != NULL && !cli_seconds(wait, opt.wait))
		return (int)cli_usage(c, "--wait: must be a number of seconds");
	return CLI_GO_ON;
}

static enum status
find(struct cli_place *place, struct name *name, const char *user, struct fault *f)
{
	enum status status = cli_place_find(place, opt.file, opt.appname, NULL, f);

	return status == ST_OK ? cli_name(name, user, opt.realm, f) : status;
}

static int
run_exists(int argc, char **argv)
{
	struct cli_place place = {0};
	struct store *store = NULL;
	struct record r = {0};
	struct name name;
	struct fault f;
	enum status status;
	unsigned wait;
	int code = begin_verb(&exists_command, argc, argv, 1, &wait);

	if (code != CLI_GO_ON)
		return code;
	status = find(&place, &name, argv[optind], &f);
	if (status == ST_OK)
		status = store_open(&store, place.path, &f);
	if (status == ST_OK)
		status = store_get(store, &name, &r, &f);
	store_close(store);
	record_clear(&r);
	cli_place_free(&place);
	code = status == ST_OK || status == ST_NOTFOUND ? (int)cli_exit_code(status) : (int)cli_fault(&f);
	return (int)cli_finish((enum exit_code)code);
}

/* A change of one time of a record: which, and what it becomes. */
struct change {
	const char *done;	/* for the log */
	int64_t *(*field)(struct record *r);
	int64_t value;
	bool keep;		/* one that is set already stays */
};

static int64_t *
field_disabled(struct record *r)
{
	return &r->disabled;
}

static int64_t *
field_expires(struct record *r)
{
	return &r->expires;
}

/* *changed: it was not so already. */
static enum status
apply(struct store_txn *t, const struct cli_place *place, const struct name *name, const struct change *c,
    bool *changed, struct fault *f)
{
	struct record r = {0};
	enum status status = store_txn_get(t, name, &r, f);
	int64_t *field = c->field(&r);

	*changed = false;
	if (status == ST_NOTFOUND)
		return cli_no_such_user(place, name, "", f);
	if (status == ST_OK && *field != c->value && (!c->keep || *field == 0)) {
		*field = c->value;
		*changed = true;
		status = store_txn_put(t, &r, f);
	}
	record_clear(&r);
	return status;
}

static enum status
change_user(const char *user, const struct change *c, unsigned wait, struct fault *f)
{
	struct cli_place place = {0};
	struct store_txn *t = NULL;
	struct name name;
	enum status status;
	bool changed;

	status = find(&place, &name, user, f);
	if (status == ST_OK)
		status = cli_begin(&t, &place, false, wait, f);
	if (status == ST_OK) {
		status = apply(t, &place, &name, c, &changed, f);
		if (status == ST_OK && changed) {
			status = cli_commit(t, f);
			if (status == ST_OK)
				cli_audit("%s user=%s realm=%s file=%s", c->done, name.user, name.realm,
				    place.path);
		} else
			store_abort(t);
	}
	cli_place_free(&place);
	return status;
}

static int
finish(enum status status, const struct fault *f)
{
	return (int)cli_finish(status == ST_OK ? EXIT_DONE : cli_fault(f));
}

static int
run_disable(int argc, char **argv)
{
	const struct change c = {"disabled", field_disabled, (int64_t)time(NULL), true};
	struct fault f;
	unsigned wait;
	int code = begin_verb(&disable_command, argc, argv, 1, &wait);

	return code != CLI_GO_ON ? code : finish(change_user(argv[optind], &c, wait, &f), &f);
}

static int
run_enable(int argc, char **argv)
{
	const struct change c = {"enabled", field_disabled, 0, false};
	struct fault f;
	unsigned wait;
	int code = begin_verb(&enable_command, argc, argv, 1, &wait);

	return code != CLI_GO_ON ? code : finish(change_user(argv[optind], &c, wait, &f), &f);
}

/* 0 for never; false: no date. */
static bool
read_date(int64_t *out, const char *text)
{
	char time_text[TEXT_TIME_SIZE];

	*out = 0;
	if (strcmp(text, "never") == 0)
		return true;
	if (strlen(text) == strlen("YYYY-MM-DD")) {
		strcpy(time_text, text);
		strcat(time_text, "T00:00:00Z");
		text = time_text;
	}
	return text_untime(out, text, strlen(text)) && *out > 0;
}

static int
run_expire(int argc, char **argv)
{
	struct change c = {"expires", field_expires, 0, false};
	struct fault f;
	unsigned wait;
	int code = begin_verb(&expire_command, argc, argv, 2, &wait);

	if (code != CLI_GO_ON)
		return code;
	if (!read_date(&c.value, argv[optind + 1]))
		return (int)cli_usage(&expire_command, "DATE: must be YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or never");
	return finish(change_user(argv[optind], &c, wait, &f), &f);
}

const struct verb verb_exists = {&exists_command, run_exists};
const struct verb verb_disable = {&disable_command, run_disable};
const struct verb verb_enable = {&enable_command, run_enable};
const struct verb verb_expire = {&expire_command, run_expire};
