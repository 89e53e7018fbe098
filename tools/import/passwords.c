/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * passwords: readable ones.  A hash that is taken for a password would never let its user in, so neither form
 * is recognised; it must be named.
 */
#include "config.h"

#include <string.h>

#include "format.h"

/* user[@realm]:password, which may hold colons. */
static enum status
parse_colon(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f)
{
	const char *colon = memchr(line, ':', len);
	size_t user_len;
	enum status st;

	(void)sink;
	if (colon == NULL)
		return fault_set(f, ST_BADVALUE, 0, "line: is not USER:PASSWORD, there is no colon");
	user_len = (size_t)(colon - line);
	st = entry_set_name(e, line, user_len, o, f);
	return st == ST_OK ? entry_set_password(e, colon + 1, len - user_len - 1, f) : st;
}

/* user TAB realm TAB password */
static enum status
parse_tsv(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f)
{
	const char *end = line + len, *realm = memchr(line, '\t', len), *password = NULL;
	enum status st;

	(void)sink;
	if (realm != NULL)
		password = memchr(realm + 1, '\t', (size_t)(end - realm - 1));
	if (password == NULL || memchr(password + 1, '\t', (size_t)(end - password - 1)) != NULL)
		return fault_set(f, ST_BADVALUE, 0, "line: is not USER, TAB, REALM, TAB, PASSWORD");
	realm++;
	password++;
	if (password - realm == 1)
		st = entry_set_name(e, line, (size_t)(realm - 1 - line), o, f);
	else
		st = entry_set_user_realm(e, line, (size_t)(realm - 1 - line), realm,
		    (size_t)(password - 1 - realm), o, f);
	return st == ST_OK ? entry_set_password(e, password, (size_t)(end - password), f) : st;
}

static enum status
read_colon(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	return import_read_lines(in, o, sink, true, parse_colon, f);
}

static enum status
read_tsv(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	return import_read_lines(in, o, sink, true, parse_tsv, f);
}

const struct import_format import_colon = {"colon", NULL, read_colon};
const struct import_format import_tsv = {"tsv", NULL, read_tsv};
