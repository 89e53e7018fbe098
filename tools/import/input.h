/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input: the bytes that are imported, as lines.  A line is never longer than INPUT_LINE_MAX, whatever comes; a
 * byte order mark of UTF-8 at the very start is no part of it.
 */
#ifndef GSASLDB_IMPORT_INPUT_H
#define GSASLDB_IMPORT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

#define INPUT_LINE_MAX 1000000	/* a record of 64 KB whose every byte is escaped in JSON fits */

struct input {
	int fd;			/* the caller's */
	const char *name;	/* for messages: the file's, or "standard input" */
	unsigned long line;	/* of the line read last, from 1 */
	char *buffer;
	size_t taken;		/* where the line that was read last begins */
	size_t start, end;	/* what is unread in it */
	bool begun, at_end;
};

/* Errors: ST_NOMEM. */
enum status input_open(struct input *in, int fd, const char *name, struct fault *f);

/* Wipes what was read; the descriptor stays open. */
void input_close(struct input *in);

/*
 * The bytes to come, at least want of them unless the input is shorter, without taking them; valid until the
 * next call.  want: at most INPUT_LINE_MAX.  Errors: ST_IO.
 */
enum status input_peek(struct input *in, size_t want, const char **data, size_t *len, struct fault *f);

/*
 * The next line, without its LF or CR LF, and with a NUL behind it that does not count; it may hold NUL bytes
 * and anything else.  The caller may write into it.  It is wiped by the next call.
 * ST_NOTFOUND: there is none.  Errors: ST_TOOBIG (this line is skipped, reading can go on), ST_IO.
 */
enum status input_line(struct input *in, char **line, size_t *len, struct fault *f);

#endif
