/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_side: a GDBM file that changes under an open handle, as one does that a writer, or a cp, works on; and a
 * writer who opens it then.  The input: flags, then changes: offset (two bytes, little-endian), how many bytes
 * (one), and the bytes.
 */
#include <config.h>

#include <fcntl.h>
#include <gdbm.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "record.h"
#include "side.h"

const char fuzz_name[] = "side";

enum {
	HALF_BEFORE = 1,	/* the first half of the changes is there before the file is opened */
	CUT = 2,		/* the file is cut after the last change */
	WRITE = 4,
	MAPPED = 8		/* then it is not cut: that is SIGBUS, which gsasldb_map accepts */
};

#define USERS 20	/* more than one bucket holds */
#define BLOCK_BYTES 512	/* the least that GDBM allows, so that every part is near */

static uint8_t *image;
static size_t image_size;

/* ---- the file as it should be ---- */

static void
make_user(struct name *name, unsigned i)
{
	const char user[] = {(char)('a' + i), '\0'};

	FUZZ_EXPECT(name_parse(name, user, "example.org", NULL, NULL) == ST_OK);
}

struct pair {
	char key[NAME_KEY_MAX], *value;
	size_t key_len, len;
};

/* The newcomer has more than there is free space for in a small file. */
static void
make_pair(struct pair *p, unsigned i)
{
	static const char more[1000];
	struct record r;
	struct name name;

	make_user(&name, i);
	record_init(&r, &name, i);
	FUZZ_EXPECT(record_set_property(&r, "owner", name.user, 1, NULL) == ST_OK);
	if (i == USERS)
		FUZZ_EXPECT(record_set_property(&r, "more", more, sizeof more, NULL) == ST_OK);
	FUZZ_EXPECT(record_format(&r, &p->value, &p->len, NULL) == ST_OK);
	p->key_len = name_key(&name, p->key);
	record_clear(&r);
}

static void
store_user(GDBM_FILE db, unsigned i)
{
	struct pair p;

	make_pair(&p, i);
	FUZZ_EXPECT(gdbm_store(db, (datum){p.key, (int)p.key_len}, (datum){p.value, (int)p.len},
	    GDBM_INSERT) == 0);
	record_free_value(p.value, p.len);
}

static void
make_image(void)
{
	char path[96];
	GDBM_FILE db;

	snprintf(path, sizeof path, "%s/image", fuzz_folder());
	db = gdbm_open(path, BLOCK_BYTES, GDBM_NEWDB | GDBM_NOMMAP, 0600, NULL);
	FUZZ_EXPECT(db != NULL);
	for (unsigned i = 0; i < USERS; i++)
		store_user(db, i);
	gdbm_close(db);
	image = fuzz_read_file(path, &image_size);
	FUZZ_EXPECT(image_size < 65536);
}

/* ---- the changes ---- */

static const uint8_t *
change(int fd, const uint8_t *at, const uint8_t *end, unsigned count)
{
	for (; count > 0 && end - at >= 4; count--) {
		size_t len = at[2] < end - at - 3 ? at[2] : (size_t)(end - at - 3);

		FUZZ_EXPECT(pwrite(fd, at + 3, len, at[0] | at[1] << 8) == (ssize_t)len);
		at += 3 + len;
	}
	return at;
}

static unsigned
count_changes(const uint8_t *at, const uint8_t *end)
{
	unsigned count = 0;

	for (; end - at >= 4; count++)
		at += 3 + (at[2] < end - at - 3 ? at[2] : (size_t)(end - at - 3));
	return count;
}

/* ---- what is read of it ---- */

static bool
is_answer(enum status status, const struct fault *f)
{
	if (status == ST_OK || status == ST_NOTFOUND)
		return true;
	FUZZ_EXPECT(status == ST_CORRUPT || status == ST_FOREIGN || status == ST_IO || status == ST_NOMEM);
	FUZZ_EXPECT(f->status == status);
	fuzz_expect_words(f->text);
	return false;
}

/* Damaged, or right. */
static enum status
take_value(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	const struct property *owner;
	struct record r;

	(void)arg;
	if (is_answer(record_parse(&r, key, key_len, value, len, f), f)) {
		owner = record_property(&r, "owner");
		FUZZ_EXPECT(owner != NULL && strcmp(owner->value, r.name.user) == 0);
		FUZZ_EXPECT(r.created == r.name.user[0] - 'a');
	}
	record_clear(&r);
	return ST_OK;
}

static void
look_up(struct side *s, unsigned i)
{
	struct name name;
	struct fault f;
	char key[NAME_KEY_MAX], *value;
	size_t key_len, len;

	make_user(&name, i);
	key_len = name_key(&name, key);
	if (!is_answer(side_fetch(s, key, key_len, &value, &len, &f), &f) || value == NULL)
		return;
	take_value(NULL, key, key_len, value, len, &f);
	free(value);
}

static void
look_at_all(struct side *s)
{
	struct fault f;

	for (unsigned i = 0; i <= USERS; i++)
		look_up(s, i);
	is_answer(side_each(s, take_value, NULL, &f), &f);
}

/* Whatever was wrong, the file does not grow without bound, and no value is wrong. */
static void
write_to(int fd)
{
	struct stat before, after;
	struct pair p;
	struct side *s;
	struct fault f;
	bool good;

	FUZZ_EXPECT(fstat(fd, &before) == 0);
	if (!is_answer(side_open(&s, fd, SIDE_WRITE, "side", &f), &f))
		return;
	make_pair(&p, USERS);
	good = is_answer(side_store(s, p.key, p.key_len, p.value, p.len, NULL, &f), &f);
	record_free_value(p.value, p.len);
	make_pair(&p, 1);
	good = good && is_answer(side_delete(s, p.key, p.key_len, NULL, &f), &f);
	record_free_value(p.value, p.len);
	if (!good)
		side_close(s);
	else if (is_answer(side_finish(s, &f), &f) && is_answer(side_open(&s, fd, SIDE_READ, "side", &f), &f)) {
		look_at_all(s);
		side_close(s);
	}
	FUZZ_EXPECT(fstat(fd, &after) == 0 && after.st_size <= 2 * before.st_size + (1 << 20));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	const uint8_t *at = data + 1, *end = data + size;
	struct side *s;
	struct fault f;

	if (size < 1)
		return 0;
	if (fd < 0) {
		make_image();
		fd = memfd_create("side", MFD_CLOEXEC);
	}
	FUZZ_EXPECT(ftruncate(fd, (off_t)image_size) == 0);
	FUZZ_EXPECT(pwrite(fd, image, image_size, 0) == (ssize_t)image_size);
	if (data[0] & HALF_BEFORE)
		at = change(fd, at, end, count_changes(at, end) / 2);
	if (!is_answer(side_open(&s, fd, data[0] & MAPPED ? SIDE_READ_MAPPED : SIDE_READ, "side", &f), &f))
		return 0;
	look_up(s, 0);
	look_up(s, USERS / 2);
	at = change(fd, at, end, (unsigned)-1);
	if ((data[0] & (CUT | MAPPED)) == CUT && end - at >= 2)
		FUZZ_EXPECT(ftruncate(fd, at[0] | at[1] << 8) == 0);
	look_at_all(s);
	side_close(s);
	if (data[0] & WRITE)
		write_to(fd);
	return 0;
}
