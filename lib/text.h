/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text: the small encodings that a record and a secret are written in.  All are strict and canonical: what
 * decodes is exactly what the encoder writes, so one content has one spelling.
 *
 * Nothing here allocates.  Outputs may hold secrets: the caller wipes them.
 */
#ifndef GSASLDB_TEXT_H
#define GSASLDB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Escapes a value so that it fits on a line: "\\" for a backslash, "\n" for LF, "\xHH" (lower case) for
 * every other byte below 0x20 and for 0x7f; all else stays as it is.  Writes at most 4 * len bytes and no
 * NUL; returns the length.  out NULL: only the length.
 */
size_t text_escape(char *out, const char *in, size_t len);

/* The reverse.  Writes at most len bytes and no NUL; returns the length, or -1 if in is not what
 * text_escape() writes.  out NULL: only the check. */
long text_unescape(char *out, const char *in, size_t len);

/* Lower-case hex: 2 * len digits and a NUL. */
void text_hex(char *out, const void *in, size_t len);

/* Reads exactly 2 * bytes lower-case hex digits; false if in is anything else. */
bool text_unhex(unsigned char *out, size_t bytes, const char *in, size_t len);

/* Base64 (RFC 4648 section 4), padded, and a NUL: TEXT_BASE64_SIZE(len) bytes.  Returns the length. */
#define TEXT_BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)
size_t text_base64(char *out, const void *in, size_t len);

/* The reverse.  Returns the length, or -1: not canonical base64, or more than max bytes. */
long text_unbase64(unsigned char *out, size_t max, const char *in, size_t len);

/* "2026-11-24T03:04:05Z" and a NUL, for seconds since 1970 UTC.  Times before 1970 and after 9999 become the
 * nearest that can be written. */
#define TEXT_TIME_SIZE 21
void text_time(char out[TEXT_TIME_SIZE], int64_t seconds);

/* The reverse, for 1970 to 9999; false if in is anything else (no such day, a leap second, ...). */
bool text_untime(int64_t *out, const char *in, size_t len);

/* How many bytes the well-formed UTF-8 character at text has (RFC 3629 section 4); 0 if there is none. */
size_t text_utf8_char(const char *text, size_t len);

#endif
