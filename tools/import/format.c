/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * format: the table of the formats, and what they share.  Knows none of them.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

/* In the order in which they are tried and named. */
static const struct import_format *const formats[] = {&import_jsonl, &import_colon, &import_tsv, &import_crypt,
    &import_dovecot, &import_postgres, &import_gsasl, &import_sasldb, &import_sasldb1};
#define FORMAT_COUNT (sizeof formats / sizeof formats[0])

const struct import_format *
import_format_find(const char *name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	}
	return NULL;
}

const struct import_format *
import_format_recognise(const char *start, size_t len)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (formats[i]->recognise != NULL && formats[i]->recognise(start, len))
			return formats[i];
	}
	return NULL;
}

const char *
import_format_names(void)
{
	static char names[128];
	size_t n = 0;

	for (size_t i = 0; i < FORMAT_COUNT && n < sizeof names; i++)
		n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i == 0 ? "" : " ", formats[i]->name);
	return names;
}

/* ---- lines ---- */

bool
import_is_fatal(enum status st)
{
	return st == ST_NOMEM || st == ST_IO || st == ST_BUSY;
}

const char *
import_first_line(const char *start, size_t len, size_t *line_len)
{
	const char *end = start + len;

	while (start < end) {
		const char *lf = memchr(start, '\n', (size_t)(end - start));
		size_t n = (size_t)((lf != NULL ? lf : end) - start);

		*line_len = n > 0 && start[n - 1] == '\r' ? n - 1 : n;
		if (*line_len > 0 && start[0] != '#')
			return start;
		start = lf != NULL ? lf + 1 : end;
	}
	*line_len = 0;
	return NULL;
}

/* What input_line() gave becomes an entry, or the words of why not.  Errors: the fatal ones. */
static enum status
take_line(struct entry *e, enum status read, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, import_parse_line *parse, struct fault *f)
{
	enum status st = read == ST_OK ? parse(e, line, len, o, sink, f) : read;

	if (st == ST_OK)
		return sink->entry(sink->arg, e, f);
	if (import_is_fatal(st))
		return st;
	if (st != ST_NOTFOUND)
		sink->bad(sink->arg, e->line, f->text);
	return ST_OK;
}

enum status
import_read_lines(struct input *in, const struct import_options *o, const struct import_sink *sink,
    bool comments, import_parse_line *parse, struct fault *f)
{
	struct entry e = {0};
	struct fault why;
	enum status st;
	char *line;
	size_t len;

	do {
		st = input_line(in, &line, &len, &why);
		if (st == ST_NOTFOUND)
			return ST_OK;
		if (st == ST_OK && (len == 0 || (comments && line[0] == '#')))
			continue;
		e.line = in->line;
		st = take_line(&e, st, line, len, o, sink, parse, &why);
		entry_clear(&e);
	} while (st == ST_OK);
	if (f != NULL)
		*f = why;
	return st;
}

/* ---- entries ---- */

void
entry_clear(struct entry *e)
{
	record_clear(&e->record);
	explicit_bzero(e, sizeof *e);
}

void
import_lost(const struct entry *e, const struct import_sink *sink, const char *what)
{
	const struct name *name = &e->record.name;
	char text[2 * NAME_BYTES_MAX + 1 + 2 + 256 + 1];

	snprintf(text, sizeof text, "%s@%s: %s", name->user, name->realm, what);
	sink->lost(sink->arg, e->line, text);
}

enum status
entry_set_name(struct entry *e, const char *spec, size_t len, const struct import_options *o, struct fault *f)
{
	struct name *name = &e->record.name;
	char copy[2 * NAME_BYTES_MAX + 2];
	enum status st;

	if (len >= sizeof copy)
		return fault_set(f, ST_BADNAME, 0, "user: longer than %d bytes", NAME_BYTES_MAX);
	if (memchr(spec, '\0', len) != NULL)
		return fault_set(f, ST_BADNAME, 0, "user: holds a NUL byte");
	memcpy(copy, spec, len);
	copy[len] = '\0';
	st = name_parse(name, copy, o->realm, o->default_realm, f);
	e->realm_supplied = o->realm == NULL && strchr(copy, '@') == NULL;
	/* the two agree, but DIGEST-MD5 needs the realm as it was spelled where the secret was made */
	if (st == ST_OK && strchr(copy, '@') != NULL)
		st = name_parse(name, copy, NULL, NULL, f);
	return st;
}

/* Does the user say a realm that is another one? */
static enum status
check_same_realm(const char *user, size_t user_len, const char *realm, size_t realm_len,
    const struct import_options *o, struct fault *f)
{
	struct entry said = {0};
	char other[NAME_BYTES_MAX + 1];
	enum status st;

	st = entry_set_name(&said, user, user_len, o, f);
	if (st != ST_OK)
		return st;
	if (realm_len > NAME_BYTES_MAX)
		return fault_set(f, ST_BADNAME, 0, "realm: longer than %d bytes", NAME_BYTES_MAX);
	memcpy(other, realm, realm_len);
	other[realm_len] = '\0';
	st = name_fold_realm(other, other, f);
	if (st == ST_OK && strcmp(other, said.record.name.realm) != 0)
		st = fault_set(f, ST_BADNAME, 0, "realm: is not the one that the user name says");
	return st;
}

enum status
entry_set_user_realm(struct entry *e, const char *user, size_t user_len, const char *realm, size_t realm_len,
    const struct import_options *o, struct fault *f)
{
	char spec[2 * NAME_BYTES_MAX + 2];
	const char *at = memchr(user, '@', user_len);
	enum status st;

	if (memchr(realm, '\0', realm_len) != NULL)
		return fault_set(f, ST_BADNAME, 0, "realm: holds a NUL byte");
	if (at != NULL) {
		st = check_same_realm(user, user_len, realm, realm_len, o, f);
		if (st != ST_OK)
			return st;
		user_len = (size_t)(at - user);
	}
	if (user_len > NAME_BYTES_MAX || realm_len > NAME_BYTES_MAX)
		return fault_set(f, ST_BADNAME, 0, "%s: longer than %d bytes",
		    user_len > NAME_BYTES_MAX ? "user" : "realm", NAME_BYTES_MAX);
	memcpy(spec, user, user_len);
	spec[user_len] = '@';
	memcpy(spec + user_len + 1, realm, realm_len);
	return entry_set_name(e, spec, user_len + 1 + realm_len, o, f);
}

enum status
entry_set_password(struct entry *e, const char *password, size_t len, struct fault *f)
{
	enum status st = password_check(password, len, f);

	if (st != ST_OK)
		return st;
	if (e->password_len != 0)
		return fault_set(f, ST_BADVALUE, 0, "password: is there twice");
	memcpy(e->password, password, len);
	e->password[len] = '\0';
	e->password_len = len;
	return ST_OK;
}

enum status
entry_set_secret(struct entry *e, enum mech mech, const char *text, size_t len, struct fault *f)
{
	struct secret *secret = &e->record.secrets[mech];
	enum status st;

	if (secret->text != NULL)
		return fault_set(f, ST_BADVALUE, 0, "%s: is there twice", mech_info(mech)->name);
	if (memchr(text, '\0', len) != NULL || memchr(text, '\n', len) != NULL)
		return fault_set(f, ST_BADVALUE, 0, "%s: holds a NUL byte or a line feed",
		    mech_info(mech)->name);
	secret->text = strndup(text, len);
	if (secret->text == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", mech_info(mech)->name);
	st = secret_check(mech, secret->text, f);
	if (st == ST_OK)
		st = secret_check_cost(mech, secret->text, f);
	if (st != ST_OK)
		secret_free(secret);
	return st;
}
