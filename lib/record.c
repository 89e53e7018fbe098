/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record: a user's entry in memory, and its text form, which doc/FORMAT.md has byte by byte.  Knows no
 * database.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "record.h"
#include "text.h"

#define MAGIC "gsasldb "
#define VERSION_LINE "gsasldb 1 00000000\n"	/* the zeros stand for the checksum */
#define VERSION_LINE_BYTES (sizeof VERSION_LINE - 1)
#define CHECKSUM_OFFSET 10
#define CHECKSUM_BYTES 4
#define PROPERTY_NAME_MAX 255

/* The lines that there is at most one of, beside the mechanisms. */
enum field {
	FIELD_USER,
	FIELD_REALM,
	FIELD_CREATED,
	FIELD_CHANGED,
	FIELD_DISABLED,
	FIELD_EXPIRES,
	FIELD_COUNT
};
static const char *const field_names[FIELD_COUNT] = {
    "user", "realm", "created", "changed", "disabled", "expires"};
static const char property_word[] = "property";

/* ---- in memory ---- */

static void
wipe_string(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

static void
clear_property(struct property *p)
{
	free(p->name);
	if (p->value != NULL)
		explicit_bzero(p->value, p->len);
	free(p->value);
}

void
record_init(struct record *r, const struct name *name, int64_t now)
{
	memset(r, 0, sizeof *r);
	r->name = *name;
	strcpy(r->name.realm_typed, r->name.realm);
	r->created = now;
	r->changed = now;
}

void
record_clear(struct record *r)
{
	for (size_t i = 0; i < MECH_COUNT; i++)
		secret_free(&r->secrets[i]);
	for (size_t i = 0; i < r->property_count; i++)
		clear_property(&r->properties[i]);
	free(r->properties);
	wipe_string(r->unknown);
	record_free_value(r->value, r->value_len);
	memset(r, 0, sizeof *r);
}

/* Where the property is (true), or where it would be inserted: they are sorted by name. */
static bool
find_property(const struct record *r, const char *name, size_t *at)
{
	for (*at = 0; *at < r->property_count; (*at)++) {
		int order = strcmp(r->properties[*at].name, name);

		if (order >= 0)
			return order == 0;
	}
	return false;
}

const struct property *
record_property(const struct record *r, const char *name)
{
	size_t at;

	return find_property(r, name, &at) ? &r->properties[at] : NULL;
}

/* A word of printable ASCII. */
static bool
is_property_name(const char *name, size_t len)
{
	if (len == 0 || len > PROPERTY_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	}
	return true;
}

/* Puts a property at its place; p's pointers are the record's on success. */
static bool
insert_property(struct record *r, size_t at, const struct property *p)
{
	struct property *more = realloc(r->properties, (r->property_count + 1) * sizeof *more);

	if (more == NULL)
		return false;
	r->properties = more;
	memmove(more + at + 1, more + at, (r->property_count - at) * sizeof *more);
	more[at] = *p;
	r->property_count++;
	return true;
}

static void
remove_property(struct record *r, size_t at)
{
	clear_property(&r->properties[at]);
	r->property_count--;
	memmove(r->properties + at, r->properties + at + 1, (r->property_count - at) * sizeof *r->properties);
}

enum status
record_set_property(struct record *r, const char *name, const char *value, size_t len, struct fault *f)
{
	struct property p = {NULL, NULL, len};
	size_t at;
	bool there;

	if (!is_property_name(name, strlen(name)))
		return fault_set(f, ST_BADVALUE, 0,
		    "property: a name is 1 to %d printable ASCII characters without a space",
		    PROPERTY_NAME_MAX);
	there = find_property(r, name, &at);
	if (value == NULL) {
		if (there)
			remove_property(r, at);
		return ST_OK;
	}
	p.name = strdup(name);
	p.value = malloc(len + 1);
	if (p.name == NULL || p.value == NULL)
		goto nomem;
	memcpy(p.value, value, len);
	p.value[len] = '\0';
	if (there) {
		clear_property(&r->properties[at]);
		r->properties[at] = p;
		return ST_OK;
	}
	if (insert_property(r, at, &p))
		return ST_OK;
nomem:
	clear_property(&p);
	return fault_set(f, ST_NOMEM, 0, "property: out of memory");
}

enum status
record_copy(struct record *out, const struct record *r, struct fault *f)
{
	bool good = true;

	record_init(out, &r->name, r->created);
	out->changed = r->changed;
	out->disabled = r->disabled;
	out->expires = r->expires;
	for (size_t i = 0; good && i < MECH_COUNT; i++) {
		if (r->secrets[i].text == NULL)
			continue;
		out->secrets[i].text = strdup(r->secrets[i].text);
		good = out->secrets[i].text != NULL;
	}
	for (size_t i = 0; good && i < r->property_count; i++) {
		const struct property *p = &r->properties[i];

		good = record_set_property(out, p->name, p->value, p->len, NULL) == ST_OK;
	}
	if (good && r->unknown != NULL) {
		out->unknown = strdup(r->unknown);
		good = out->unknown != NULL;
	}
	if (good)
		return ST_OK;
	record_clear(out);
	return fault_set(f, ST_NOMEM, 0, "record: out of memory");
}

size_t
record_secret_count(const struct record *r)
{
	size_t n = 0;

	for (size_t i = 0; i < MECH_COUNT; i++)
		n += r->secrets[i].text != NULL;
	return n;
}

unsigned
record_secret_bits(const struct record *r)
{
	unsigned bits = 0;

	for (size_t i = 0; i < MECH_COUNT; i++)
		if (r->secrets[i].text != NULL)
			bits |= 1u << i;
	return bits;
}

const char *
record_mech_names(const struct record *r, char *out, size_t size)
{
	size_t n = 0;

	if (size > 0)
		out[0] = '\0';
	for (size_t i = 0; i < MECH_COUNT && n < size; i++) {
		if (r->secrets[i].text != NULL)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n == 0 ? "" : " ",
			    mech_info((enum mech)i)->name);
	}
	return out;
}

/* ---- lines of a later version ---- */

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Does the line begin with the name of a mechanism?  Then it is a secret. */
static bool
is_secret_line(const char *line)
{
	const char *p = line;

	if (!is_capital(*p))
		return false;
	while (is_capital(*p) || (*p >= '0' && *p <= '9') || *p == '-' || *p == '_')
		p++;
	return *p == ' ';
}

/* Appends those lines of text (may be NULL) to out that are secrets, or those that are not; returns how many bytes. */
static size_t
pick_lines(char *out, const char *text, bool secrets)
{
	size_t picked = 0;

	while (text != NULL && *text != '\0') {
		const char *lf = strchr(text, '\n');
		size_t len = lf != NULL ? (size_t)(lf - text) + 1 : strlen(text);

		if (is_secret_line(text) == secrets) {
			memmove(out + picked, text, len);
			picked += len;
		}
		text += len;
	}
	return picked;
}

bool
record_has_unknown_secrets(const struct record *r)
{
	char names[2];

	return record_unknown_names(r, names, sizeof names)[0] != '\0';
}

const char *
record_unknown_names(const struct record *r, char *out, size_t size)
{
	size_t n = 0;

	if (size > 0)
		out[0] = '\0';
	for (const char *line = r->unknown; line != NULL && *line != '\0' && n < size;) {
		const char *lf = strchr(line, '\n');

		if (is_secret_line(line))
			n += (size_t)snprintf(out + n, size - n, "%s%.*s", n == 0 ? "" : " ", (int)strcspn(line, " "), line);
		line = lf != NULL ? lf + 1 : NULL;
	}
	return out;
}

void
record_drop_unknown_secrets(struct record *r)
{
	size_t before = r->unknown != NULL ? strlen(r->unknown) : 0, after;

	if (before == 0)
		return;
	after = pick_lines(r->unknown, r->unknown, false);	/* each line moves to the front, or stays */
	explicit_bzero(r->unknown + after, before - after);
	if (after == 0) {
		free(r->unknown);
		r->unknown = NULL;
	}
}

enum status
record_set_unknown(struct record *r, const char *lines, bool keep_secrets, struct fault *f)
{
	size_t room = (lines != NULL ? strlen(lines) : 0) + (r->unknown != NULL ? strlen(r->unknown) : 0) + 1, n = 0;
	char *all = malloc(room);

	if (all == NULL)
		return fault_set(f, ST_NOMEM, 0, "record: out of memory");
	if (keep_secrets) {
		n = pick_lines(all, lines, false);
		n += pick_lines(all + n, r->unknown, true);
	} else if (lines != NULL) {
		n = strlen(lines);
		memcpy(all, lines, n);
	}
	all[n] = '\0';
	wipe_string(r->unknown);
	r->unknown = n > 0 ? all : NULL;
	if (n == 0)
		free(all);
	return ST_OK;
}

bool
record_active(const struct record *r, int64_t now)
{
	return r->disabled == 0 && (r->expires == 0 || now < r->expires);
}

/* ---- writing ---- */

/* Writes to at, or only counts if at is NULL. */
struct writer {
	char *at;
	size_t len;
};

static void
put(struct writer *w, const char *data, size_t len)
{
	if (w->at != NULL)
		memcpy(w->at + w->len, data, len);
	w->len += len;
}

static void
put_line(struct writer *w, const char *name, const char *value)
{
	put(w, name, strlen(name));
	put(w, " ", 1);
	put(w, value, strlen(value));
	put(w, "\n", 1);
}

static void
put_time(struct writer *w, enum field field, int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, seconds);
	put_line(w, field_names[field], text);
}

static void
put_property(struct writer *w, const struct property *p)
{
	put(w, property_word, strlen(property_word));
	put(w, " ", 1);
	put(w, p->name, strlen(p->name));
	put(w, " ", 1);
	w->len += text_escape(w->at != NULL ? w->at + w->len : NULL, p->value, p->len);
	put(w, "\n", 1);
}

static void
put_record(struct writer *w, const struct record *r)
{
	put(w, VERSION_LINE, VERSION_LINE_BYTES);
	put_line(w, field_names[FIELD_USER], r->name.user);
	put_line(w, field_names[FIELD_REALM], r->name.realm);
	put_time(w, FIELD_CREATED, r->created);
	put_time(w, FIELD_CHANGED, r->changed);
	/* 0 means never, so a time that was before 1970 must not become it: fail closed */
	if (r->disabled != 0)
		put_time(w, FIELD_DISABLED, r->disabled > 0 ? r->disabled : 1);
	if (r->expires != 0)
		put_time(w, FIELD_EXPIRES, r->expires > 0 ? r->expires : 1);
	for (size_t i = 0; i < MECH_COUNT; i++) {
		if (r->secrets[i].text != NULL)
			put_line(w, mech_info((enum mech)i)->name, r->secrets[i].text);
	}
	for (size_t i = 0; i < r->property_count; i++)
		put_property(w, &r->properties[i]);
	if (r->unknown != NULL)
		put(w, r->unknown, strlen(r->unknown));
}

/* Over the key, a NUL, and everything after the first line, big-endian. */
static void
compute_checksum(unsigned char out[CHECKSUM_BYTES], const char *key, size_t key_len, const char *value,
    size_t len)
{
	uint32_t crc = checksum(0, key, key_len);

	crc = checksum(crc, "", 1);
	crc = checksum(crc, value + VERSION_LINE_BYTES, len - VERSION_LINE_BYTES);
	for (unsigned i = 0; i < CHECKSUM_BYTES; i++)
		out[i] = (unsigned char)(crc >> (24 - 8 * i));
}

enum status
record_format(const struct record *r, char **out, size_t *len, struct fault *f)
{
	struct writer w = {NULL, 0};
	unsigned char crc[CHECKSUM_BYTES];
	char key[NAME_KEY_MAX], digits[2 * CHECKSUM_BYTES + 1];

	*out = NULL;
	*len = 0;
	put_record(&w, r);
	if (w.len > RECORD_BYTES_MAX)
		return fault_set(f, ST_TOOBIG, 0, "record: would be %zu bytes, and at most %d can be stored",
		    w.len, RECORD_BYTES_MAX);
	w.at = malloc(w.len);
	if (w.at == NULL)
		return fault_set(f, ST_NOMEM, 0, "record: out of memory");
	w.len = 0;
	put_record(&w, r);
	compute_checksum(crc, key, name_key(&r->name, key), w.at, w.len);
	text_hex(digits, crc, sizeof crc);
	memcpy(w.at + CHECKSUM_OFFSET, digits, 2 * CHECKSUM_BYTES);
	*out = w.at;
	*len = w.len;
	return ST_OK;
}

void
record_free_value(char *value, size_t len)
{
	if (value != NULL)
		explicit_bzero(value, len);
	free(value);
}

enum status
record_same(bool *same, const struct record *a, const struct record *b, struct fault *f)
{
	char *a_text = NULL, *b_text = NULL;
	size_t a_len = 0, b_len = 0;
	enum status st;

	*same = false;
	st = record_format(a, &a_text, &a_len, f);
	if (st == ST_OK)
		st = record_format(b, &b_text, &b_len, f);
	if (st == ST_OK)
		*same = a_len == b_len && memcmp(a_text, b_text, a_len) == 0;
	record_free_value(a_text, a_len);
	record_free_value(b_text, b_len);
	return st;
}

/* ---- reading ---- */

struct line {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
};

/* What need not be looked at. */
enum trust {
	TRUST_NOTHING,
	TRUST_FORM,	/* of names and secrets: our tools wrote what has the right checksum */
	TRUST_ALL	/* this process has just written it */
};

struct parser {
	struct record *r;
	enum trust trust;
	unsigned expected;			/* line_name() where the search for the next name begins */
	unsigned seen;				/* bit for each enum field */
	size_t unknown_len, unknown_max;
};

/* Cuts the line that begins at *at; false if it is not NAME SP VALUE LF. */
static bool
next_line(struct line *line, const char **at, const char *end)
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at));
	const char *space = lf != NULL ? memchr(*at, ' ', (size_t)(lf - *at)) : NULL;

	if (space == NULL || space == *at)
		return false;
	line->name = *at;
	line->name_len = (size_t)(space - *at);
	line->value = space + 1;
	line->value_len = (size_t)(lf - line->value);
	*at = lf + 1;
	return true;
}

static bool
is_named(const struct line *line, const char *name)
{
	/* the first byte rules out most */
	return line->name[0] == name[0] && strlen(name) == line->name_len &&
	    memcmp(line->name, name, line->name_len) == 0;
}

static enum status
corrupt(const char *what, struct fault *f)
{
	return fault_set(f, ST_CORRUPT, 0, "%s", what);
}

/* name_parse() looks at what it says; here only that it fits. */
static enum status
take_name(char out[NAME_BYTES_MAX + 1], const struct line *line, struct fault *f)
{
	if (line->value_len > NAME_BYTES_MAX)
		return corrupt("the user or realm cannot be one", f);
	memcpy(out, line->value, line->value_len);
	out[line->value_len] = '\0';
	return ST_OK;
}

static enum status
take_field(struct parser *p, enum field field, const struct line *line, struct fault *f)
{
	int64_t *const times[FIELD_COUNT] = {
	    [FIELD_CREATED] = &p->r->created,
	    [FIELD_CHANGED] = &p->r->changed,
	    [FIELD_DISABLED] = &p->r->disabled,
	    [FIELD_EXPIRES] = &p->r->expires,
	};

	if ((p->seen & 1u << field) != 0)
		return corrupt("a line is there twice", f);
	p->seen |= 1u << field;
	if (field == FIELD_USER)
		return take_name(p->r->name.user, line, f);
	if (field == FIELD_REALM)
		return take_name(p->r->name.realm, line, f);
	if (!text_untime(times[field], line->value, line->value_len))
		return corrupt("a time is wrong", f);
	if (*times[field] == 0 && (field == FIELD_DISABLED || field == FIELD_EXPIRES))
		return corrupt("a time is wrong", f);	/* in memory it would mean never */
	return ST_OK;
}

static enum status
take_secret(struct parser *p, enum mech mech, const struct line *line, struct fault *f)
{
	struct secret *secret = &p->r->secrets[mech];
	struct fault why;

	if (secret->text != NULL)
		return corrupt("a mechanism is there twice", f);
	if (p->r->value != NULL) {
		secret->text = p->r->value + (line->value - p->r->value);
		secret->text[line->value_len] = '\0';	/* where the line ended */
		secret->inside = true;
	} else {
		secret->text = strndup(line->value, line->value_len);
	}
	if (secret->text == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	if (p->trust == TRUST_NOTHING && secret_check(mech, secret->text, &why) != ST_OK)
		return corrupt(why.text, f);
	return ST_OK;
}

/* The value is NAME SP ESCAPED; names ascend, so that none can be there twice. */
static enum status
take_property(struct parser *p, const struct line *line, struct fault *f)
{
	struct record *r = p->r;
	const char *space = memchr(line->value, ' ', line->value_len);
	size_t name_len = space != NULL ? (size_t)(space - line->value) : 0;
	struct property property = {NULL, NULL, 0};
	long len;

	if (!is_property_name(line->value, name_len))
		return corrupt("a property has no name", f);
	property.name = strndup(line->value, name_len);
	property.value = malloc(line->value_len - name_len);
	if (property.name == NULL || property.value == NULL)
		goto nomem;
	len = text_unescape(property.value, space + 1, line->value_len - name_len - 1);
	if (len < 0 || (r->property_count > 0 &&
	    strcmp(r->properties[r->property_count - 1].name, property.name) >= 0)) {
		clear_property(&property);
		return corrupt("a property is wrong, out of order or there twice", f);
	}
	property.value[len] = '\0';
	property.len = (size_t)len;
	if (insert_property(r, r->property_count, &property))
		return ST_OK;
nomem:
	clear_property(&property);
	return fault_set(f, ST_NOMEM, 0, "out of memory");
}

/* A line of a later version: kept as it is. */
static enum status
take_unknown(struct parser *p, const struct line *line, struct fault *f)
{
	size_t len = line->name_len + 1 + line->value_len + 1;

	if (p->r->unknown == NULL)
		p->r->unknown = malloc(p->unknown_max + 1);
	if (p->r->unknown == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	memcpy(p->r->unknown + p->unknown_len, line->name, len);
	p->unknown_len += len;
	p->r->unknown[p->unknown_len] = '\0';
	return ST_OK;
}

/* The names that we know, in the order in which they are written: fields, mechanisms, properties. */
#define PROPERTY_LINE (FIELD_COUNT + MECH_COUNT)
#define LINE_NAMES (PROPERTY_LINE + 1)

static const char *
line_name(unsigned i)
{
	if (i < FIELD_COUNT)
		return field_names[i];
	return i < PROPERTY_LINE ? mech_info((enum mech)(i - FIELD_COUNT))->name : property_word;
}

static enum status
take_line(struct parser *p, const struct line *line, struct fault *f)
{
	unsigned left = LINE_NAMES, i = p->expected;

	while (left > 0 && !is_named(line, line_name(i))) {
		i = (i + 1) % LINE_NAMES;
		left--;
	}
	if (left == 0)
		return take_unknown(p, line, f);
	p->expected = i;
	if (i < FIELD_COUNT)
		return take_field(p, (enum field)i, line, f);
	if (i < PROPERTY_LINE)
		return take_secret(p, (enum mech)(i - FIELD_COUNT), line, f);
	return take_property(p, line, f);
}

/* Is it one of our records, of a version that we read, whole, and the one that key is for? */
static enum status
check_version_line(const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	unsigned char written[CHECKSUM_BYTES], computed[CHECKSUM_BYTES];
	size_t magic = strlen(MAGIC), version;

	if (len < magic || memcmp(value, MAGIC, magic) != 0)
		return fault_set(f, ST_FOREIGN, 0, "not a record of gsasldb");
	for (version = 0; magic + version < len && version < 9; version++) {
		if (value[magic + version] < '0' || value[magic + version] > '9')
			break;
	}
	if (version > 1 || (version == 1 && value[magic] > '1'))
		return fault_set(f, ST_FOREIGN, 0, "written by a later version of gsasldb (format %.*s)",
		    (int)version, value + magic);
	if (len > RECORD_BYTES_MAX)
		return corrupt("longer than a record can be", f);
	if (len < VERSION_LINE_BYTES || memcmp(value, VERSION_LINE, CHECKSUM_OFFSET) != 0 ||
	    value[VERSION_LINE_BYTES - 1] != '\n' ||
	    !text_unhex(written, sizeof written, value + CHECKSUM_OFFSET, 2 * sizeof written))
		return corrupt("the first line is wrong", f);
	compute_checksum(computed, key, key_len, value, len);
	if (memcmp(written, computed, sizeof written) != 0)
		return corrupt("the checksum is wrong", f);
	return ST_OK;
}

static enum status
check_names(struct parser *p, const char *key, size_t key_len, struct fault *f)
{
	const unsigned required = 1u << FIELD_USER | 1u << FIELD_REALM | 1u << FIELD_CREATED |
	    1u << FIELD_CHANGED;
	struct name *name = &p->r->name, parsed;
	char own_key[NAME_KEY_MAX];

	if ((p->seen & required) != required)
		return corrupt("a line is missing", f);
	if (p->trust == TRUST_NOTHING && (name_parse(&parsed, name->user, name->realm, NULL, NULL) != ST_OK ||
	    strcmp(parsed.user, name->user) != 0 || strcmp(parsed.realm, name->realm) != 0))
		return corrupt("the user or realm cannot be one", f);
	if (name_key(name, own_key) != key_len || memcmp(own_key, key, key_len) != 0)
		return corrupt("it is another user's", f);
	strcpy(name->realm_typed, name->realm);
	return ST_OK;
}

static enum status
parse_value(struct record *r, enum trust trust, const char *key, size_t key_len, const char *value, size_t len,
    struct fault *f)
{
	struct parser p = {.r = r, .trust = trust, .unknown_max = len};
	const char *at = value + VERSION_LINE_BYTES, *end = value + len;
	enum status st = trust == TRUST_ALL ? ST_OK : check_version_line(key, key_len, value, len, f);

	if (st == ST_OK && memchr(value, '\0', len) != NULL)
		st = corrupt("it holds a NUL byte", f);
	while (st == ST_OK && at < end) {
		struct line line;

		if (next_line(&line, &at, end))
			st = take_line(&p, &line, f);
		else
			st = corrupt("a line is not NAME VALUE", f);
	}
	return st == ST_OK ? check_names(&p, key, key_len, f) : st;
}

/* "user@realm" of a key, for a message. */
static const char *
show_key(char *out, size_t size, const char *key, size_t key_len)
{
	char copy[NAME_KEY_MAX + 1];
	size_t len = key_len < NAME_KEY_MAX ? key_len : NAME_KEY_MAX;

	for (size_t i = 0; i < len; i++)
		copy[i] = (char)(key[i] == '\0' ? '@' : key[i]);
	copy[len] = '\0';
	return escape_for_log(out, size, copy);
}

/* *out is all zeros, or has the value. */
static enum status
parse(struct record *out, enum trust trust, const char *key, size_t key_len, const char *value, size_t len,
    struct fault *f)
{
	struct fault why;
	char shown[NAME_KEY_MAX + 1];
	enum status st;

	st = parse_value(out, trust, key, key_len, value, len, &why);
	if (st == ST_OK)
		return ST_OK;
	record_clear(out);
	return fault_set(f, st, 0, "record of %s: %s", show_key(shown, sizeof shown, key, key_len), why.text);
}

enum status
record_parse(struct record *out, const char *key, size_t key_len, const char *value, size_t len,
    struct fault *f)
{
	memset(out, 0, sizeof *out);
	return parse(out, TRUST_NOTHING, key, key_len, value, len, f);
}

enum status
record_read(struct record *out, const char *key, size_t key_len, char *value, size_t len, struct fault *f)
{
	memset(out, 0, sizeof *out);
	out->value = value;
	out->value_len = len;
	return parse(out, TRUST_FORM, key, key_len, value, len, f);
}

enum status
record_reread(struct record *out, const char *key, size_t key_len, const char *value, size_t len,
    struct fault *f)
{
	memset(out, 0, sizeof *out);
	return parse(out, TRUST_ALL, key, key_len, value, len, f);
}

bool
record_is_whole(const char *key, size_t key_len, const char *value, size_t len)
{
	return check_version_line(key, key_len, value, len, NULL) == ST_OK;
}
