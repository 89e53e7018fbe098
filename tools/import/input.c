/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input: one buffer that a longest line fits into.  What was read may hold passwords, so every byte is wiped
 * when it is no longer needed: only from taken to end there is anything.  Knows no format.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"

/* A line, its CR LF, and room for the NUL behind a last line that has none. */
#define BUFFER_BYTES (INPUT_LINE_MAX + 3)

static const char byte_order_mark[] = "\357\273\277";

enum status
input_open(struct input *in, int fd, const char *name, struct fault *f)
{
	memset(in, 0, sizeof *in);
	in->fd = fd;
	in->name = name;
	in->buffer = malloc(BUFFER_BYTES);
	if (in->buffer == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", name);
	return ST_OK;
}

void
input_close(struct input *in)
{
	if (in->buffer != NULL)
		explicit_bzero(in->buffer + in->taken, in->end - in->taken);
	free(in->buffer);
	memset(in, 0, sizeof *in);
}

/* The line that the caller had. */
static void
wipe_taken(struct input *in)
{
	explicit_bzero(in->buffer + in->taken, in->start - in->taken);
	in->taken = in->start;
}

/* Moves what is unread to the front, and wipes where it was. */
static void
compact(struct input *in)
{
	size_t unread = in->end - in->start;

	memmove(in->buffer, in->buffer + in->start, unread);
	explicit_bzero(in->buffer + unread, in->end - unread);
	in->taken = in->start = 0;
	in->end = unread;
}

/* One read behind what is unread, at most up to the end of the buffer but for the last byte. */
static enum status
fill(struct input *in, struct fault *f)
{
	ssize_t n;

	if (in->start > 0)
		compact(in);
	do {
		n = read(in->fd, in->buffer + in->end, BUFFER_BYTES - 1 - in->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_set(f, ST_IO, errno, "%s", in->name);
	in->at_end = n == 0;
	in->end += (size_t)n;
	return ST_OK;
}

/* Until there are want bytes, or no more to come. */
static enum status
fill_to(struct input *in, size_t want, struct fault *f)
{
	enum status st = ST_OK;

	while (st == ST_OK && !in->at_end && in->end - in->start < want)
		st = fill(in, f);
	return st;
}

static enum status
skip_byte_order_mark(struct input *in, struct fault *f)
{
	size_t len = strlen(byte_order_mark);
	enum status st;

	if (in->begun)
		return ST_OK;
	st = fill_to(in, len, f);
	if (st != ST_OK)
		return st;
	in->begun = true;
	if (in->end >= len && memcmp(in->buffer, byte_order_mark, len) == 0)
		in->taken = in->start = len;
	return ST_OK;
}

enum status
input_peek(struct input *in, size_t want, const char **data, size_t *len, struct fault *f)
{
	enum status st;

	*data = NULL;
	*len = 0;
	wipe_taken(in);
	st = skip_byte_order_mark(in, f);
	if (st == ST_OK)
		st = fill_to(in, want, f);
	if (st != ST_OK)
		return st;
	*data = in->buffer + in->start;
	*len = in->end - in->start;
	return ST_OK;
}

/* Reads on until there is an LF; *length is up to it.  ST_NOTFOUND: there is none within the longest line, or
 * none any more. */
static enum status
find_end(struct input *in, size_t *length, struct fault *f)
{
	size_t seen = 0;

	for (;;) {
		size_t unread = in->end - in->start;
		const char *lf = memchr(in->buffer + in->start + seen, '\n', unread - seen);
		enum status st;

		*length = lf != NULL ? (size_t)(lf - in->buffer) - in->start : unread;
		if (lf != NULL)
			return ST_OK;
		if (in->at_end || unread > INPUT_LINE_MAX + 1)
			return ST_NOTFOUND;
		seen = unread;
		st = fill(in, f);
		if (st != ST_OK)
			return st;
	}
}

/* Takes and forgets everything up to the next LF. */
static enum status
skip_rest(struct input *in, struct fault *f)
{
	size_t length;
	enum status st;

	do {
		st = find_end(in, &length, f);
		in->start += length + (st == ST_OK);
		wipe_taken(in);
	} while (st == ST_NOTFOUND && !in->at_end);
	return st == ST_NOTFOUND ? ST_OK : st;
}

static enum status
too_long(struct fault *f)
{
	return fault_set(f, ST_TOOBIG, 0, "line: longer than %d bytes", INPUT_LINE_MAX);
}

enum status
input_line(struct input *in, char **line, size_t *len, struct fault *f)
{
	size_t length = 0;
	enum status st;

	*line = NULL;
	*len = 0;
	wipe_taken(in);
	st = skip_byte_order_mark(in, f);
	if (st == ST_OK)
		st = find_end(in, &length, f);
	if (st != ST_OK && st != ST_NOTFOUND)
		return st;
	if (st == ST_NOTFOUND && length == 0)
		return ST_NOTFOUND;
	in->line++;
	if (st == ST_NOTFOUND && length > INPUT_LINE_MAX) {
		st = skip_rest(in, f);
		return st == ST_OK ? too_long(f) : st;
	}
	*line = in->buffer + in->start;
	in->start += length + (st == ST_OK);
	if (st == ST_OK && length > 0 && (*line)[length - 1] == '\r')
		length--;
	(*line)[length] = '\0';
	*len = length;
	if (length <= INPUT_LINE_MAX)
		return ST_OK;
	*line = NULL;
	*len = 0;
	return too_long(f);
}
