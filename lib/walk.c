/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk: between side (keys and values) and store (users).
 */
#include <config.h>

#include <stdio.h>

#include "mark.h"
#include "walk.h"

struct visit {
	store_visitor *each;
	void *arg;
};

static enum status
visit_record(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	const struct visit *v = arg;
	struct record r;
	enum status status;

	if (mark_is_reserved(key, key_len))
		return ST_OK;
	status = record_parse(&r, key, key_len, value, len, f);
	if (status == ST_OK)
		status = v->each(v->arg, &r, f);
	record_clear(&r);
	return status;
}

enum status
walk_records(struct side *side, store_visitor *each, void *arg, struct fault *f)
{
	struct visit v = {each, arg};

	return side_each(side, visit_record, &v, f);
}

static enum status
check_record(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	const char *path = side_path(arg);
	char name[NAME_BYTES_MAX + 1], shown[256];
	struct fault why;
	struct record r;
	enum status status;

	if (mark_is_reserved(key, key_len))
		return ST_OK;
	status = record_parse(&r, key, key_len, value, len, &why);
	record_clear(&r);
	if (status == ST_OK)
		return ST_OK;
	if (status == ST_NOMEM)
		return fault_set(f, ST_NOMEM, 0, "%s: out of memory", path);
	snprintf(name, sizeof(name), "%.*s", (int)key_len, key);
	return fault_set(f, status, 0, "%s: holds a record of \"%s\" that is not ours (%s): restore the file from "
	    "a copy", path, escape_for_log(shown, sizeof(shown), name), why.text);
}

enum status
walk_check(struct side *side, struct fault *f)
{
	return side_each(side, check_record, side, f);
}
