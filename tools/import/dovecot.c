/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dovecot: a passwd-file of Dovecot: user:{SCHEME}PASSWORD:uid:gid:gecos:home:shell:extra fields.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format.h"
#include "text.h"

/* ---- the text of a password: as it is, in hex, or in base64 ---- */

enum encoding {
	ENCODING_NONE,
	ENCODING_HEX,
	ENCODING_BASE64,
	ENCODING_GUESS		/* hex if it has just the right length, else base64 */
};

/* Hex digits of either case, as Dovecot takes them. */
static long
decode_hex(unsigned char *out, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		const char *at = memchr(digits, text[i], sizeof digits - 1);
		unsigned value = at != NULL ? (unsigned)(at - digits) % 16 : 0;

		if (at == NULL || len % 2 != 0)
			return -1;
		out[i / 2] = (unsigned char)(i % 2 == 0 ? value << 4 : out[i / 2] | value);
	}
	return (long)(len / 2);
}

/* At most len bytes go to out; how many, or -1. */
static long
decode(unsigned char *out, enum encoding encoding, const char *text, size_t len)
{
	switch (encoding) {
	case ENCODING_HEX:
		return decode_hex(out, text, len);
	case ENCODING_BASE64:
		return text_unbase64(out, len, text, len);
	default:
		memcpy(out, text, len);
		return (long)len;
	}
}

/* ---- schemes ---- */

#define MD5_BYTES 16

/* The bytes of the password (decoded) become a secret. */
typedef enum status take_scheme(struct entry *e, enum mech mech, const unsigned char *bytes, size_t len,
    const struct import_sink *sink, struct fault *f);

static enum status
take_crypt(struct entry *e, enum mech mech, const unsigned char *bytes, size_t len,
    const struct import_sink *sink, struct fault *f)
{
	(void)mech;
	return entry_set_crypt(e, (const char *)bytes, len, sink, f);
}

static enum status
take_scram(struct entry *e, enum mech mech, const unsigned char *bytes, size_t len,
    const struct import_sink *sink, struct fault *f)
{
	(void)sink;
	return entry_set_scram(e, mech, (const char *)bytes, len, f);
}

static enum status
take_plain(struct entry *e, enum mech mech, const unsigned char *bytes, size_t len,
    const struct import_sink *sink, struct fault *f)
{
	(void)mech;
	(void)sink;
	return entry_set_password(e, (const char *)bytes, len, f);
}

/* The outer state comes first, and the words have their least significant byte first: both are the other way
 * round in what we store. */
static enum status
take_cram(struct entry *e, enum mech mech, const unsigned char *bytes, size_t len,
    const struct import_sink *sink, struct fault *f)
{
	unsigned char ours[2 * MD5_BYTES];
	char text[2 * sizeof ours + 1];
	enum status st;

	(void)sink;
	if (len != sizeof ours)
		return fault_set(f, ST_BADVALUE, 0, "CRAM-MD5: is not %zu bytes", sizeof ours);
	for (size_t i = 0; i < sizeof ours; i++)
		ours[i] = bytes[(i ^ 3) ^ MD5_BYTES];
	text_hex(text, ours, sizeof ours);
	st = entry_set_secret(e, mech, text, 2 * sizeof ours, f);
	explicit_bzero(ours, sizeof ours);
	explicit_bzero(text, sizeof text);
	return st;
}

static enum status
take_digest(struct entry *e, enum mech mech, const unsigned char *bytes, size_t len,
    const struct import_sink *sink, struct fault *f)
{
	char text[2 * MD5_BYTES + 1 + NAME_BYTES_MAX + 1];
	enum status st;

	(void)sink;
	if (len != MD5_BYTES)
		return fault_set(f, ST_BADVALUE, 0, "DIGEST-MD5: is not %d bytes", MD5_BYTES);
	text_hex(text, bytes, len);
	strcat(text, " ");
	strcat(text, e->record.name.realm_typed);
	st = entry_set_secret(e, mech, text, strlen(text), f);
	explicit_bzero(text, sizeof text);
	return st;
}

static const struct scheme {
	const char *name;
	take_scheme *take;
	enum mech mech;
	enum encoding encoding;	/* if the name does not say another */
	size_t bytes;		/* ENCODING_GUESS: how many there must be */
} schemes[] = {
	{"CRYPT", take_crypt, MECH_PLAIN, ENCODING_NONE, 0},
	{"DES-CRYPT", take_crypt, MECH_PLAIN, ENCODING_NONE, 0},
	{"BLF-CRYPT", take_crypt, MECH_PLAIN, ENCODING_NONE, 0},
	{"SHA256-CRYPT", take_crypt, MECH_PLAIN, ENCODING_NONE, 0},
	{"SHA512-CRYPT", take_crypt, MECH_PLAIN, ENCODING_NONE, 0},
	{"MD5-CRYPT", take_crypt, MECH_PLAIN, ENCODING_NONE, 0},
	{"SCRAM-SHA-1", take_scram, MECH_SCRAM_SHA_1, ENCODING_NONE, 0},
	{"SCRAM-SHA-256", take_scram, MECH_SCRAM_SHA_256, ENCODING_NONE, 0},
	{"CRAM-MD5", take_cram, MECH_CRAM_MD5, ENCODING_GUESS, 2 * MD5_BYTES},
	{"HMAC-MD5", take_cram, MECH_CRAM_MD5, ENCODING_GUESS, 2 * MD5_BYTES},
	{"DIGEST-MD5", take_digest, MECH_DIGEST_MD5, ENCODING_GUESS, MD5_BYTES},
	{"PLAIN", take_plain, MECH_CLEARTEXT, ENCODING_NONE, 0},
	{"CLEAR", take_plain, MECH_CLEARTEXT, ENCODING_NONE, 0},
	{"CLEARTEXT", take_plain, MECH_CLEARTEXT, ENCODING_NONE, 0},
};
#define SCHEME_COUNT (sizeof schemes / sizeof schemes[0])
#define SCHEMES_WORDS \
	"CRYPT, DES-CRYPT, BLF-CRYPT, MD5-CRYPT, SHA256-CRYPT, SHA512-CRYPT, SCRAM-SHA-1, SCRAM-SHA-256, " \
	"CRAM-MD5, DIGEST-MD5, PLAIN, CLEARTEXT"

static bool
is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

/* SCHEME[.b64|.base64|.hex]; NULL: none that can be used. */
static const struct scheme *
find_scheme(const char *text, size_t len, enum encoding *encoding)
{
	const char *dot = memchr(text, '.', len);
	size_t name_len = dot != NULL ? (size_t)(dot - text) : len;
	size_t suffix_len = len - name_len;

	for (size_t i = 0; i < SCHEME_COUNT; i++) {
		if (!is_word(text, name_len, schemes[i].name))
			continue;
		*encoding = schemes[i].encoding;
		if (dot == NULL)
			return &schemes[i];
		*encoding = is_word(dot, suffix_len, ".hex") ? ENCODING_HEX : ENCODING_BASE64;
		if (*encoding == ENCODING_HEX || is_word(dot, suffix_len, ".b64") ||
		    is_word(dot, suffix_len, ".base64"))
			return &schemes[i];
	}
	return NULL;
}

static enum status
unknown_scheme(const char *text, size_t len, struct fault *f)
{
	char copy[32], shown[4 * sizeof copy];

	if (len >= sizeof copy || memchr(text, '\0', len) != NULL)
		return fault_set(f, ST_BADVALUE, 0, "scheme: cannot be imported; these can: " SCHEMES_WORDS);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return fault_set(f, ST_BADVALUE, 0, "scheme {%s}: cannot be imported; these can: " SCHEMES_WORDS,
	    escape_for_log(shown, sizeof shown, copy));
}

static enum status
take_decoded(struct entry *e, const struct scheme *s, enum encoding encoding, const char *text, size_t len,
    const struct import_sink *sink, struct fault *f)
{
	unsigned char *bytes = malloc(len + 1);
	enum status st;
	long n;

	if (bytes == NULL)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", s->name);
	if (encoding == ENCODING_GUESS)
		encoding = len == 2 * s->bytes ? ENCODING_HEX : ENCODING_BASE64;
	n = decode(bytes, encoding, text, len);
	if (n < 0)
		st = fault_set(f, ST_BADVALUE, 0, "%s: is not %s", s->name,
		    encoding == ENCODING_HEX ? "hex digits" : "base64");
	else
		st = s->take(e, s->mech, bytes, (size_t)n, sink, f);
	explicit_bzero(bytes, len + 1);
	free(bytes);
	return st;
}

/* ---- the line ---- */

/* {SCHEME}text, or a crypt(3) string */
static enum status
take_field(struct entry *e, const char *field, size_t len, const struct import_sink *sink, struct fault *f)
{
	const char *end = len > 0 && field[0] == '{' ? memchr(field, '}', len) : NULL;
	enum encoding encoding = ENCODING_NONE;
	const struct scheme *s;

	if (end == NULL)
		return entry_set_crypt(e, field, len, sink, f);
	s = find_scheme(field + 1, (size_t)(end - field - 1), &encoding);
	if (s == NULL)
		return unknown_scheme(field + 1, (size_t)(end - field - 1), f);
	end++;
	return take_decoded(e, s, encoding, end, len - (size_t)(end - field), sink, f);
}

/* Words separated by spaces; nologin, whatever value it has, lets nobody in. */
static bool
says_nologin(const char *extra, size_t len)
{
	static const char word[] = "nologin";

	for (const char *at = extra, *end = extra + len; at < end;) {
		const char *space = memchr(at, ' ', (size_t)(end - at));
		size_t n = (size_t)((space != NULL ? space : end) - at);

		if (n >= sizeof word - 1 && memcmp(at, word, sizeof word - 1) == 0 &&
		    (n == sizeof word - 1 || at[sizeof word - 1] == '='))
			return true;
		at += n + (space != NULL);
	}
	return false;
}

/* What is behind the sixth colon after at; NULL: there are fewer. */
static const char *
find_extra(const char *at, const char *end)
{
	for (unsigned i = 0; i < 6 && at != NULL; i++) {
		at = memchr(at, ':', (size_t)(end - at));
		if (at != NULL)
			at++;
	}
	return at;
}

/* The hash covers a realm: the one of the line, or the one that -u says, but none that was only guessed. */
static enum status
check_digest_realm(const struct entry *e, bool realm_known, struct fault *f)
{
	if (e->record.secrets[MECH_DIGEST_MD5].text == NULL || realm_known)
		return ST_OK;
	return fault_set(f, ST_BADVALUE, 0, "DIGEST-MD5: the line has no realm, and the hash is of one; say "
	    "USER@REALM, or -u REALM, as it was spelled when the hash was made");
}

static enum status
parse_line(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f)
{
	const char *end = line + len, *colon = memchr(line, ':', len), *stop, *extra;
	size_t user_len;
	enum status st;

	if (colon == NULL)
		return fault_set(f, ST_BADVALUE, 0, "line: is not USER:{SCHEME}PASSWORD, there is no colon");
	user_len = (size_t)(colon - line);
	st = entry_set_name(e, line, user_len, o, f);
	if (st != ST_OK)
		return st;
	colon++;
	stop = memchr(colon, ':', (size_t)(end - colon));
	st = take_field(e, colon, (size_t)((stop != NULL ? stop : end) - colon), sink, f);
	if (st == ST_OK)
		st = check_digest_realm(e, o->realm != NULL || memchr(line, '@', user_len) != NULL, f);
	extra = find_extra(colon, end);
	if (st == ST_OK && extra != NULL && says_nologin(extra, (size_t)(end - extra)))
		e->locked = true;
	return st;
}

static enum status
read_dovecot(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	return import_read_lines(in, o, sink, true, parse_line, f);
}

const struct import_format import_dovecot = {"dovecot", NULL, read_dovecot};
