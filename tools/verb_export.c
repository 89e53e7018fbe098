/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gsasldb export: writes the users and their secrets, as `gsasldb import` reads them, or for another program.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gsasldb.h"
#include "jsonout.h"
#include "rows.h"
#include "spool.h"
#include "text.h"

static struct verb_place_options opt;
static const char *format_name, *output;

static const struct cli_option option_table[] = {
	{"format", 0, "FORMAT", "jsonl, dovecot or postgres [jsonl]", NULL, &format_name},
	{"realm", 'u', "REALM", "only that realm", NULL, &opt.realm},
	{"output", 'o', "FILE", "write FILE, mode 0600; - is standard output", NULL, &output},
	VERB_OPTION_FILE(opt), VERB_OPTION_APPNAME(opt),
};
static const struct cli_command command = {"export", "[--format FORMAT] [-u REALM] [-o FILE] [-f FILE] [-a NAME]",
    "writes the users and their secrets, sorted, of one moment\n"
    "\nSecrets are not passwords, but they must be kept as if they were.  To a terminal they\n"
    "are written with -o - only.\n",
    option_table, sizeof(option_table) / sizeof(option_table[0])};

/* A form of output.  Errors: ST_NOTFOUND: it has no place for this user. */
struct format {
	const char *name;
	enum status (*write)(FILE *out, const struct record *r, struct fault *f);
};

/* What is to be written, in the order of the names. */
struct row {
	uint64_t at;		/* in the spool */
	char name[];		/* user NUL realm NUL */
};

struct export {
	const struct format *format;
	char realm[NAME_BYTES_MAX + 1];		/* "": all */
	struct spool *spool;
	struct rows rows;			/* struct row */
	FILE *memory;				/* writes text */
	char *text;
	size_t text_size;
	size_t left_out;
	char left_out_names[256];		/* the first of them */
};

/* ---- jsonl ---- */

static bool
is_text(const struct property *p)
{
	return memchr(p->value, '\0', p->len) == NULL && utf8_valid(p->value, p->len);
}

/* A string, or {"base64": "..."} for bytes that are no text.  NULL: no memory. */
static json_t *
json_property(const struct property *p)
{
	char *encoded;
	json_t *o;

	if (is_text(p))
		return json_stringn(p->value, p->len);
	encoded = malloc(TEXT_BASE64_SIZE(p->len));
	if (encoded == NULL)
		return NULL;
	text_base64(encoded, p->value, p->len);
	o = json_pack("{s:s}", "base64", encoded);
	explicit_bzero(encoded, strlen(encoded));
	free(encoded);
	return o;
}

/* Always a time: 0 is one here. */
static json_t *
json_time(int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, seconds);
	return json_string(text);
}

static json_t *
json_user(const struct record *r)
{
	json_t *secrets = json_object(), *o;
	int bad = 0;

	for (int m = 0; m < MECH_COUNT; m++)
		if (r->secrets[m].text != NULL)
			bad |= json_object_set_new(secrets, mech_info((enum mech)m)->name,
			    json_string(r->secrets[m].text));
	o = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "user", r->name.user, "realm", r->name.realm,
	    "secrets", secrets, "disabled", jsonout_time(r->disabled), "expires", jsonout_time(r->expires),
	    "created", json_time(r->created), "changed", json_time(r->changed));
	if (o != NULL && r->property_count > 0) {
		json_t *properties = json_object();

		for (size_t i = 0; i < r->property_count; i++)
			bad |= json_object_set_new(properties, r->properties[i].name,
			    json_property(&r->properties[i]));
		bad |= json_object_set_new(o, "properties", properties);
	}
	if (o != NULL && r->unknown != NULL)
		bad |= json_object_set_new(o, "unknown", json_string(r->unknown));
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

static enum status
write_jsonl(FILE *out, const struct record *r, struct fault *f)
{
	if (r->unknown != NULL && !utf8_valid(r->unknown, strlen(r->unknown)))
		return fault_set(f, ST_BADVALUE, 0, "%s@%s: has a line of a later version that is no text: use that version",
		    r->name.user, r->name.realm);
	return jsonout_line(out, json_user(r), f);
}

/* ---- other programs ---- */

static void
write_name(FILE *out, const struct record *r)
{
	if (opt.realm != NULL)
		fprintf(out, "%s", r->name.user);
	else
		fprintf(out, "%s@%s", r->name.user, r->name.realm);
}

/* iterations:salt$StoredKey:ServerKey, with Dovecot's commas. */
static void
write_scram(FILE *out, const char *mech, const char *text)
{
	fprintf(out, "{%s}", mech);
	for (; *text != '\0'; text++)
		fputc(*text == ':' || *text == '$' ? ',' : *text, out);
}

/* Dovecot keeps the outer state first, and the words of both least significant byte first. */
static void
write_cram(FILE *out, const char *text)
{
	fputs("{CRAM-MD5}", out);
	for (int word = 0; word < 8; word++) {
		const char *at = text + (word < 4 ? 32 : -32) + 8 * word;

		for (int byte = 3; byte >= 0; byte--)
			fprintf(out, "%.2s", at + 2 * byte);
	}
}

/* The one secret that serves most; false: none that Dovecot knows. */
static bool
write_dovecot_secret(FILE *out, const struct record *r)
{
	const struct secret *s = r->secrets;

	if (s[MECH_SCRAM_SHA_256].text != NULL)
		write_scram(out, "SCRAM-SHA-256", s[MECH_SCRAM_SHA_256].text);
	else if (s[MECH_SCRAM_SHA_1].text != NULL)
		write_scram(out, "SCRAM-SHA-1", s[MECH_SCRAM_SHA_1].text);
	else if (s[MECH_PLAIN].text != NULL && strncmp(s[MECH_PLAIN].text, "crypt ", 6) == 0 &&
	    strchr(s[MECH_PLAIN].text, ':') == NULL)
		fprintf(out, "{CRYPT}%s", s[MECH_PLAIN].text + 6);
	else if (s[MECH_CRAM_MD5].text != NULL)
		write_cram(out, s[MECH_CRAM_MD5].text);
	else if (s[MECH_DIGEST_MD5].text != NULL)
		fprintf(out, "{DIGEST-MD5}%.32s", s[MECH_DIGEST_MD5].text);
	else
		return false;
	return true;
}

/* A passwd-file: user:password:uid:gid:gecos:home:shell:extra. */
static enum status
write_dovecot(FILE *out, const struct record *r, struct fault *f)
{
	(void)f;
	/* a colon ends the user, and # begins a comment */
	if (strchr(r->name.user, ':') != NULL || strchr(r->name.realm, ':') != NULL || r->name.user[0] == '#')
		return ST_NOTFOUND;
	write_name(out, r);
	fputc(':', out);
	if (!write_dovecot_secret(out, r))
		return ST_NOTFOUND;
	fputs(record_active(r, (int64_t)time(NULL)) ? "::::::\n" : "::::::nologin\n", out);
	return ST_OK;
}

/* What PostgreSQL's rolpassword holds.  It has no place for "disabled", so such a user is left out. */
static enum status
write_postgres(FILE *out, const struct record *r, struct fault *f)
{
	const char *text = r->secrets[MECH_SCRAM_SHA_256].text;

	(void)f;
	if (text == NULL || !record_active(r, (int64_t)time(NULL)))
		return ST_NOTFOUND;
	write_name(out, r);
	fprintf(out, "\tSCRAM-SHA-256$%s\n", text);
	return ST_OK;
}

static const struct format formats[] = {
	{"jsonl", write_jsonl}, {"dovecot", write_dovecot}, {"postgres", write_postgres}};

/* ---- gathering ---- */

/* NULL: no memory. */
static struct row *
make_row(const struct name *name, uint64_t at)
{
	size_t user = strlen(name->user) + 1, realm = strlen(name->realm) + 1;
	struct row *row = malloc(sizeof(*row) + user + realm);

	if (row == NULL)
		return NULL;
	row->at = at;
	memcpy(row->name, name->user, user);
	memcpy(row->name + user, name->realm, realm);
	return row;
}

static void
leave_out(struct export *e, const struct name *name)
{
	size_t used = strlen(e->left_out_names);

	e->left_out++;
	if (e->left_out <= 3)
		snprintf(e->left_out_names + used, sizeof(e->left_out_names) - used, "%s%.60s@%.60s",
		    used > 0 ? ", " : "", name->user, name->realm);
	else if (e->left_out == 4)
		snprintf(e->left_out_names + used, sizeof(e->left_out_names) - used, " ...");
}

static enum status
take_record(void *arg, const struct record *r, struct fault *f)
{
	struct export *e = arg;
	enum status status;
	uint64_t at;

	if (e->realm[0] != '\0' && strcmp(e->realm, r->name.realm) != 0)
		return ST_OK;
	rewind(e->memory);
	status = e->format->write(e->memory, r, f);
	if (status == ST_NOTFOUND) {
		leave_out(e, &r->name);
		return ST_OK;
	}
	if (status == ST_OK && (fflush(e->memory) != 0 || ferror(e->memory)))
		status = fault_set(f, ST_NOMEM, 0, "out of memory");
	if (status == ST_OK)
		status = spool_append(e->spool, e->text, e->text_size, &at, f);
	return status == ST_OK ? rows_add(&e->rows, make_row(&r->name, at), f) : status;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order != 0 ? order
	    : strcmp((*x)->name + strlen((*x)->name) + 1, (*y)->name + strlen((*y)->name) + 1);
}

static enum status
gather(struct export *e, const char *path, struct fault *f)
{
	struct store *store = NULL;
	enum status status;

	e->memory = open_memstream(&e->text, &e->text_size);
	if (e->memory == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	status = spool_open(&e->spool, f);
	if (status == ST_OK)
		status = store_open(&store, path, f);
	if (status == ST_OK)
		status = store_each(store, take_record, e, f);
	store_close(store);
	if (status == ST_OK)
		rows_sort(&e->rows, compare_rows);
	return status;
}

static void
free_export(struct export *e)
{
	rows_free(&e->rows);
	spool_close(e->spool);
	if (e->memory != NULL)
		fclose(e->memory);
	if (e->text != NULL)
		explicit_bzero(e->text, e->text_size);
	free(e->text);
}

/* ---- output ---- */

#define LOOK_EVERY 256		/* users between two looks at signals that are held */

static enum status
write_rows(struct export *e, FILE *out, const char *name, struct fault *f)
{
	enum status status = ST_OK;
	const char *line;
	size_t len;

	for (size_t i = 0; status == ST_OK && i < e->rows.count; i++) {
		const struct row *row = e->rows.row[i];

		if (i % LOOK_EVERY == 0 && cli_interrupted())
			return fault_set(f, ST_BUSY, 0, "%s: interrupted", name);
		status = spool_read(e->spool, row->at, &line, &len, f);
		if (status == ST_OK && fwrite(line, 1, len, out) != len)
			status = fault_set(f, ST_IO, errno, "%s: cannot be written", name);
	}
	return status;
}

/* A new file beside FILE, which takes its place when it is whole. */
static enum status
write_file(struct export *e, const char *path, struct fault *f)
{
	enum status status;
	struct stat st;
	char *temporary;
	FILE *out = NULL;
	int fd;

	/* a device would be replaced like a file */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return fault_set(f, ST_CANTCREATE, 0, "%s: is not a regular file, and is not replaced", path);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	cli_hold_signals();
	fd = mkostemp(temporary, O_CLOEXEC);	/* mode 0600 */
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (out == NULL) {
		status = fault_set(f, errno == EACCES || errno == EROFS ? ST_PERM : ST_CANTCREATE, errno,
		    "%s: cannot be created", path);
		if (fd >= 0)
			close(fd);
	} else {
		status = write_rows(e, out, path, f);
		if (status == ST_OK && (fflush(out) != 0 || fsync(fd) != 0))
			status = fault_set(f, ST_IO, errno, "%s: cannot be written", path);
		if (fclose(out) != 0 && status == ST_OK)
			status = fault_set(f, ST_IO, errno, "%s: cannot be written", path);
		if (status == ST_OK && rename(temporary, path) != 0)
			status = fault_set(f, ST_CANTCREATE, errno, "%s: cannot be replaced", path);
	}
	if (fd >= 0 && status != ST_OK)
		unlink(temporary);
	cli_let_signals();
	free(temporary);
	return status;
}

static void
tell_left_out(const struct export *e)
{
	if (e->left_out > 0)
		cli_message("left out %zu who cannot be written as %s: %s", e->left_out, e->format->name,
		    e->left_out_names);
}

static enum status
export(struct export *e, struct fault *f)
{
	struct cli_place place = {0};
	enum status status = ST_OK;

	if (opt.realm != NULL)
		status = name_fold_realm(e->realm, opt.realm, f);
	if (status == ST_OK)
		status = cli_place_find(&place, opt.file, opt.appname, NULL, f);
	if (status == ST_OK)
		status = gather(e, place.path, f);
	if (status == ST_OK)
		status = output == NULL || strcmp(output, "-") == 0
		    ? write_rows(e, stdout, "standard output", f) : write_file(e, output, f);
	if (status == ST_OK)
		tell_left_out(e);
	cli_place_free(&place);
	return status;
}

static int
run(int argc, char **argv)
{
	struct export e = {.format = &formats[0]};
	struct fault f;
	enum status status;
	int code = cli_options(&command, argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (argc > optind)
		return (int)cli_usage(&command, "too many arguments");
	if (format_name != NULL) {
		e.format = NULL;
		for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
			if (strcmp(formats[i].name, format_name) == 0)
				e.format = &formats[i];
		if (e.format == NULL)
			return (int)cli_usage(&command, "--format: must be jsonl, dovecot or postgres");
	}
	if (output == NULL && isatty(STDOUT_FILENO))
		return (int)cli_usage(&command, "standard output: is a terminal, and secrets are not written to one "
		    "(-o - does it)");
	status = export(&e, &f);
	code = (int)(status == ST_OK ? EXIT_DONE : cli_fault(&f));
	free_export(&e);
	return (int)cli_finish((enum exit_code)code);
}

const struct verb verb_export = {&command, run};
