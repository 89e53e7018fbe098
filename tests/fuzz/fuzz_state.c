/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_state: a state file of which nothing is certain, beside two good sides that can be told apart.  The
 * input: flags, then the file.  The reference is the table of doc/STORE.md ("What counts").
 */
#include <config.h>

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "mark.h"
#include "state.h"
#include "store.h"

const char fuzz_name[] = "state";

enum {
	RIGHT_CHECKSUM = 1,	/* what the fuzzer cannot guess is put in */
	FROM_RIGHT = 2,		/* the write began from the generation of the right */
	TO_LEFT = 4,		/* and led to that of the left */
	NO_RIGHT = 8,
	EMPTY_RIGHT = 16,
	LEFT_BEGUN = 32,	/* the left's mark: begun, from the right's generation */
	TO_RIGHT = 64,
	AS_RECORDED = 128	/* inode, size and mtime of both sides */
};

/* Where things are in the file. */
enum { PHASE_AT = 12, FROM_AT = 16, TO_AT = 32, LEFT_AT = 48, RIGHT_AT = 72, CHECK_AT = 100, STATE_BYTES = 104 };

#define USERS 3u
#define GENERATION_BYTES 16

static char left_path[96], right_path[96], state_path[96];
static uint8_t *left_image, *begun_image, *right_image;
static size_t left_size, right_size;
static struct generation left_generation, right_generation;

/* ---- the two sides ---- */

static void
make_record(struct record *r, const char *user, const char *side)
{
	struct name name;

	FUZZ_EXPECT(name_parse(&name, user, "example.org", NULL, NULL) == ST_OK);
	record_init(r, &name, 1);
	FUZZ_EXPECT(record_set_property(r, "side", side, strlen(side), NULL) == ST_OK);
}

static void
put_user(const char *user, const char *side, bool create)
{
	const struct store_write_options options = {.create = create, .wait = 1};
	struct store_txn *t;
	struct record r;
	struct fault f = {0};

	make_record(&r, user, side);
	FUZZ_EXPECT(store_begin(&t, left_path, &options, &f) == ST_OK);
	FUZZ_EXPECT(store_txn_put(t, &r, &f) == ST_OK);
	FUZZ_EXPECT(store_commit(t, &f) == ST_OK && f.text[0] == '\0');
	record_clear(&r);
}

static void
remove_files(void)
{
	unlink(left_path);
	unlink(right_path);
	unlink(state_path);
}

static void
make_image(uint8_t **image, size_t *size, const char *side)
{
	const char *const users[USERS] = {"a", "b", "c"};

	for (unsigned i = 0; i < USERS; i++)
		put_user(users[i], side, true);
	*image = fuzz_read_file(left_path, size);
	remove_files();
}

/* The mark of a side that lies at left_path; begun: it is made to have begun from the right's generation. */
static struct generation
mark_left(bool begun)
{
	int fd = open(left_path, O_RDWR | O_CLOEXEC);
	struct mark_record m;
	struct side *side;
	struct mark new;

	FUZZ_EXPECT(fd >= 0 && side_open(&side, fd, SIDE_READ, left_path, NULL) == ST_OK);
	FUZZ_EXPECT(mark_read(&m, side, NULL) == ST_OK);
	side_close(side);
	new = (struct mark){.whole = false, .now = m.mark.now, .before = right_generation};
	FUZZ_EXPECT(!begun || mark_write(&m, &new, fd, left_path, NULL) == ST_OK);
	close(fd);
	return m.mark.now;
}

/* The images with their marks. */
static void
look_at_marks(void)
{
	fuzz_write_file(left_path, right_image, right_size);
	right_generation = mark_left(false);
	fuzz_write_file(left_path, left_image, left_size);
	left_generation = mark_left(true);
	begun_image = fuzz_read_file(left_path, &left_size);
	remove_files();
}

static void
prepare(void)
{
	if (left_image != NULL)
		return;
	snprintf(left_path, sizeof left_path, "%s/sasldb", fuzz_folder());
	snprintf(right_path, sizeof right_path, "%s/.sasldb.twin", fuzz_folder());
	snprintf(state_path, sizeof state_path, "%s/.sasldb.state", fuzz_folder());
	make_image(&left_image, &left_size, "left");
	make_image(&right_image, &right_size, "right");
	look_at_marks();
}

/* ---- the reference ---- */

static uint64_t
number_at(const uint8_t *at, size_t bytes)
{
	uint32_t word;
	uint64_t number;

	if (bytes == sizeof word)
		return memcpy(&word, at, bytes), word;
	return memcpy(&number, at, sizeof number), number;
}

static void
put_ident(uint8_t *at, const char *path)
{
	struct stat st;
	uint64_t ident[3];

	if (stat(path, &st) != 0)
		return;
	ident[0] = st.st_ino;
	ident[1] = (uint64_t)st.st_size;
	ident[2] = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	memcpy(at, ident, sizeof ident);
}

static bool
names_file(const uint8_t *at, const char *path)
{
	uint8_t now[24] = {0};

	put_ident(now, path);
	return memcmp(now, at, sizeof now) == 0;
}

static bool
is_state(const uint8_t *bytes, size_t size)
{
	return size >= STATE_BYTES && memcmp(bytes, "gsasldb\n", 8) == 0 && number_at(bytes + 8, 4) == 2 &&
	    number_at(bytes + PHASE_AT, 4) <= 2 &&
	    number_at(bytes + CHECK_AT, 4) == fuzz_crc32(0, bytes, CHECK_AT);
}

static bool
is_generation(const uint8_t *at, const struct generation *generation)
{
	return memcmp(at, generation, GENERATION_BYTES) == 0;
}

/* Which side answers; NULL: nobody does.  The left is whole, or it has begun from the right. */
static const char *
side_that_counts(const uint8_t *state, size_t size, uint8_t flags)
{
	const bool right_full = (flags & (NO_RIGHT | EMPTY_RIGHT)) == 0;
	uint64_t phase;

	/* whole, and never what such a state speaks of but changed by hand: it counts */
	if ((flags & LEFT_BEGUN) == 0)
		return "left";
	if (!is_state(state, size))
		return right_full ? "right" : NULL;
	phase = number_at(state + PHASE_AT, 4);
	if (phase == PHASE_LEFT_DIRTY)
		return right_full && is_generation(state + FROM_AT, &right_generation) ? "right" : NULL;
	if (is_generation(state + TO_AT, &left_generation))
		return "left";
	return right_full && is_generation(state + TO_AT, &right_generation) ? "right" : NULL;
}

/* ---- what is promised ---- */

struct expected {
	const char *side;
	size_t count;
};

static enum status
take_record(void *arg, const struct record *r, struct fault *f)
{
	struct expected *e = arg;
	const struct property *side = record_property(r, "side");

	(void)f;
	e->count++;
	FUZZ_EXPECT(side != NULL && (strcmp(side->value, e->side) == 0 || strcmp(side->value, "new") == 0));
	return ST_OK;
}

static void
expect_user(struct store *s, const char *user, const char *side)
{
	struct name name;
	struct record r;
	struct fault f;
	enum status status;

	FUZZ_EXPECT(name_parse(&name, user, "example.org", NULL, NULL) == ST_OK);
	status = store_get(s, &name, &r, &f);
	FUZZ_EXPECT(status == (side != NULL ? ST_OK : ST_NOTFOUND));
	FUZZ_EXPECT(side == NULL || strcmp(record_property(&r, "side")->value, side) == 0);
	record_clear(&r);
}

static void
expect_store(const char *side, bool with_newcomer)
{
	struct expected e = {side, 0};
	struct store *s;
	struct fault f;

	FUZZ_EXPECT(store_open(&s, left_path, &f) == ST_OK);
	expect_user(s, "a", side);
	expect_user(s, "c", side);
	expect_user(s, "d", with_newcomer ? "new" : NULL);
	FUZZ_EXPECT(store_each(s, take_record, &e, &f) == ST_OK);
	FUZZ_EXPECT(e.count == USERS + (with_newcomer ? 1 : 0));
	FUZZ_EXPECT(!store_trouble(s, &f));
	store_close(s);
}

/* Where nobody counts, both sides stay as they are, and readers and writers say so. */
static void
expect_nobody(void)
{
	const struct store_write_options options = {.wait = 1};
	struct store_txn *t;
	struct store *s;
	struct fault f;
	size_t len;
	uint8_t *now;

	FUZZ_EXPECT(store_open(&s, left_path, &f) == ST_CORRUPT);
	FUZZ_EXPECT(store_begin(&t, left_path, &options, &f) == ST_CORRUPT);
	now = fuzz_read_file(left_path, &len);
	FUZZ_EXPECT(len == left_size && memcmp(now, begun_image, len) == 0);
	free(now);
}

/* Nobody who still holds a side may take it for the new one: the generation is another. */
static void
expect_clean_state(const uint8_t *before, size_t size)
{
	size_t len;
	uint8_t *now = fuzz_read_file(state_path, &len);

	FUZZ_EXPECT(is_state(now, len) && number_at(now + PHASE_AT, 4) == PHASE_CLEAN);
	FUZZ_EXPECT(names_file(now + LEFT_AT, left_path) && names_file(now + RIGHT_AT, right_path));
	FUZZ_EXPECT(!is_state(before, size) || memcmp(now + TO_AT, before + TO_AT, GENERATION_BYTES) != 0);
	free(now);
}

/* What is read is what is in the file; what is written again is the same bytes. */
static void
expect_bytes(const uint8_t *bytes, size_t size)
{
	struct state s, written;
	struct fault f;
	int fd = memfd_create("state", MFD_CLOEXEC);

	FUZZ_EXPECT(fd >= 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
	FUZZ_EXPECT((state_read(&s, fd) == ST_OK) == is_state(bytes, size));
	if (is_state(bytes, size)) {
		FUZZ_EXPECT(sizeof s == STATE_BYTES && is_generation(bytes + FROM_AT, &s.from) &&
		    is_generation(bytes + TO_AT, &s.to));
		FUZZ_EXPECT(state_unchanged(&s, fd, NULL));
		written = s;
		written.check = 0;
		FUZZ_EXPECT(ftruncate(fd, 0) == 0 && !state_unchanged(&s, fd, NULL));
		FUZZ_EXPECT(state_write(&written, fd, false, "state", &f) == ST_OK);
		FUZZ_EXPECT(state_unchanged(&s, fd, NULL) && memcmp(&s, bytes, sizeof s) == 0);
	}
	close(fd);
}

/* The left, as if it had been so for long: a reader waits for one that changed a moment ago. */
static void
put_old_left(const uint8_t *image)
{
	const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

	fuzz_write_file(left_path, image, left_size);
	FUZZ_EXPECT(utimensat(AT_FDCWD, left_path, old, 0) == 0);
}

/* Puts into the state what the fuzzer cannot guess. */
static void
complete_state(uint8_t *state, uint8_t flags)
{
	uint32_t crc;

	if (flags & FROM_RIGHT)
		memcpy(state + FROM_AT, &right_generation, GENERATION_BYTES);
	if (flags & TO_LEFT)
		memcpy(state + TO_AT, &left_generation, GENERATION_BYTES);
	if (flags & TO_RIGHT)
		memcpy(state + TO_AT, &right_generation, GENERATION_BYTES);
	if (flags & AS_RECORDED) {
		put_ident(state + LEFT_AT, left_path);
		put_ident(state + RIGHT_AT, right_path);
	}
	crc = fuzz_crc32(0, state, CHECK_AT);
	if (flags & RIGHT_CHECKSUM)
		memcpy(state + CHECK_AT, &crc, sizeof crc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t flags, *state;
	const char *side;

	if (size < 1)
		return 0;
	prepare();
	flags = data[0];
	size--;
	state = (uint8_t *)fuzz_string(data + 1, size);
	put_old_left(flags & LEFT_BEGUN ? begun_image : left_image);
	if ((flags & NO_RIGHT) == 0)
		fuzz_write_file(right_path, right_image, flags & EMPTY_RIGHT ? 0 : right_size);
	if (size >= STATE_BYTES)
		complete_state(state, flags);
	fuzz_write_file(state_path, state, size);

	expect_bytes(state, size);
	side = side_that_counts(state, size, flags);
	if (side == NULL) {
		expect_nobody();
	} else {
		expect_store(side, false);
		/* a writer mends what there is to mend: then the left is what counted, too */
		put_user("d", "new", false);
		expect_clean_state(state, size);
		expect_store(side, true);
		unlink(right_path);
		expect_store(side, true);
	}
	free(state);
	remove_files();
	return 0;
}
