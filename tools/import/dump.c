/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump: reads db_dump's and mdb_dump's text.  Knows nothing of users.
 */
#include "config.h"

#include <string.h>

#include "dump.h"

struct dump {
	struct input *in;
	dump_visitor *each;
	void *arg;
	const struct import_sink *sink;
	bool print;		/* format=print: only what cannot be printed is escaped */
	bool lmdb;
	bool stop;		/* the rest would make no sense */
	bool have_key, key_good;
	unsigned long key_line;
	char key[DUMP_KEY_MAX];
	size_t key_len;
};

static enum status
bad(const struct dump *d, const char *why)
{
	d->sink->bad(d->sink->arg, d->in->line, why);
	return ST_OK;
}

static enum status
bad_and_stop(struct dump *d, const char *why)
{
	d->stop = true;
	return bad(d, why);
}

static bool
is_line(const char *line, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(line, word, len) == 0;
}

static bool
begins(const char *line, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

/* ---- the header ---- */

static void
take_header_line(struct dump *d, const char *line, size_t len)
{
	if (memchr(line, '=', len) == NULL)
		bad_and_stop(d, "dump: a line of the header is not NAME=VALUE");
	else if (is_line(line, len, "format=print"))
		d->print = true;
	else if (begins(line, len, "format=") && !is_line(line, len, "format=bytevalue"))
		bad_and_stop(d, "dump: its format is neither bytevalue nor print");
	else if (is_line(line, len, "keys=0"))
		bad_and_stop(d, "dump: is without keys");
	else if (begins(line, len, "maxreaders=") || begins(line, len, "mapsize="))
		d->lmdb = true;
}

/* ST_NOTFOUND: the input has ended where a part would begin. */
static enum status
read_header(struct dump *d, struct fault *f)
{
	enum status st;
	char *line;
	size_t len;

	st = input_line(d->in, &line, &len, f);
	if (st == ST_OK && !is_line(line, len, "VERSION=3"))
		return bad_and_stop(d, "dump: does not begin with VERSION=3");
	d->print = d->lmdb = false;
	while (st == ST_OK && !d->stop) {
		st = input_line(d->in, &line, &len, f);
		if (st == ST_NOTFOUND)
			return bad_and_stop(d, "dump: is cut off in its header");
		if (st == ST_OK && is_line(line, len, "HEADER=END"))
			return ST_OK;
		if (st == ST_OK)
			take_header_line(d, line, len);
	}
	return st == ST_TOOBIG ? bad_and_stop(d, f->text) : st;
}

/* ---- the data ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Two hex digits; -1 if they are none. */
static int
hex_byte(const char *text, const char *end)
{
	int high = end - text >= 2 ? hex_digit(text[0]) : -1;
	int low = high >= 0 ? hex_digit(text[1]) : -1;

	return low >= 0 ? high * 16 + low : -1;
}

/*
 * One escape at text, just behind the backslash; how many bytes it has, or 0 if it is none that the programs
 * write.  An old mdb_dump -p writes a backslash as it is, a new one twice: for LMDB two of them can be either.
 */
static size_t
decode_escape(const struct dump *d, char *out, const char *text, const char *end)
{
	int byte = hex_byte(text, end);

	if (text < end && text[0] == '\\' && !d->lmdb) {
		*out = '\\';
		return 1;
	}
	if (byte < 0 || (byte >= ' ' && byte <= '~'))
		return 0;
	*out = (char)byte;
	return 2;
}

/* Decodes in place.  Returns the length, or -1.  *escaped: some byte was. */
static long
decode_print(const struct dump *d, char *line, size_t len, bool *escaped)
{
	const char *in = line, *end = line + len;
	char *out = line;

	while (in < end) {
		size_t n;

		if (*in != '\\') {
			*out++ = *in++;
			continue;
		}
		*escaped = true;
		n = decode_escape(d, out++, in + 1, end);
		if (n == 0)
			return -1;
		in += 1 + n;
	}
	return (long)(out - line);
}

static long
decode_bytes(char *line, size_t len)
{
	for (size_t i = 0; i < len; i += 2) {
		int byte = hex_byte(line + i, line + len);

		if (byte < 0)
			return -1;
		line[i / 2] = (char)byte;
	}
	return (long)(len / 2);
}

static enum status
take_key(struct dump *d, const char *key, size_t len)
{
	d->have_key = true;
	d->key_line = d->in->line;
	d->key_good = len <= sizeof d->key;
	if (!d->key_good)
		return bad(d, "key: is too long for a user's");
	memcpy(d->key, key, len);
	d->key_len = len;
	return ST_OK;
}

/* A line of data that cannot be read: it was still a key or a value. */
static enum status
skip_data(struct dump *d, const char *why)
{
	d->have_key = !d->have_key;
	d->key_good = false;
	return bad(d, why);
}

static enum status
take_data(struct dump *d, char *line, size_t len, struct fault *f)
{
	bool escaped = false;
	long n = d->print ? decode_print(d, line, len, &escaped) : decode_bytes(line, len);

	if (n < 0 && d->print && d->lmdb)
		return skip_data(d,
		    "dump: mdb_dump -p does not write a backslash unmistakably: dump it without -p");
	if (n < 0)
		return skip_data(d, d->print ? "dump: an escape is wrong" : "dump: is not hex digits");
	if (!d->have_key)
		return take_key(d, line, (size_t)n);
	d->have_key = false;
	if (!d->key_good)
		return ST_OK;
	return d->each(d->arg, d->key_line, d->key, d->key_len, line, (size_t)n, d->lmdb && escaped, f);
}

static enum status
read_data(struct dump *d, struct fault *f)
{
	enum status st = ST_OK;
	char *line;
	size_t len;

	d->have_key = false;
	while (st == ST_OK && !d->stop) {
		st = input_line(d->in, &line, &len, f);
		if (st == ST_NOTFOUND)
			return bad_and_stop(d, "dump: is cut off, there is no DATA=END");
		if (st == ST_OK && is_line(line, len, "DATA=END"))
			return d->have_key ? bad_and_stop(d, "dump: a key has no value") : ST_OK;
		if (st == ST_TOOBIG)
			st = skip_data(d, f->text);
		else if (st == ST_OK && line[0] != ' ')
			st = bad_and_stop(d, "dump: a line of data does not begin with a space");
		else if (st == ST_OK)
			st = take_data(d, line + 1, len - 1, f);
	}
	return st;
}

enum status
dump_each(struct input *in, dump_visitor *each, void *arg, const struct import_sink *sink, struct fault *f)
{
	struct dump d = {.in = in, .each = each, .arg = arg, .sink = sink};
	enum status st = ST_OK;
	bool ended = false;

	while (st == ST_OK && !d.stop && !ended) {
		st = read_header(&d, f);
		ended = st == ST_NOTFOUND;
		if (ended)
			st = ST_OK;
		else if (st == ST_OK && !d.stop)
			st = read_data(&d, f);
	}
	explicit_bzero(&d, sizeof d);
	return st;
}
