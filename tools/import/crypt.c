/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypt: user[@realm]:HASH[:...], as in shadow(5), passwd(5), htpasswd's files and what mkpasswd makes.  What
 * crypt(3) verifies is taken as it is; the bytes alone do not tell a hash from a password, so the form is not
 * recognised.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "format.h"

#define SHADOW_FIELDS 9
#define SHADOW_EXPIRE 7		/* counted from 0 */
#define DAY 86400
#define DAYS_MAX 2932896	/* 9999-12-31 */

/* ---- the hash ---- */

/* Hashes of htpasswd's own, which look like crypt(3)'s and are not. */
static bool
is_htpasswd_only(const char *hash, size_t len)
{
	static const char *const prefixes[] = {"$apr1$", "{SHA}"};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		size_t n = strlen(prefixes[i]);

		if (len >= n && memcmp(hash, prefixes[i], n) == 0)
			return true;
	}
	return false;
}

/* No hash begins with an asterisk (crypt(5)): it is a mark that nobody can log in. */
static bool
is_no_hash(const char *hash, size_t len)
{
	return len == 0 || hash[0] == '*' || (len == 1 && hash[0] == 'x');
}

enum status
entry_set_crypt(struct entry *e, const char *field, size_t len, const struct import_sink *sink, struct fault *f)
{
	static const char tag[] = "crypt ";
	char text[512];
	size_t marks = 0;
	enum status st;
	int n;

	while (marks < len && field[marks] == '!')
		marks++;
	field += marks;
	len -= marks;
	if (is_no_hash(field, len)) {
		import_lost(e, sink, "no password");
		return ST_NOTFOUND;
	}
	if (is_htpasswd_only(field, len))
		return fault_set(f, ST_BADVALUE, 0, "hash: crypt(3) does not know htpasswd's $apr1$ and {SHA}; "
		    "\"htpasswd -B\" makes hashes that it does");
	if (len >= sizeof text - sizeof tag || memchr(field, '\0', len) != NULL)
		return fault_set(f, ST_BADVALUE, 0, "hash: not a string that crypt(3) knows");
	n = snprintf(text, sizeof text, "%s%.*s", tag, (int)len, field);
	st = entry_set_secret(e, MECH_PLAIN, text, (size_t)n, f);
	explicit_bzero(text, sizeof text);
	if (st == ST_OK)
		e->locked = marks > 0;
	return st;
}

/* ---- the line ---- */

struct field {
	const char *text;
	size_t len;
};

/* Cuts at colons; returns how many fields there are, which may be more than max. */
static size_t
split(struct field *fields, size_t max, const char *line, size_t len)
{
	const char *end = line + len;
	size_t n = 0;

	for (;;) {
		const char *colon = memchr(line, ':', (size_t)(end - line));
		const char *stop = colon != NULL ? colon : end;

		if (n < max)
			fields[n] = (struct field){line, (size_t)(stop - line)};
		n++;
		if (colon == NULL)
			return n;
		line = colon + 1;
	}
}

/* Days since 1970 as shadow(5) has them; empty: never.  0 is refused: some programs take it for never, some for
 * 1970. */
static enum status
set_expiry(struct entry *e, const struct field *days, struct fault *f)
{
	int64_t value = 0;

	e->expires_set = true;
	if (days->len == 0)
		return ST_OK;
	for (size_t i = 0; i < days->len && value <= DAYS_MAX; i++) {
		if (days->text[i] < '0' || days->text[i] > '9')
			return fault_set(f, ST_BADVALUE, 0, "expiry (field 8): is no number of days");
		value = value * 10 + (days->text[i] - '0');
	}
	if (value == 0 || value > DAYS_MAX)
		return fault_set(f, ST_BADVALUE, 0,
		    "expiry (field 8): must be empty (never) or 1 to %d days since 1970", DAYS_MAX);
	e->record.expires = value * DAY;
	return ST_OK;
}

static enum status
parse_line(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f)
{
	struct field fields[SHADOW_FIELDS];
	size_t count = split(fields, SHADOW_FIELDS, line, len);
	enum status st;

	if (count < 2)
		return fault_set(f, ST_BADVALUE, 0, "line: is not USER:HASH, there is no colon");
	st = entry_set_name(e, fields[0].text, fields[0].len, o, f);
	if (st == ST_OK && count == SHADOW_FIELDS)
		st = set_expiry(e, &fields[SHADOW_EXPIRE], f);
	return st == ST_OK ? entry_set_crypt(e, fields[1].text, fields[1].len, sink, f) : st;
}

static enum status
read_crypt(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	return import_read_lines(in, o, sink, true, parse_line, f);
}

const struct import_format import_crypt = {"crypt", NULL, read_crypt};
