/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_support.h"

char folder[64], path[96], right_path[96], state_path[96];

int
setup(void **unused)
{
	(void)unused;
	strcpy(folder, "/tmp/test_store.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/db", folder);
	snprintf(right_path, sizeof(right_path), "%s/.db.twin", folder);
	snprintf(state_path, sizeof(state_path), "%s/.db.state", folder);
	return 0;
}

int
teardown(void **unused)
{
	char command[96];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

struct name
named(const char *user)
{
	struct name n;

	assert_int_equal(name_parse(&n, user, "example.test", NULL, NULL), ST_OK);
	return n;
}

enum status
put(const char *user, const char *value)
{
	const struct store_write_options o = {.create = true, .wait = 5};
	struct name n = named(user);
	struct store_txn *t;
	struct record r;
	struct fault f;
	enum status status;

	status = store_begin(&t, path, &o, &f);
	if (status != ST_OK)
		return status;
	record_init(&r, &n, 1);
	assert_int_equal(record_set_property(&r, "v", value, strlen(value), NULL), ST_OK);
	assert_int_equal(store_txn_put(t, &r, NULL), ST_OK);
	record_clear(&r);
	status = store_commit(t, &f);
	if (status == ST_OK)
		assert_string_equal(f.text, "");
	return status;
}

enum status
delete(const char *user)
{
	const struct store_write_options o = {.wait = 5};
	struct name n = named(user);
	struct store_txn *t;

	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	assert_int_equal(store_txn_delete(t, &n, NULL), ST_OK);
	return store_commit(t, NULL);
}

/* What the store answers for user: his value, or the status in words. */
const char *
get(struct store *s, const char *user)
{
	static char value[64];
	struct name n = named(user);
	struct record r;
	enum status status;

	status = store_get(s, &n, &r, NULL);
	snprintf(value, sizeof(value), "%s",
	    status == ST_OK ? record_property(&r, "v")->value : status_text(status));
	record_clear(&r);
	return value;
}

struct store *
opened(void)
{
	struct store *s;
	struct fault f;

	if (store_open(&s, path, &f) != ST_OK)
		fail_msg("%s", f.text);
	return s;
}

/* Does the store come to answer so, within the time that a change by hand may take to be followed? */
bool
gives_within(struct store *s, const char *user, const char *expected, int ms)
{
	for (; ms > 0; ms--) {
		if (strcmp(get(s, user), expected) == 0)
			return true;
		usleep(1000);
	}
	return false;
}

const char *
get_fresh(const char *user)
{
	struct store *s = opened();
	const char *value = get(s, user);

	store_close(s);
	return value;
}

void
overwrite(const char *file, const char *bytes, size_t len)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

mode_t
mode_of(const char *file)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return st.st_mode & 07777;
}

void
set_phase(enum phase phase)
{
	int fd = open(state_path, O_RDWR);
	struct state s;

	assert_true(fd >= 0);
	assert_int_equal(state_read(&s, fd), ST_OK);
	if (phase == PHASE_LEFT_DIRTY) {
		s.from = *state_current(&s);
		assert_int_equal(generation_new(&s.to, NULL), ST_OK);
	}
	s.phase = phase;
	assert_int_equal(state_write(&s, fd, true, state_path, NULL), ST_OK);
	close(fd);
}

void
in_folder(const char *command)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "cd %s && %s", folder, command);
	assert_int_equal(system(whole), 0);
}

enum status
open_status(struct fault *f)
{
	struct store *s;
	enum status status = store_open(&s, path, f);

	store_close(s);
	return status;
}

enum status
begin_status(bool create, struct fault *f)
{
	const struct store_write_options o = {.create = create};
	struct store_txn *t;
	enum status status = store_begin(&t, path, &o, f);

	store_abort(t);
	return status;
}

struct store_txn *
begun(void)
{
	const struct store_write_options o = {.create = true, .wait = 5};
	struct store_txn *t;

	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	return t;
}

enum status
txn_put(struct store_txn *t, const char *user, const char *value)
{
	struct name n = named(user);
	struct record r;
	enum status status;

	record_init(&r, &n, 1);
	assert_int_equal(record_set_property(&r, "v", value, strlen(value), NULL), ST_OK);
	status = store_txn_put(t, &r, NULL);
	record_clear(&r);
	return status;
}

enum status
txn_delete(struct store_txn *t, const char *user)
{
	struct name n = named(user);

	return store_txn_delete(t, &n, NULL);
}
