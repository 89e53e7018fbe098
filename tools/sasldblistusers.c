/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sasldblistusers: says who is in the database and with which mechanisms, for people and for programs.
 * No secret ever comes out of here.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cli.h"
#include "store.h"

static const char synopsis[] =
    "[-u REALM] [-m MECHS] [-f FILE] [-a NAME] [--json|--tsv|--sasl2|--count] [USER]";

static const char help[] =
    "Lists the users (or only USER, or USER@REALM), one line for each user, realm and\n"
    "mechanism.\n"
    "\n"
    "  -u, --realm REALM      only that realm\n"
    "  -m, --mechanisms LIST  only those mechanisms, and users who have one of them\n"
    "  -f, --file FILE        the database [" DB_PATH "]\n"
    "  -a, --appname NAME     use the database that NAME.conf names (as in smtpd)\n"
    "      --json             one JSON object a line for each user\n"
    "      --tsv              user, realm, mech, scheme, disabled, expires; tabs\n"
    "      --sasl2            the lines of sasldblistusers2\n"
    "      --count            only the number of users\n"
    "      --unsorted         print while reading, and keep nothing in memory\n"
    "  -h, --help             print this\n"
    "  -V, --version          print the version\n";

/* Long options without a short one. */
enum { OPT_JSON = CHAR_MAX + 1, OPT_TSV, OPT_SASL2, OPT_COUNT, OPT_UNSORTED };

static const struct option long_options[] = {
	{"realm", required_argument, NULL, 'u'},
	{"mechanisms", required_argument, NULL, 'm'},
	{"file", required_argument, NULL, 'f'},
	{"appname", required_argument, NULL, 'a'},
	{"json", no_argument, NULL, OPT_JSON},
	{"tsv", no_argument, NULL, OPT_TSV},
	{"sasl2", no_argument, NULL, OPT_SASL2},
	{"count", no_argument, NULL, OPT_COUNT},
	{"unsorted", no_argument, NULL, OPT_UNSORTED},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0}
};

struct options {
	bool json, tsv, sasl2, count, unsorted, help, version;
	const char *realm, *mechs, *file, *appname;
	const char *user;
};

struct listing;

/*
 * A form of output.  make() writes what must be kept of a user, beside user and realm, until it is printed;
 * print() puts it out.
 */
struct format {
	enum status (*make)(FILE *out, const struct listing *l, const struct record *r, struct fault *f);
	void (*print)(const char *user, const char *realm, const char *kept);
};

/* A row is "user NUL realm NUL kept NUL". */
struct listing {
	const struct format *format;		/* NULL: only count */
	bool sorted;
	struct name name;			/* whom to list: */
	bool one_user, one_realm;		/* of this user, of this realm; else of all */
	unsigned mechs;				/* bits of the mechanisms that are wanted */
	bool some_mechs;			/* -m: only users who have one of them */
	uintmax_t users;			/* how many were found */
	FILE *memory;				/* writes row */
	char *row;
	size_t row_size;
	char **rows;				/* kept until they are sorted */
	size_t count, room;
};

/* ---- the forms ---- */

static bool
wanted(const struct listing *l, const struct record *r, int mech)
{
	return r->secrets[mech].text != NULL && (l->mechs & 1u << mech) != 0;
}

/* One letter for each mechanism: a row of a million must be small. */
static enum status
make_text(FILE *out, const struct listing *l, const struct record *r, struct fault *f)
{
	(void)f;
	for (int m = 0; m < MECH_COUNT; m++)
		if (wanted(l, r, m))
			fputc('A' + m, out);
	return ST_OK;
}

static void
print_text(const char *user, const char *realm, const char *kept)
{
	if (*kept == '\0')
		printf("user: %s realm: %s mech: none\n", user, realm);
	for (; *kept != '\0'; kept++) {
		const struct mech_info *info = mech_info((enum mech)(*kept - 'A'));

		printf("user: %s realm: %s mech: %s%s\n", user, realm, info->name,
		    info->readable ? " (readable password)" : "");
	}
}

/* The other forms keep their lines as they are printed. */
static void
print_kept(const char *user, const char *realm, const char *kept)
{
	(void)user;
	(void)realm;
	fputs(kept, stdout);
}

/* The stock tool has a line for each property; scripts look for the one that says there is a password. */
static enum status
make_sasl2(FILE *out, const struct listing *l, const struct record *r, struct fault *f)
{
	(void)l;
	(void)f;
	if (record_secret_count(r) > 0)
		fprintf(out, "%s@%s: userPassword\n", r->name.user, r->name.realm);
	for (size_t i = 0; i < r->property_count; i++)
		fprintf(out, "%s@%s: %s\n", r->name.user, r->name.realm, r->properties[i].name);
	return ST_OK;
}

/* "2026-01-31T23:59:59Z", or nothing's sign for 0. */
static const char *
time_text(char out[32], int64_t seconds, const char *nothing)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds == 0 || gmtime_r(&t, &tm) == NULL || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return nothing;
	return out;
}

static void
put_tsv(FILE *out, const struct record *r, const char *mech, const char *detail)
{
	char disabled[32], expires[32];

	fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r->name.user, r->name.realm, mech, detail,
	    time_text(disabled, r->disabled, "-"), time_text(expires, r->expires, "-"));
}

static enum status
make_tsv(FILE *out, const struct listing *l, const struct record *r, struct fault *f)
{
	bool any = false;

	(void)f;
	for (int m = 0; m < MECH_COUNT; m++) {
		struct secret_facts facts;
		char detail[32] = "-";

		if (!wanted(l, r, m))
			continue;
		secret_facts(&facts, (enum mech)m, r->secrets[m].text);
		if (facts.scheme != NULL)
			snprintf(detail, sizeof(detail), "%s", facts.scheme->name);
		else if (facts.iterations != 0)
			snprintf(detail, sizeof(detail), "%u", facts.iterations);
		put_tsv(out, r, mech_info((enum mech)m)->name, detail);
		any = true;
	}
	if (!any)
		put_tsv(out, r, "-", "-");
	return ST_OK;
}

static json_t *
json_time(int64_t seconds)
{
	char text[32];
	const char *t = time_text(text, seconds, NULL);

	return t != NULL ? json_string(t) : json_null();
}

/* NULL: no memory. */
static json_t *
json_mech(const struct record *r, enum mech mech)
{
	const struct mech_info *info = mech_info(mech);
	struct secret_facts facts;
	json_t *o = json_object();
	int bad;

	secret_facts(&facts, mech, r->secrets[mech].text);
	bad = json_object_set_new(o, "mech", json_string(info->name));
	if (facts.scheme != NULL)
		bad |= json_object_set_new(o, "scheme", json_string(facts.scheme->name));
	if (facts.iterations != 0)
		bad |= json_object_set_new(o, "iterations", json_integer((json_int_t)facts.iterations));
	if (facts.realm != NULL && strcmp(facts.realm, r->name.realm) != 0)
		bad |= json_object_set_new(o, "realm", json_string(facts.realm));
	if (info->weak || facts.weak)
		bad |= json_object_set_new(o, "weak", json_true());
	if (info->readable)
		bad |= json_object_set_new(o, "readable", json_true());
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

/* NULL: no memory. */
static json_t *
json_user(const struct listing *l, const struct record *r)
{
	json_t *o = json_object(), *mechs = json_array();
	int bad = 0;

	for (int m = 0; m < MECH_COUNT; m++)
		if (wanted(l, r, m))
			bad |= json_array_append_new(mechs, json_mech(r, (enum mech)m));
	bad |= json_object_set_new(o, "user", json_string(r->name.user));
	bad |= json_object_set_new(o, "realm", json_string(r->name.realm));
	bad |= json_object_set_new(o, "mechs", mechs);
	bad |= json_object_set_new(o, "disabled", json_time(r->disabled));
	bad |= json_object_set_new(o, "expires", json_time(r->expires));
	bad |= json_object_set_new(o, "created", json_time(r->created));
	bad |= json_object_set_new(o, "changed", json_time(r->changed));
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

static enum status
make_json(FILE *out, const struct listing *l, const struct record *r, struct fault *f)
{
	json_t *o = json_user(l, r);
	int bad = o == NULL ? -1 : json_dumpf(o, out, JSON_COMPACT);

	json_decref(o);
	if (bad != 0)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	fputc('\n', out);
	return ST_OK;
}

static const struct format format_text = {make_text, print_text};
static const struct format format_sasl2 = {make_sasl2, print_kept};
static const struct format format_tsv = {make_tsv, print_kept};
static const struct format format_json = {make_json, print_kept};

/* ---- rows ---- */

static const char *
next_string(const char *s)
{
	return s + strlen(s) + 1;
}

/* Writes the row of a record into l->row, over the one before. */
static enum status
make_row(struct listing *l, const struct record *r, struct fault *f)
{
	enum status status;

	rewind(l->memory);
	fprintf(l->memory, "%s%c%s%c", r->name.user, '\0', r->name.realm, '\0');
	status = l->format->make(l->memory, l, r, f);
	fputc('\0', l->memory);
	if (status == ST_OK && (fflush(l->memory) != 0 || ferror(l->memory)))
		status = fault_set(f, ST_NOMEM, 0, "out of memory");
	return status;
}

/* Errors: ST_IO (standard output failed: no use to go on). */
static enum status
print_row(const struct listing *l, const char *row, struct fault *f)
{
	const char *realm = next_string(row);

	l->format->print(row, realm, next_string(realm));
	if (ferror(stdout))
		return fault_set(f, ST_IO, errno, "standard output: cannot be written");
	return ST_OK;
}

/* Keeps a copy of l->row until all are known. */
static enum status
keep_row(struct listing *l, struct fault *f)
{
	char *copy = malloc(l->row_size);

	if (copy != NULL && l->count == l->room) {
		size_t room = l->room == 0 ? 1024 : 2 * l->room;
		char **rows = reallocarray(l->rows, room, sizeof(*rows));

		if (rows == NULL) {
			free(copy);
			copy = NULL;
		} else {
			l->rows = rows;
			l->room = room;
		}
	}
	if (copy == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	memcpy(copy, l->row, l->row_size);
	l->rows[l->count++] = copy;
	return ST_OK;
}

static int
compare_rows(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	int order = strcmp(*x, *y);

	return order != 0 ? order : strcmp(next_string(*x), next_string(*y));
}

static enum status
print_rows(struct listing *l, struct fault *f)
{
	enum status status = ST_OK;

	if (l->count > 0)
		qsort(l->rows, l->count, sizeof(*l->rows), compare_rows);
	for (size_t i = 0; i < l->count && status == ST_OK; i++)
		status = print_row(l, l->rows[i], f);
	return status;
}

static void
free_rows(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->rows[i]);
	free(l->rows);
	if (l->memory != NULL)
		fclose(l->memory);
	free(l->row);
}

/* ---- the walk ---- */

static bool
matches(const struct listing *l, const struct record *r)
{
	bool any = !l->some_mechs;

	for (int m = 0; m < MECH_COUNT && !any; m++)
		any = wanted(l, r, m);
	return any && (!l->one_user || strcmp(l->name.user, r->name.user) == 0) &&
	    (!l->one_realm || strcmp(l->name.realm, r->name.realm) == 0);
}

static enum status
take_record(void *arg, const struct record *r, struct fault *f)
{
	struct listing *l = arg;
	enum status status;

	if (!matches(l, r))
		return ST_OK;
	l->users++;
	if (l->format == NULL)
		return ST_OK;
	status = make_row(l, r, f);
	if (status == ST_OK)
		status = l->sorted ? keep_row(l, f) : print_row(l, l->row, f);
	return status;
}

/* One user of one realm is looked up; anything else needs a walk over all. */
static enum status
walk(struct listing *l, const char *path, struct fault *f)
{
	struct record r = {0};
	struct store *store = NULL;
	struct fault trouble;
	enum status status;

	status = store_open(&store, path, f);
	if (status == ST_NODB)
		return fault_set(f, ST_NODB, 0, "%s: there is no database (saslpasswd -c makes one)", path);
	if (status != ST_OK)
		return status;
	if (store_trouble(store, &trouble))
		cli_message("warning: %s", trouble.text);
	if (l->one_user && l->one_realm) {
		status = store_get(store, &l->name, &r, f);
		if (status == ST_OK)
			status = take_record(l, &r, f);
		else if (status == ST_NOTFOUND)
			status = ST_OK;		/* list() has the words */
		record_clear(&r);
	} else
		status = store_each(store, take_record, l, f);
	store_close(store);
	return status;
}

static enum status
list(struct listing *l, const char *path, struct fault *f)
{
	enum status status;

	l->memory = open_memstream(&l->row, &l->row_size);
	if (l->memory == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	status = walk(l, path, f);
	if (status == ST_OK)
		status = print_rows(l, f);
	if (status == ST_OK && l->format == NULL)
		printf("%ju\n", l->users);
	if (status == ST_OK && l->one_user && l->users == 0)
		status = fault_set(f, ST_NOTFOUND, 0, "%s%s%s: no such user%s in %s", l->name.user,
		    l->one_realm ? "@" : "", l->one_realm ? l->name.realm : "",
		    l->some_mechs ? " with such a secret" : "", path);
	free_rows(l);
	return status;
}

/* ---- options ---- */

static bool
take_option(struct options *o, int option)
{
	const struct {
		int option;
		bool *flag;
		const char **value;
	} table[] = {
		{'u', NULL, &o->realm},
		{'m', NULL, &o->mechs},
		{'f', NULL, &o->file},
		{'a', NULL, &o->appname},
		{OPT_JSON, &o->json, NULL},
		{OPT_TSV, &o->tsv, NULL},
		{OPT_SASL2, &o->sasl2, NULL},
		{OPT_COUNT, &o->count, NULL},
		{OPT_UNSORTED, &o->unsorted, NULL},
		{'h', &o->help, NULL},
		{'V', &o->version, NULL},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].option != option)
			continue;
		if (table[i].flag != NULL)
			*table[i].flag = true;
		else
			*table[i].value = optarg;
		return true;
	}
	return false;
}

/* EXIT_DONE: go on. */
static enum exit_code
choose_mechs(struct listing *l, const char *list_text)
{
	struct mech_specs specs;
	struct fault f;

	l->mechs = (1u << MECH_COUNT) - 1;
	if (list_text == NULL)
		return EXIT_DONE;
	if (strchr(list_text, ':') != NULL)
		return cli_usage(synopsis, "-m: takes mechanisms without a scheme");
	if (mech_specs_parse(&specs, list_text, &f) != ST_OK)
		return cli_usage(synopsis, f.text);
	l->mechs = cli_mech_bits(&specs);
	l->some_mechs = true;
	return EXIT_DONE;
}

/* Reads the command line.  EXIT_DONE: go on. */
static enum exit_code
read_options(struct options *o, struct listing *l, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "u:m:f:a:hV", long_options, NULL)) != -1)
		if (!take_option(o, option))
			return cli_usage(synopsis, NULL);
	if (o->help || o->version)
		return EXIT_DONE;
	if (o->json + o->tsv + o->sasl2 + o->count > 1)
		return cli_usage(synopsis, "--json, --tsv, --sasl2 and --count: only one of them");
	if (argc - optind > 1)
		return cli_usage(synopsis, "USER: at most one");
	o->user = argv[optind];
	l->sorted = !o->unsorted;
	l->format = o->count ? NULL : o->json ? &format_json : o->tsv ? &format_tsv :
	    o->sasl2 ? &format_sasl2 : &format_text;
	return choose_mechs(l, o->mechs);
}

/* Whom to list. */
static enum status
choose_users(struct listing *l, const struct options *o, struct fault *f)
{
	l->one_user = o->user != NULL;
	l->one_realm = o->realm != NULL || (o->user != NULL && strchr(o->user, '@') != NULL);
	if (l->one_user)	/* without a realm: in every realm; the name needs some */
		return name_parse(&l->name, o->user, o->realm, "localhost", f);
	return l->one_realm ? name_fold_realm(l->name.realm, o->realm, f) : ST_OK;
}

int
main(int argc, char **argv)
{
	struct options o = {0};
	struct listing l = {0};
	struct cli_place place = {0};
	struct fault f = {.status = ST_OK};
	enum exit_code code;
	enum status status;

	cli_start(argv);
	code = read_options(&o, &l, argc, argv);
	if (code != EXIT_DONE)
		return code;
	if (o.help)
		return cli_help(synopsis, help);
	if (o.version)
		return cli_version();
	status = choose_users(&l, &o, &f);
	if (status == ST_OK)
		status = cli_place_find(&place, o.file, o.appname, NULL, &f);
	if (status == ST_OK)
		status = list(&l, place.path, &f);
	if (status != ST_OK)
		code = cli_fault(&f);
	cli_place_free(&place);
	return cli_finish(code);
}
