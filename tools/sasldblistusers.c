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
#include <unistd.h>

#include <jansson.h>

#include "cli.h"
#include "jsonout.h"
#include "rows.h"
#include "store.h"
#include "text.h"

static struct options {
	bool json, tsv, sasl2, count, unsorted;
	const char *realm, *mechs, *file, *appname;
	const char *user;
} opt;

static const struct cli_option option_table[] = {
	{"realm", 'u', "REALM", "only that realm", NULL, &opt.realm},
	{"mechanisms", 'm', "LIST", "only those mechanisms, and users who have one of them", NULL, &opt.mechs},
	{"file", 'f', "FILE", "the database [" DB_PATH "]", NULL, &opt.file},
	{"appname", 'a', "NAME", "use the database that NAME.conf names (as in smtpd)", NULL, &opt.appname},
	{"json", 0, NULL, "one JSON object a line for each user", &opt.json, NULL},
	{"tsv", 0, NULL, "user, realm, mech, scheme, disabled, expires; tabs", &opt.tsv, NULL},
	{"sasl2", 0, NULL, "the lines of sasldblistusers2", &opt.sasl2, NULL},
	{"count", 0, NULL, "only the number of users", &opt.count, NULL},
	{"unsorted", 0, NULL, "print while reading, and keep nothing in memory", &opt.unsorted, NULL},
};

static const struct cli_command command = {
	.synopsis = "[-u REALM] [-m MECHS] [-f FILE] [-a NAME] [--json|--tsv|--sasl2|--count] [USER]",
	.about = "Lists the users (or only USER, or USER@REALM), one line for each user, realm and\n"
	    "mechanism.\n",
	.options = option_table,
	.option_count = sizeof(option_table) / sizeof(option_table[0]),
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
	struct rows rows;			/* kept until they are sorted */
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

/* A dash for never. */
static const char *
tsv_time(char out[TEXT_TIME_SIZE], int64_t seconds)
{
	if (seconds == 0)
		return "-";
	text_time(out, seconds);
	return out;
}

static void
put_tsv(FILE *out, const struct record *r, const char *mech, const char *detail)
{
	char disabled[TEXT_TIME_SIZE], expires[TEXT_TIME_SIZE];

	fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r->name.user, r->name.realm, mech, detail,
	    tsv_time(disabled, r->disabled), tsv_time(expires, r->expires));
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
	bad |= json_object_set_new(o, "disabled", jsonout_time(r->disabled));
	bad |= json_object_set_new(o, "expires", jsonout_time(r->expires));
	bad |= json_object_set_new(o, "created", jsonout_time(r->created));
	bad |= json_object_set_new(o, "changed", jsonout_time(r->changed));
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

static enum status
make_json(FILE *out, const struct listing *l, const struct record *r, struct fault *f)
{
	return jsonout_line(out, json_user(l, r), f);
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

	if (copy != NULL)
		memcpy(copy, l->row, l->row_size);
	return rows_add(&l->rows, copy, f);
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

	rows_sort(&l->rows, compare_rows);
	for (size_t i = 0; i < l->rows.count && status == ST_OK; i++)
		status = print_row(l, l->rows.row[i], f);
	return status;
}

static void
free_rows(struct listing *l)
{
	rows_free(&l->rows);
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
	if (l->one_user && l->one_realm) {
		status = store_get(store, &l->name, &r, f);
		if (status == ST_OK)
			status = take_record(l, &r, f);
		else if (status == ST_NOTFOUND)
			status = ST_OK;		/* list() has the words */
		record_clear(&r);
	} else
		status = store_each(store, take_record, l, f);
	if (store_trouble(store, &trouble))
		cli_message("warning: %s", trouble.text);
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

/* CLI_GO_ON, or the exit code. */
static int
choose_mechs(struct listing *l)
{
	struct mech_specs specs;
	struct fault f;

	l->mechs = (1u << MECH_COUNT) - 1;
	if (opt.mechs == NULL)
		return CLI_GO_ON;
	if (strchr(opt.mechs, ':') != NULL)
		return (int)cli_usage(&command, "-m: takes mechanisms without a scheme");
	if (mech_specs_parse(&specs, opt.mechs, &f) != ST_OK)
		return (int)cli_usage(&command, f.text);
	l->mechs = mech_specs_bits(&specs);
	l->some_mechs = true;
	return CLI_GO_ON;
}

/* Reads the command line.  CLI_GO_ON, or the exit code. */
static int
read_options(struct listing *l, int argc, char **argv)
{
	int code = cli_options(&command, argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (opt.json + opt.tsv + opt.sasl2 + opt.count > 1)
		return (int)cli_usage(&command, "--json, --tsv, --sasl2 and --count: only one of them");
	if (argc - optind > 1)
		return (int)cli_usage(&command, "USER: at most one");
	opt.user = argv[optind];
	l->sorted = !opt.unsorted;
	l->format = opt.count ? NULL : opt.json ? &format_json : opt.tsv ? &format_tsv :
	    opt.sasl2 ? &format_sasl2 : &format_text;
	return choose_mechs(l);
}

/* Whom to list. */
static enum status
choose_users(struct listing *l, struct fault *f)
{
	l->one_user = opt.user != NULL;
	l->one_realm = opt.realm != NULL || (opt.user != NULL && strchr(opt.user, '@') != NULL);
	if (l->one_user)	/* without a realm: in every realm; the name needs some */
		return name_parse(&l->name, opt.user, opt.realm, "localhost", f);
	return l->one_realm ? name_fold_realm(l->name.realm, opt.realm, f) : ST_OK;
}

int
main(int argc, char **argv)
{
	struct listing l = {0};
	struct cli_place place = {0};
	struct fault f = {.status = ST_OK};
	enum status status;
	int code;

	cli_start(argv);
	code = read_options(&l, argc, argv);
	if (code != CLI_GO_ON)
		return code;
	status = choose_users(&l, &f);
	if (status == ST_OK)
		status = cli_place_find(&place, opt.file, opt.appname, NULL, &f);
	if (status == ST_OK)
		status = list(&l, place.path, &f);
	code = (int)(status == ST_OK ? EXIT_DONE : cli_fault(&f));
	cli_place_free(&place);
	return (int)cli_finish((enum exit_code)code);
}
