/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_state: a state file of which nothing is certain, beside two good sides that can be told apart.  The
 * input: flags, then the file.  The reference is the table of doc/STORE.md ("What counts").
 */
#include <config.h>

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "state.h"
#include "store.h"

const char fuzz_name[] = "state";

enum {
	RIGHT_CHECKSUM = 1,	/* what the fuzzer cannot guess is put in */
	LEFT_AS_IT_IS = 2,
	RIGHT_AS_IT_IS = 4,
	NO_RIGHT = 8,
	EMPTY_RIGHT = 16,
};

#define USERS 3u
#define STATE_BYTES 80

static char left_path[96], right_path[96], state_path[96];
static uint8_t *left_image, *right_image;
static size_t left_size, right_size;

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
	return size >= STATE_BYTES && memcmp(bytes, "gsasldb\n", 8) == 0 && number_at(bytes + 8, 4) == 1 &&
	    number_at(bytes + 12, 4) <= 2 &&
	    number_at(bytes + STATE_BYTES - 4, 4) == fuzz_crc32(0, bytes, STATE_BYTES - 4);
}

static const char *
side_that_counts(const uint8_t *state, size_t size, bool right_full)
{
	uint64_t phase;

	if (!right_full || !is_state(state, size))
		return "left";
	phase = number_at(state + 12, 4);
	if (phase == PHASE_RIGHT_DIRTY || !names_file(state + 48, right_path))
		return "left";
	return phase == PHASE_LEFT_DIRTY || names_file(state + 24, left_path) ? "right" : "left";
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

/* Nobody who still holds a side may take it for the new one: the generation is another. */
static void
expect_clean_state(const uint8_t *before, size_t size)
{
	size_t len;
	uint8_t *now = fuzz_read_file(state_path, &len);

	FUZZ_EXPECT(is_state(now, len) && number_at(now + 12, 4) == PHASE_CLEAN);
	FUZZ_EXPECT(names_file(now + 24, left_path) && names_file(now + 48, right_path));
	FUZZ_EXPECT(!is_state(before, size) || number_at(now + 16, 8) != number_at(before + 16, 8));
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
		FUZZ_EXPECT(sizeof s == STATE_BYTES && s.generation == number_at(bytes + 16, 8));
		FUZZ_EXPECT(state_unchanged(&s, fd, NULL));
		written = s;
		written.check = 0;
		FUZZ_EXPECT(ftruncate(fd, 0) == 0 && !state_unchanged(&s, fd, NULL));
		FUZZ_EXPECT(state_write(&written, fd, false, "state", &f) == ST_OK);
		FUZZ_EXPECT(state_unchanged(&s, fd, NULL) && memcmp(&s, bytes, sizeof s) == 0);
	}
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t flags, *state;
	const char *side;
	uint32_t crc;
	bool is_clean;

	if (size < 1)
		return 0;
	prepare();
	flags = data[0];
	size--;
	state = (uint8_t *)fuzz_string(data + 1, size);
	fuzz_write_file(left_path, left_image, left_size);
	if ((flags & NO_RIGHT) == 0)
		fuzz_write_file(right_path, right_image, flags & EMPTY_RIGHT ? 0 : right_size);
	if (size >= STATE_BYTES && flags & LEFT_AS_IT_IS)
		put_ident(state + 24, left_path);
	if (size >= STATE_BYTES && flags & RIGHT_AS_IT_IS)
		put_ident(state + 48, right_path);
	crc = size >= STATE_BYTES ? fuzz_crc32(0, state, STATE_BYTES - 4) : 0;
	if (size >= STATE_BYTES && flags & RIGHT_CHECKSUM)
		memcpy(state + STATE_BYTES - 4, &crc, sizeof crc);
	fuzz_write_file(state_path, state, size);

	expect_bytes(state, size);
	side = side_that_counts(state, size, (flags & (NO_RIGHT | EMPTY_RIGHT)) == 0);
	is_clean = strcmp(side, "right") == 0 && number_at(state + 12, 4) == PHASE_CLEAN;
	expect_store(side, false);
	/* a writer mends what there is to mend: then the left is what counted, too */
	put_user("d", "new", false);
	expect_clean_state(state, size);
	expect_store(side, true);
	unlink(right_path);
	expect_store(is_clean ? "left" : side, true);
	free(state);
	remove_files();
	return 0;
}
