/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gsasldb import: brings many users into the database at once, all or none.
 *
 * First the whole input is read and checked (import/batch.c), then the passwords are made into secrets on all
 * cores (import/prepare.c), and only then the database is locked and written, as one transaction.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gsasldb.h"
#include "import/apply.h"
#include "import/prepare.h"
#include "jsonout.h"

static struct options {
	struct verb_place_options place;
	const char *format, *mechs, *replace_realm, *map_realm;
	bool only, dry_run, json;
} opt;

static const struct cli_option option_table[] = {
	{"format", 0, "FORMAT", "what the input is; some are found out", NULL, &opt.format},
	{"realm", 'u', "REALM", "of users without one; the host's name if not given", NULL, &opt.place.realm},
	{"mechanisms", 'm', "LIST", "what a password becomes: MECH[:SCHEME],...", NULL, &opt.mechs},
	{"only", 0, NULL, "remove secrets that the input says nothing of", &opt.only, NULL},
	{"replace-realm", 0, "R", "also remove users of R who are not in the input", NULL, &opt.replace_realm},
	{"map-realm", 0, "A=B", "users of realm A come into realm B", NULL, &opt.map_realm},
	{"dry-run", 0, NULL, "say what would be done, and do nothing", &opt.dry_run, NULL},
	{"json", 0, NULL, "say it as JSON", &opt.json, NULL},
	VERB_OPTION_FILE(opt.place), VERB_OPTION_APPNAME(opt.place), VERB_OPTION_GROUP(opt.place),
	VERB_OPTION_WAIT(opt.place),
};
static const struct cli_command command = {"import",
    "[--format FORMAT] [-u REALM] [-m LIST] [--only] [--replace-realm R] [--map-realm A=B] [--dry-run] [--json] "
    "[-f FILE] [-a NAME] [INPUT]",
    "brings users into the database, all or none\n"
    "\nReads INPUT, or standard input.  Formats: jsonl (what export writes), colon, tsv,\n"
    "crypt (shadow, htpasswd), dovecot, postgres, gsasl, sasldb, sasldb1.\n",
    option_table, sizeof(option_table) / sizeof(option_table[0])};

struct run {
	struct cli_place place;
	unsigned wait;
	const struct import_format *format;	/* NULL: to be found out */
	struct name map_from, map_to;
	char replaced[NAME_BYTES_MAX + 1];	/* the realm of --replace-realm, or "" */
	struct mech_specs chosen;
	struct merge_rules rules;
	struct batch batch;
	struct progress progress;
	bool realm_told;			/* that users got the host's name as realm */
	struct store *store;			/* NULL: there is no database yet */
	struct applied applied;
	FILE *told;				/* lines "user@realm NUL what NUL" */
	char *told_text;
	size_t told_size;
};

#define TOLD_MAX 1000	/* changes that are logged one by one */

/* ---- options ---- */

/* CLI_GO_ON, or the exit code. */
static int
check_options(struct run *run, int arguments)
{
	struct fault f;

	if (arguments > 1)
		return (int)cli_usage(&command, "INPUT: at most one");
	run->wait = CLI_WAIT_SECONDS;
	if (opt.place.wait != NULL && !cli_seconds(&run->wait, opt.place.wait))
		return (int)cli_usage(&command, "--wait: must be a number of seconds");
	if (opt.format != NULL) {
		run->format = import_format_find(opt.format);
		if (run->format == NULL) {
			fault_set(&f, ST_BADVALUE, 0, "--format: must be one of %s", import_format_names());
			return (int)cli_usage(&command, f.text);
		}
	}
	if (opt.map_realm != NULL && strchr(opt.map_realm, '=') == NULL)
		return (int)cli_usage(&command, "--map-realm: must be OLD=NEW");
	if (opt.mechs != NULL) {
		if (mech_specs_parse(&run->chosen, opt.mechs, &f) != ST_OK)
			return (int)cli_usage(&command, f.text);
		run->rules.specs = &run->chosen;
	}
	return CLI_GO_ON;
}

static enum status
read_realm(struct name *out, const char *realm, size_t len, struct fault *f)
{
	char copy[NAME_BYTES_MAX + 2];

	snprintf(copy, sizeof(copy), "%.*s", (int)len, realm);
	if (name_fold_realm(out->realm, copy, f) != ST_OK)
		return ST_BADNAME;
	strcpy(out->realm_typed, copy);
	return ST_OK;
}

static enum status
read_realms(struct run *run, struct fault *f)
{
	enum status status = ST_OK;
	const char *equals;

	if (opt.replace_realm != NULL)
		status = name_fold_realm(run->replaced, opt.replace_realm, f);
	if (opt.map_realm == NULL || status != ST_OK)
		return status;
	equals = strchr(opt.map_realm, '=');	/* it has one: check_options() */
	status = read_realm(&run->map_from, opt.map_realm, (size_t)(equals - opt.map_realm), f);
	if (status == ST_OK)
		status = read_realm(&run->map_to, equals + 1, strlen(equals + 1), f);
	run->batch.map_from = &run->map_from;
	run->batch.map_to = &run->map_to;
	return status;
}

/* ---- reading ---- */

/* The batch's sink, with a sign of life. */
static enum status
take_entry(void *arg, struct entry *e, struct fault *f)
{
	struct run *run = arg;
	const struct import_sink sink = batch_sink(&run->batch);

	if (e->realm_supplied && !run->realm_told) {
		cli_message("realm: %s (the host's name; -u chooses another)", e->record.name.realm_typed);
		run->realm_told = true;
	}
	progress_show(&run->progress, run->batch.count);
	return sink.entry(sink.arg, e, f);
}

static void
take_bad(void *arg, unsigned long line, const char *why)
{
	struct run *run = arg;
	const struct import_sink sink = batch_sink(&run->batch);

	sink.bad(sink.arg, line, why);
}

static void
take_lost(void *arg, unsigned long line, const char *what)
{
	struct run *run = arg;
	const struct import_sink sink = batch_sink(&run->batch);

	sink.lost(sink.arg, line, what);
}

static enum status
find_format(struct run *run, struct input *in, struct fault *f)
{
	const char *start;
	size_t len;
	enum status status = input_peek(in, IMPORT_PEEK, &start, &len, f);

	if (status != ST_OK)
		return status;
	run->format = import_format_recognise(start, len);
	if (run->format == NULL && len < IMPORT_PEEK && import_first_line(start, len, &len) == NULL)
		run->format = &import_colon;	/* nothing is in it, or comments */
	if (run->format == NULL)
		return fault_set(f, ST_BADVALUE, 0, "%s: what it is cannot be told for certain: --format must be one "
		    "of %s", in->name, import_format_names());
	return ST_OK;
}

static enum status
read_descriptor(struct run *run, int fd, const char *name, struct fault *f)
{
	const struct import_options options = {opt.place.realm, cli_default_realm()};
	const struct import_sink sink = {run, take_entry, take_bad, take_lost};
	struct input in;
	enum status status = input_open(&in, fd, name, f);

	if (status == ST_OK && run->format == NULL)
		status = find_format(run, &in, f);
	progress_start(&run->progress, "reading", 0);
	if (status == ST_OK)
		status = run->format->read(&in, &options, &sink, f);
	progress_end(&run->progress);
	input_close(&in);
	return status;
}

static enum status
read_input(struct run *run, const char *path, struct fault *f)
{
	enum status status;
	int fd;

	if (path == NULL || strcmp(path, "-") == 0)
		return read_descriptor(run, STDIN_FILENO, "standard input", f);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_set(f, errno == EACCES ? ST_PERM : errno == ENOENT || errno == ENOTDIR ? ST_NODB : ST_IO, errno,
		    "%s", path);
	status = read_descriptor(run, fd, path, f);
	close(fd);
	return status;
}

static void
tell_problems(const struct problems *p, const char *what)
{
	for (size_t i = 0; i < p->count && i < PROBLEMS_KEPT; i++)
		if (p->text[i] != NULL)
			cli_message("%s%s", what, p->text[i]);
	if (p->count > PROBLEMS_KEPT)
		cli_message("%s%zu more", what, p->count - PROBLEMS_KEPT);
}

/* All of the input, or what is wrong with it. */
static enum status
gather(struct run *run, const char *path, struct fault *f)
{
	enum status status = batch_open(&run->batch, f);

	if (status == ST_OK)
		status = read_input(run, path, f);
	if (status == ST_OK)
		status = batch_settle(&run->batch, f);
	if (status != ST_OK)
		return status;
	tell_problems(&run->batch.bad, "");
	if (run->batch.bad.count > 0)
		return fault_set(f, ST_BADVALUE, 0, "%s: %zu wrong: nothing was changed",
		    path != NULL ? path : "standard input", run->batch.bad.count);
	return ST_OK;
}

/* ---- doing it ---- */

static enum status
open_store(struct run *run, struct fault *f)
{
	const char *path = run->place.path;
	enum status status = store_open(&run->store, path, f);

	if (!cli_is_unmade(path, status))
		return status != ST_OK || opt.dry_run ? status : cli_check_access(path, true, f);
	return opt.dry_run ? ST_OK : cli_check_access(path, status != ST_NODB, f);
}

/* Keeps who was added, changed or removed: for --dry-run all, for the log the first. */
static void
tell(void *arg, const char *what, const struct name *name)
{
	struct run *run = arg;
	size_t before = run->applied.added + run->applied.changed + run->applied.removed;

	if (opt.dry_run || before < TOLD_MAX)
		fprintf(run->told, "%s@%s%c%s%c", name->user, name->realm, '\0', what, '\0');
}

static enum status
write_batch(struct run *run, struct apply *a, struct fault *f)
{
	enum status status = cli_begin(&a->t, &run->place, true, run->wait, f);

	if (status != ST_OK)
		return status;
	status = apply_batch(a, &run->applied, f);
	progress_end(&run->progress);
	if (status == ST_OK)
		return cli_commit(a->t, f);
	store_abort(a->t);
	cli_let_signals();
	return status;
}

static enum status
apply(struct run *run, struct fault *f)
{
	struct apply a = {.batch = &run->batch, .rules = &run->rules, .progress = &run->progress,
	    .replaced = run->replaced[0] != '\0' ? run->replaced : NULL, .store = run->store, .told = tell,
	    .arg = run, .interrupted = cli_interrupted};
	enum status status;

	run->told = open_memstream(&run->told_text, &run->told_size);
	if (run->told == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	progress_start(&run->progress, "hashing", run->batch.passwords);
	status = prepare_batch(&run->batch, run->store, &run->rules, &run->progress, f);
	progress_end(&run->progress);
	if (status != ST_OK)
		return status;
	progress_start(&run->progress, "writing", run->batch.count);
	status = opt.dry_run ? apply_batch(&a, &run->applied, f) : write_batch(run, &a, f);
	progress_end(&run->progress);
	if (status == ST_OK && (fflush(run->told) != 0 || ferror(run->told)))
		status = fault_set(f, ST_NOMEM, 0, "out of memory");
	return status;
}

/* ---- saying it ---- */

static int
compare_told(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status
print_told(const char *who, const char *what, struct fault *f)
{
	if (opt.json)
		return jsonout_line(stdout, json_pack("{s:s%, s:s, s:s}", "user", who, strcspn(who, "@"), "realm",
		    strchr(who, '@') + 1, "action", what), f);
	printf("%s %s\n", what, who);
	return ST_OK;
}

/* --dry-run: who, in the order of the names. */
static enum status
print_who(const struct run *run, struct fault *f)
{
	size_t count = run->applied.added + run->applied.changed + run->applied.removed, n = 0;
	const char **who = calloc(count + 1, sizeof(*who));
	enum status status = ST_OK;

	if (who == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	for (const char *at = run->told_text; n < count; n++) {
		who[n] = at;
		at += strlen(at) + 1;
		at += strlen(at) + 1;
	}
	qsort(who, count, sizeof(*who), compare_told);
	for (size_t i = 0; i < count && status == ST_OK; i++)
		status = print_told(who[i], who[i] + strlen(who[i]) + 1, f);
	free(who);
	return status;
}

static void
audit(const struct run *run)
{
	const struct applied *n = &run->applied;
	const char *at = run->told_text, *end = at + run->told_size;

	while (at < end) {
		const char *what = at + strlen(at) + 1;

		cli_audit("%s user=%.*s realm=%s file=%s", what, (int)strcspn(at, "@"), at, strchr(at, '@') + 1,
		    run->place.path);
		at = what + strlen(what) + 1;
	}
	cli_audit("imported added=%zu changed=%zu unchanged=%zu removed=%zu file=%s", n->added, n->changed,
	    n->unchanged, n->removed, run->place.path);
}

static enum status
report(const struct run *run, struct fault *f)
{
	const struct applied *n = &run->applied;
	enum status status = ST_OK;

	tell_problems(&run->batch.lost, "not kept: ");
	if (n->keep_older > 0)
		cli_message("%zu keep an older password for other mechanisms (--only removes it)", n->keep_older);
	if (opt.dry_run)
		status = print_who(run, f);
	else if (n->added + n->changed + n->removed > 0)
		audit(run);
	if (status == ST_OK && opt.json)
		return jsonout_line(stdout, json_pack("{s:I, s:I, s:I, s:I}", "added", (json_int_t)n->added,
		    "changed", (json_int_t)n->changed, "unchanged", (json_int_t)n->unchanged, "removed",
		    (json_int_t)n->removed), f);
	if (status == ST_OK)
		printf("added %zu, changed %zu, unchanged %zu, removed %zu\n", n->added, n->changed, n->unchanged,
		    n->removed);
	return status;
}

static enum status
import(struct run *run, const char *path, struct fault *f)
{
	enum status status = read_realms(run, f);

	if (status == ST_OK)
		status = cli_place_find(&run->place, opt.place.file, opt.place.appname, opt.place.group, f);
	if (status == ST_OK)
		status = open_store(run, f);
	if (status == ST_OK)
		status = gather(run, path, f);
	if (status != ST_OK)
		return status;
	run->rules.defaults = &run->place.mechs;
	run->rules.only = opt.only;
	run->rules.judge = opt.dry_run;
	run->rules.now = (int64_t)time(NULL);
	status = apply(run, f);
	return status == ST_OK ? report(run, f) : status;
}

static int
run_import(int argc, char **argv)
{
	struct run run = {0};
	struct fault f;
	enum status status;
	int code = cli_options(&command, argc, argv);

	if (code == CLI_GO_ON)
		code = check_options(&run, argc - optind);
	if (code != CLI_GO_ON)
		return code;
	status = import(&run, argv[optind], &f);
	code = (int)(status == ST_OK ? EXIT_DONE : cli_fault(&f));
	if (run.told != NULL)
		fclose(run.told);
	free(run.told_text);
	store_close(run.store);
	batch_close(&run.batch);
	cli_place_free(&run.place);
	return (int)cli_finish((enum exit_code)code);
}

const struct verb verb_import = {&command, run_import};
