/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsonl: one JSON object a line for each user, what `gsasldb export` writes.
 *
 * jansson frees without wiping, so while lines are read it gets its memory from here.  Its messages quote the
 * line, which may hold a password: they are not used.
 */
#include "config.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "text.h"

/* ---- memory that is wiped ---- */

/* jansson was refused memory: it does not always say so, and may go on with a string that lacks a character
 * (its lexer looks at no answer of its buffer). */
static bool out_of_memory;

static void *
get_memory(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL)
		out_of_memory = true;
	return memory;
}

/* Asks malloc for the size, so that it may free whatever was allocated before it was set. */
static void
wipe_memory(void *memory)
{
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* ---- values ---- */

/* "KEY: WHY" */
static enum status
bad_key(const char *key, const char *why, struct fault *f)
{
	char shown[128];

	return fault_set(f, ST_BADVALUE, 0, "%s: %s", escape_for_log(shown, sizeof shown, key), why);
}

static enum status
need_string(const char *key, const json_t *value, struct fault *f)
{
	return json_is_string(value) ? ST_OK : bad_key(key, "is not a string", f);
}

/* A time, or a date, which is its first second.  Whether it may be 1970-01-01, which means never in a record,
 * is for the caller. */
static enum status
get_time(int64_t *out, const char *key, const json_t *value, struct fault *f)
{
	static const char midnight[] = "T00:00:00Z";
	char text[TEXT_TIME_SIZE];
	size_t len = json_string_length(value);
	bool date = len == TEXT_TIME_SIZE - sizeof midnight;

	if (!json_is_string(value) || (!date && len != TEXT_TIME_SIZE - 1))
		return bad_key(key, "is not a time like \"2026-11-24T03:04:05Z\"", f);
	memcpy(text, json_string_value(value), len);
	if (date)
		memcpy(text + len, midnight, sizeof midnight - 1);
	if (!text_untime(out, text, TEXT_TIME_SIZE - 1))
		return bad_key(key, "is not a time like \"2026-11-24T03:04:05Z\"", f);
	return ST_OK;
}

/* ---- the keys of the object ---- */

static enum status
take_secrets(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	const char *name;
	json_t *text;

	if (!json_is_object(value))
		return bad_key(key, "is not an object of mechanisms", f);
	e->whole = true;
	json_object_foreach(value, name, text) {
		enum mech mech;
		enum status st;

		if (!mech_find(name, strlen(name), &mech))
			return bad_key(name, "no such mechanism", f);
		st = need_string(name, text, f);
		if (st == ST_OK)
			st = entry_set_secret(e, mech, json_string_value(text), json_string_length(text), f);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

static enum status
take_password(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	enum status st = need_string(key, value, f);

	return st == ST_OK ?
	    entry_set_password(e, json_string_value(value), json_string_length(value), f) : st;
}

/* null and false: it is not disabled; true: it is; or since when. */
static enum status
take_disabled(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	enum status st;

	if (json_is_true(value)) {
		e->locked = true;
		return ST_OK;
	}
	e->disabled_set = true;
	if (json_is_null(value) || json_is_false(value))
		return ST_OK;
	st = get_time(&e->record.disabled, key, value, f);
	if (st == ST_OK && e->record.disabled == 0)
		st = bad_key(key, "1970-01-01 cannot be stored; true disables as well", f);
	return st;
}

static enum status
take_expires(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	enum status st;

	e->expires_set = true;
	if (json_is_null(value))
		return ST_OK;
	st = get_time(&e->record.expires, key, value, f);
	if (st == ST_OK && e->record.expires == 0)
		st = bad_key(key, "1970-01-01 cannot be stored", f);
	return st;
}

static enum status
take_created(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	e->created_set = true;
	return get_time(&e->record.created, key, value, f);
}

static enum status
take_changed(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	e->changed_set = true;
	return get_time(&e->record.changed, key, value, f);
}

/* {"base64": "..."}: a value that is not UTF-8. */
static enum status
take_binary_property(struct entry *e, const char *name, const json_t *value, struct fault *f)
{
	const json_t *text = json_object_get(value, "base64");
	size_t len = json_string_length(text);
	unsigned char *bytes;
	enum status st;
	long n;

	if (json_object_size(value) != 1 || !json_is_string(text))
		return bad_key(name, "is neither a string nor {\"base64\": \"...\"}", f);
	bytes = malloc(len + 1);
	if (bytes == NULL)
		return fault_set(f, ST_NOMEM, 0, "properties: out of memory");
	n = text_unbase64(bytes, len, json_string_value(text), len);
	if (n < 0)
		st = bad_key(name, "is not base64", f);
	else
		st = record_set_property(&e->record, name, (char *)bytes, (size_t)n, f);
	explicit_bzero(bytes, len + 1);
	free(bytes);
	return st;
}

static enum status
take_properties(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	const char *name;
	json_t *text;

	if (!json_is_object(value))
		return bad_key(key, "is not an object", f);
	json_object_foreach(value, name, text) {
		enum status st;

		if (json_is_object(text))
			st = take_binary_property(e, name, text, f);
		else if (json_is_string(text))
			st = record_set_property(&e->record, name, json_string_value(text),
			    json_string_length(text), f);
		else
			st = bad_key(name, "is neither a string nor {\"base64\": \"...\"}", f);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

/*
 * Lines of a record that a later version wrote.  What is such a line only lib/record.c knows: they are when
 * they come out of a record again as they went in.
 */
static enum status
take_unknown(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	struct record with = {0}, again = {0};
	char *bytes = NULL, name_key_bytes[NAME_KEY_MAX];
	size_t len = 0, key_len;
	struct fault why;
	enum status st = need_string(key, value, f);

	if (st != ST_OK || json_string_length(value) == 0)
		return st;
	record_init(&with, &e->record.name, 0);
	key_len = name_key(&with.name, name_key_bytes);
	with.unknown = strdup(json_string_value(value));
	st = with.unknown == NULL ? ST_NOMEM : record_format(&with, &bytes, &len, &why);
	if (st == ST_OK)
		st = record_parse(&again, name_key_bytes, key_len, bytes, len, &why);
	if (st == ST_NOMEM)
		fault_set(f, st, 0, "%s: out of memory", key);
	else if (st != ST_OK || again.unknown == NULL || strcmp(again.unknown, with.unknown) != 0 ||
	    strlen(with.unknown) != json_string_length(value))
		st = bad_key(key, "is not made of lines that a later version could have written", f);
	if (st == ST_OK) {
		e->record.unknown = again.unknown;
		again.unknown = NULL;
	}
	record_free_value(bytes, len);
	record_clear(&with);
	record_clear(&again);
	return st;
}

/* The name is taken before these. */
static const struct {
	const char *key;
	enum status (*take)(struct entry *e, const char *key, json_t *value, struct fault *f);
} keys[] = {
	{"user", NULL},
	{"realm", NULL},
	{"password", take_password},
	{"secrets", take_secrets},
	{"disabled", take_disabled},
	{"expires", take_expires},
	{"created", take_created},
	{"changed", take_changed},
	{"properties", take_properties},
	{"unknown", take_unknown},
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

static enum status
take_key(struct entry *e, const char *key, json_t *value, struct fault *f)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].take != NULL ? keys[i].take(e, key, value, f) : ST_OK;
	}
	return bad_key(key, "no such key", f);
}

static enum status
take_name(struct entry *e, const json_t *object, const struct import_options *o, struct fault *f)
{
	const json_t *user = json_object_get(object, "user"), *realm = json_object_get(object, "realm");
	enum status st;

	if (user == NULL)
		return bad_key("user", "is missing", f);
	st = need_string("user", user, f);
	if (st == ST_OK && realm != NULL)
		st = need_string("realm", realm, f);
	if (st != ST_OK)
		return st;
	if (realm == NULL)
		return entry_set_name(e, json_string_value(user), json_string_length(user), o, f);
	return entry_set_user_realm(e, json_string_value(user), json_string_length(user),
	    json_string_value(realm), json_string_length(realm), o, f);
}

/* ---- the line ---- */

static enum status
not_json(const json_error_t *error, struct fault *f)
{
	const char *why = "is not JSON";

	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		why = "a key is there twice";
		break;
	case json_error_null_byte_in_key:
		why = "a key holds a NUL character";
		break;
	case json_error_invalid_utf8:
		why = "is not UTF-8";
		break;
	case json_error_premature_end_of_input:
		why = "the JSON is cut off";
		break;
	case json_error_end_of_input_expected:
		why = "something follows the JSON object";
		break;
	default:
		break;
	}
	return fault_set(f, ST_BADVALUE, 0, "line: %s (column %d)", why, error->column);
}

static enum status
parse_object(struct entry *e, json_t *object, const struct import_options *o, struct fault *f)
{
	const char *key;
	json_t *value;
	enum status st;

	if (!json_is_object(object))
		return fault_set(f, ST_BADVALUE, 0, "line: is not a JSON object");
	if (json_object_get(object, "password") != NULL && json_object_get(object, "secrets") != NULL)
		return bad_key("password", "and secrets are both given", f);
	st = take_name(e, object, o, f);
	if (st != ST_OK)
		return st;
	json_object_foreach(object, key, value) {
		st = take_key(e, key, value, f);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

static enum status
parse_line(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f)
{
	json_error_t error;
	json_t *object;
	enum status st;

	(void)sink;
	out_of_memory = false;
	object = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (out_of_memory)
		st = fault_set(f, ST_NOMEM, 0, "line: out of memory");
	else
		st = object != NULL ? parse_object(e, object, o, f) : not_json(&error, f);
	explicit_bzero(&error, sizeof error);
	json_decref(object);
	return st;
}

static enum status
read_jsonl(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	json_malloc_t old_malloc;
	json_free_t old_free;
	enum status st;

	json_get_alloc_funcs(&old_malloc, &old_free);
	json_set_alloc_funcs(get_memory, wipe_memory);
	st = import_read_lines(in, o, sink, false, parse_line, f);
	json_set_alloc_funcs(old_malloc, old_free);
	return st;
}

/* An object with a key; {SCRAM-...} has none. */
static bool
recognise_jsonl(const char *start, size_t len)
{
	static const char blanks[] = " \t\r\n";
	size_t i = 0;

	while (i < len && start[i] != '\0' && strchr(blanks, start[i]) != NULL)
		i++;
	if (i == len || start[i++] != '{')
		return false;
	while (i < len && (start[i] == ' ' || start[i] == '\t'))
		i++;
	return i < len && start[i] == '"';
}

const struct import_format import_jsonl = {"jsonl", recognise_jsonl, read_jsonl};
