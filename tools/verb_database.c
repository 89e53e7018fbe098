/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs about the database as a whole: init, compact, stat.
 */
#include "config.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gsasldb.h"
#include "jsonout.h"

static struct verb_place_options opt;
static bool json;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct cli_option init_options[] = {
	VERB_OPTION_FILE(opt), VERB_OPTION_APPNAME(opt), VERB_OPTION_GROUP(opt), VERB_OPTION_WAIT(opt)};
static const struct cli_command init_command = {"init", "[-f FILE] [-a NAME] [-g GROUP]",
    "makes an empty database, for the right group\n"
    "\nOne that is there is left as it is; what belongs to it is mended.\n",
    init_options, COUNT(init_options)};

static const struct cli_option compact_options[] = {
	VERB_OPTION_FILE(opt), VERB_OPTION_APPNAME(opt), VERB_OPTION_WAIT(opt)};
static const struct cli_command compact_command = {"compact", "[-f FILE] [-a NAME]",
    "makes the database as small as its records are\n"
    "\nLogins go on meanwhile.  There must be room for another copy.\n",
    compact_options, COUNT(compact_options)};

static const struct cli_option stat_options[] = {
	VERB_OPTION_FILE(opt), VERB_OPTION_APPNAME(opt),
	{"json", 0, NULL, "one JSON object", &json, NULL},
};
static const struct cli_command stat_command = {"stat", "[-f FILE] [-a NAME] [--json]",
    "counts users, realms and secrets\n", stat_options, COUNT(stat_options)};

/* Options and the place; there are no arguments.  CLI_GO_ON, or the exit code. */
static int
begin_verb(const struct cli_command *c, int argc, char **argv, struct cli_place *place, unsigned *wait)
{
	struct fault f;
	int code = cli_options(c, argc, argv);

	*wait = CLI_WAIT_SECONDS;
	if (code != CLI_GO_ON)
		return code;
	if (argc > optind)
		return (int)cli_usage(c, "too many arguments");
	if (opt.wait != NULL && !cli_seconds(wait, opt.wait))
		return (int)cli_usage(c, "--wait: must be a number of seconds");
	if (cli_place_find(place, opt.file, opt.appname, opt.group, &f) != ST_OK)
		return (int)cli_fault(&f);
	return CLI_GO_ON;
}

/* ---- init, compact ---- */

static int
run_init(int argc, char **argv)
{
	struct cli_place place = {0};
	struct store_txn *t = NULL;
	struct fault f;
	enum status status;
	unsigned wait;
	bool created = false;
	int code = begin_verb(&init_command, argc, argv, &place, &wait);

	if (code != CLI_GO_ON)
		return code;
	status = cli_begin(&t, &place, true, wait, &f);
	if (status == ST_OK) {
		created = store_txn_created(t);
		status = cli_commit(t, &f);
	}
	if (status == ST_OK && created)
		cli_audit("made file=%s", place.path);
	code = (int)(status == ST_OK ? EXIT_DONE : cli_fault(&f));
	cli_place_free(&place);
	return (int)cli_finish((enum exit_code)code);
}

static int
run_compact(int argc, char **argv)
{
	struct cli_place place = {0};
	struct store_txn *t = NULL;
	struct fault f;
	enum status status;
	unsigned wait;
	int code = begin_verb(&compact_command, argc, argv, &place, &wait);

	if (code != CLI_GO_ON)
		return code;
	status = cli_begin(&t, &place, false, wait, &f);
	if (status == ST_OK) {
		status = store_compact(t, &f);
		if (status == ST_OK)
			status = cli_commit(t, &f);
		else
			store_abort(t);
	}
	if (status == ST_OK)
		cli_audit("compacted file=%s", place.path);
	code = (int)(status == ST_OK ? EXIT_DONE : cli_fault(&f));
	cli_place_free(&place);
	return (int)cli_finish((enum exit_code)code);
}

/* ---- stat ---- */

/* So many of each name: a tree (tsearch(3)) of struct tally, in the order of the names. */
struct tally {
	json_int_t count;
	char name[];
};

struct statistics {
	struct store_facts files;
	json_int_t users, disabled, expired, without_secret;
	void *realms, *secrets;
	int64_t now;
};

static int
compare_tallies(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static enum status
count(void **tree, const char *name, struct fault *f)
{
	struct tally *tally = calloc(1, sizeof(*tally) + strlen(name) + 1), **slot = NULL;

	if (tally != NULL) {
		strcpy(tally->name, name);
		slot = tsearch(tally, tree, compare_tallies);
	}
	if (slot == NULL || *slot != tally)
		free(tally);
	if (slot == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	(*slot)->count++;
	return ST_OK;
}

static enum status
count_secret(void **tree, enum mech mech, const char *text, struct fault *f)
{
	struct secret_facts facts;
	char name[64];

	secret_facts(&facts, mech, text);
	if (facts.scheme != NULL)
		snprintf(name, sizeof(name), "%s:%s", mech_info(mech)->name, facts.scheme->name);
	else if (facts.iterations != 0)
		snprintf(name, sizeof(name), "%s:%u", mech_info(mech)->name, facts.iterations);
	else
		snprintf(name, sizeof(name), "%s", mech_info(mech)->name);
	return count(tree, name, f);
}

static enum status
take_record(void *arg, const struct record *r, struct fault *f)
{
	struct statistics *s = arg;
	enum status status;

	s->users++;
	s->disabled += r->disabled != 0;
	s->expired += r->expires != 0 && r->expires <= s->now;
	s->without_secret += record_secret_count(r) == 0;
	status = count(&s->realms, r->name.realm, f);
	for (int m = 0; m < MECH_COUNT && status == ST_OK; m++)
		if (r->secrets[m].text != NULL)
			status = count_secret(&s->secrets, (enum mech)m, r->secrets[m].text, f);
	return status;
}

static enum status
gather(struct statistics *s, const char *path, struct fault *f)
{
	struct store *store = NULL;
	enum status status;

	status = store_open(&store, path, f);
	if (status == ST_OK)
		status = store_each(store, take_record, s, f);
	store_close(store);
	return status == ST_OK ? store_inspect(path, &s->files, f) : status;
}

static void
print_tally(const void *node, VISIT visit, void *title)
{
	const struct tally *tally = *(const struct tally *const *)node;

	if (visit == postorder || visit == leaf)
		printf("%s: %s users: %" JSON_INTEGER_FORMAT "\n", (const char *)title, tally->name, tally->count);
}

static void
print_text(const struct statistics *s, const char *path)
{
	char realm[] = "realm", secret[] = "secret";

	printf("database: %s\n", path);
	printf("users: %" JSON_INTEGER_FORMAT "\n", s->users);
	printf("disabled: %" JSON_INTEGER_FORMAT "\n", s->disabled);
	printf("expired: %" JSON_INTEGER_FORMAT "\n", s->expired);
	printf("without a secret: %" JSON_INTEGER_FORMAT "\n", s->without_secret);
	twalk_r(s->realms, print_tally, realm);
	twalk_r(s->secrets, print_tally, secret);
	printf("bytes: %" PRIu64 "\n", s->files.size);
	printf("generation: %s\n", s->files.have_state ? s->files.generation : "none");
}

/* An object that is NULL: no memory. */
static void
add_tally(const void *node, VISIT visit, void *object)
{
	const struct tally *tally = *(const struct tally *const *)node;
	json_t **o = object;

	if ((visit == postorder || visit == leaf) &&
	    json_object_set_new(*o, tally->name, json_integer(tally->count)) != 0) {
		json_decref(*o);
		*o = NULL;
	}
}

static json_t *
tally_object(const void *tree)
{
	json_t *o = json_object();

	twalk_r(tree, add_tally, &o);
	return o;
}

static enum status
print_json(const struct statistics *s, const char *path, struct fault *f)
{
	json_t *o = json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:s?}", "database", path, "users", s->users,
	    "disabled", s->disabled, "expired", s->expired, "without_secret", s->without_secret,
	    "realms", tally_object(s->realms), "secrets", tally_object(s->secrets),
	    "bytes", (json_int_t)s->files.size, "generation",
	    s->files.have_state ? s->files.generation : NULL);

	return jsonout_line(stdout, o, f);
}

static int
run_stat(int argc, char **argv)
{
	struct statistics s = {.now = (int64_t)time(NULL)};
	struct cli_place place = {0};
	struct fault f;
	enum status status;
	unsigned wait;
	int code = begin_verb(&stat_command, argc, argv, &place, &wait);

	if (code != CLI_GO_ON)
		return code;
	status = gather(&s, place.path, &f);
	if (status == ST_OK && json)
		status = print_json(&s, place.path, &f);
	else if (status == ST_OK)
		print_text(&s, place.path);
	code = (int)(status == ST_OK ? EXIT_DONE : cli_fault(&f));
	tdestroy(s.realms, free);
	tdestroy(s.secrets, free);
	cli_place_free(&place);
	return (int)cli_finish((enum exit_code)code);
}

const struct verb verb_init = {&init_command, run_init};
const struct verb verb_compact = {&compact_command, run_compact};
const struct verb verb_stat = {&stat_command, run_stat};
