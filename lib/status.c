/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status: fills faults and has the fixed words for each status.  Knows nothing of what went wrong.
 */
#include <config.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "status.h"
#include "text.h"

/* Takes off the beginning of a character at the end of a text that was cut. */
static void
cut_at_character(char *text)
{
	size_t len = strlen(text), last = len;

	while (last > 0 && ((unsigned char)text[last - 1] & 0xc0) == 0x80)
		last--;
	if (last > 0 && text_utf8_char(text + last - 1, len - last + 1) == 0)
		text[last - 1] = '\0';
}

enum status
(fault_set)(struct fault *f, enum status status, int sys, const char *format, ...)
{
	char text[sizeof f->text], words[128];
	va_list arguments;
	int n;

	if (f == NULL)
		return status;

	/* first aside: an argument may be f->text itself, when a fault is wrapped */
	va_start(arguments, format);
	n = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (n < 0)
		text[0] = '\0';
	if (n >= (int)sizeof text)
		cut_at_character(text);
	if (sys != 0 && n >= 0 && (size_t)n < sizeof text)
		snprintf(text + n, sizeof text - (size_t)n, ": %s", strerror_r(sys, words, sizeof words));

	f->status = status;
	f->sys = sys;
	memcpy(f->text, text, sizeof text);
	return status;
}

const char *
status_text(enum status status)
{
	switch (status) {
	case ST_OK:
		return "done";
	case ST_NOTFOUND:
		return "no such user";
	case ST_EXISTS:
		return "it exists already";
	case ST_BADNAME:
		return "not a valid user or realm";
	case ST_BADVALUE:
		return "not a valid value";
	case ST_NODB:
		return "no database";
	case ST_BUSY:
		return "busy, try again later";
	case ST_PERM:
		return "permission denied";
	case ST_CORRUPT:
		return "the database is damaged";
	case ST_FOREIGN:
		return "not our database";
	case ST_CANTCREATE:
		return "cannot create";
	case ST_RELOAD:
		return "out of reach until the program is restarted";
	case ST_TOOBIG:
		return "too big";
	case ST_COSTLY:
		return "too costly to check";
	case ST_NOMEM:
		return "out of memory";
	case ST_IO:
		return "input or output failed";
	case ST_CONFIG:
		return "configuration error";
	}
	return "unknown status";
}

/*
 * What would not be seen as what it is: C0, DEL, C1; U+2028 and U+2029, at which some readers of logs end the line;
 * U+202A to U+202E and U+2066 to U+2069, which turn the direction of what follows.  s is followed by a NUL.
 */
static bool
is_deceptive(const unsigned char *s)
{
	if (s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0))
		return true;
	return s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae) ||
	    (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9));
}

const char *
escape_for_log(char *out, unsigned long size, const char *text)
{
	size_t len = strlen(text), n = 0;

	if (size == 0)
		return out;
	for (size_t i = 0; i < len;) {
		const unsigned char *s = (const unsigned char *)text + i;
		size_t unit = text_utf8_char(text + i, len - i);
		char hex[5];

		if (unit != 0 && !is_deceptive(s)) {
			if (n + unit >= size)
				break;
			memcpy(out + n, s, unit);
			n += unit;
			i += unit;
			continue;
		}
		if (n + 4 >= size)
			break;
		snprintf(hex, sizeof hex, "\\x%02x", s[0]);
		memcpy(out + n, hex, 4);
		n += 4;
		i++;
	}
	out[n] = '\0';
	return out;
}
