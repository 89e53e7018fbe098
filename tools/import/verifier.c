/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verifier: SCRAM verifiers of other programs: PostgreSQL's pg_authid.rolpassword (RFC 5803), and what
 * `gsasl --mkpasswd` prints.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "format.h"

/* The mechanism that text begins with, up to the character after; false: no SCRAM mechanism. */
static bool
find_scram(enum mech *mech, const char *text, size_t len, char after)
{
	const char *end = memchr(text, after, len);

	return end != NULL && mech_find(text, (size_t)(end - text), mech) &&
	    mech_info(*mech)->kind == KIND_SCRAM;
}

enum status
entry_set_auth_password(struct entry *e, const char *text, size_t len, struct fault *f)
{
	enum mech mech;
	size_t skip;

	if (!find_scram(&mech, text, len, '$'))
		return fault_set(f, ST_BADVALUE, 0,
		    "verifier: is not SCRAM-SHA-...$iterations:salt$StoredKey:ServerKey");
	skip = strlen(mech_info(mech)->name) + 1;
	return entry_set_secret(e, mech, text + skip, len - skip, f);
}

enum status
entry_set_scram(struct entry *e, enum mech mech, const char *text, size_t len, struct fault *f)
{
	static const char separators[] = {':', '$', ':'};	/* where the stored form differs from it */
	char stored[SECRET_PROPERTY_MAX];
	size_t commas = 0;
	enum status st;

	if (len < sizeof stored)
		memcpy(stored, text, len);
	for (size_t i = 0; len < sizeof stored && i < len; i++) {
		if (stored[i] != ',')
			continue;
		if (commas < sizeof separators)
			stored[i] = separators[commas];
		commas++;
	}
	if (commas == sizeof separators)
		st = entry_set_secret(e, mech, stored, len, f);
	else
		st = fault_set(f, ST_BADVALUE, 0, "%s: is not iterations,salt,StoredKey,ServerKey",
		    mech_info(mech)->name);
	explicit_bzero(stored, sizeof stored);
	return st;
}

/* ---- postgres: user TAB verifier ---- */

static enum status
parse_postgres(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f)
{
	const char *tab = memchr(line, '\t', len);
	size_t left;
	enum status st;

	if (tab == NULL)
		return fault_set(f, ST_BADVALUE, 0, "line: is not USER, TAB, VERIFIER, there is no tab");
	st = entry_set_name(e, line, (size_t)(tab - line), o, f);
	if (st != ST_OK)
		return st;
	tab++;
	left = len - (size_t)(tab - line);
	if (left == 0) {
		import_lost(e, sink, "no password");
		return ST_NOTFOUND;
	}
	if (left == 35 && memcmp(tab, "md5", 3) == 0)
		return fault_set(f, ST_BADVALUE, 0, "verifier: no SASL mechanism can use PostgreSQL's md5; set "
		    "the password again with password_encryption = 'scram-sha-256'");
	return entry_set_auth_password(e, tab, left, f);
}

static enum status
read_postgres(struct input *in, const struct import_options *o, const struct import_sink *sink,
    struct fault *f)
{
	return import_read_lines(in, o, sink, true, parse_postgres, f);
}

static bool
recognise_postgres(const char *start, size_t len)
{
	size_t line_len;
	const char *line = import_first_line(start, len, &line_len);
	const char *tab = line != NULL ? memchr(line, '\t', line_len) : NULL;
	enum mech mech;

	return tab != NULL && find_scram(&mech, tab + 1, line_len - (size_t)(tab + 1 - line), '$');
}

const struct import_format import_postgres = {"postgres", recognise_postgres, read_postgres};

/* ---- gsasl: user, a colon, a tab or spaces, {MECH}iterations,salt,StoredKey,ServerKey ---- */

/* Where the last brace opens: base64 has none, a user may. */
static const char *
find_brace(const char *line, size_t len)
{
	return memrchr(line, '{', len);
}

/* How many bytes before the brace are the user's; 0: there is nothing that separates him from it. */
static size_t
user_length(const char *line, const char *brace)
{
	size_t whole = (size_t)(brace - line), n = whole;

	while (n > 0 && line[n - 1] == ' ')
		n--;
	if (n > 0 && (line[n - 1] == ':' || line[n - 1] == '\t'))
		n--;
	return n < whole ? n : 0;
}

static enum status
parse_gsasl(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f)
{
	const char *brace = find_brace(line, len), *end = line + len;
	size_t user_len = brace != NULL ? user_length(line, brace) : 0;
	enum mech mech;
	enum status st;

	(void)sink;
	if (user_len == 0 || !find_scram(&mech, brace + 1, (size_t)(end - brace - 1), '}'))
		return fault_set(f, ST_BADVALUE, 0,
		    "line: is not USER:{SCRAM-SHA-...}iterations,salt,StoredKey,ServerKey");
	st = entry_set_name(e, line, user_len, o, f);
	if (st != ST_OK)
		return st;
	brace += strlen(mech_info(mech)->name) + 2;
	return entry_set_scram(e, mech, brace, (size_t)(end - brace), f);
}

static enum status
read_gsasl(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	return import_read_lines(in, o, sink, true, parse_gsasl, f);
}

/* Not with a colon after the hash: that is a passwd-file, whose other lines may have other schemes. */
static bool
recognise_gsasl(const char *start, size_t len)
{
	size_t line_len;
	const char *line = import_first_line(start, len, &line_len);
	const char *brace = line != NULL ? find_brace(line, line_len) : NULL;
	const char *end = line + line_len;
	enum mech mech;

	return brace != NULL && user_length(line, brace) > 0 &&
	    find_scram(&mech, brace + 1, (size_t)(end - brace - 1), '}') &&
	    memchr(brace, ',', (size_t)(end - brace)) != NULL &&
	    memchr(brace, ':', (size_t)(end - brace)) == NULL;
}

const struct import_format import_gsasl = {"gsasl", recognise_gsasl, read_gsasl};
